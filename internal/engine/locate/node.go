package locate

import (
	"slices"
)

// place is where something is written: lines of one file, counted from 1.
type place struct {
	file      *file
	line, end int
	// vague: the line is only about right, as inside a folded scalar.
	vague bool
}

func (p place) known() bool { return p.file != nil && p.line > 0 }

// at is the place without its end: a declaration, not the whole of it.
func (p place) head() place { p.end = p.line; return p }

type nodeKind uint8

const (
	scalar nodeKind = iota
	mapping
	sequence
)

const (
	tagString = "!!str"
	tagNull   = "!!null"
	tagInt    = "!!int"
	tagBinary = "!!binary" // base64 that Kustomize wrapped into lines
)

// node is a piece of an object together with where it was written. Nodes that
// come from files are shared and never changed; a build changes its own clones.
type node struct {
	kind nodeKind
	tag  string // of a scalar, short form
	text string // of a scalar
	keys []string
	vals []*node // of a mapping, beside keys; of a sequence, its items
	at   place   // the key's line for a mapping's value, the first line of an item
	// body is the line on which a scalar's text begins, where the text stands
	// there line for line (literal block scalars, generator files); else 0.
	body   int
	places *places // where keys are, once it was asked of many; nil after any of them moved
	x      *history
}

// history is what the layers did to a node before it became what it is.
type history struct {
	also  []place // further layers that wrote into this mapping or sequence
	parts []part  // what a composed scalar is made of, the last writer first
	prior []*node // what stood here before, oldest first
	dead  []grave // children that a layer took away

	filled *filling // what was put into a text that holds variables
	open   bool     // the text holds expressions that are not worked out here
}

// part is one contribution to a composed scalar, such as an image's tag.
type part struct {
	role, text string
	at         place
}

// grave remembers that a layer removed a child.
type grave struct {
	key string // the field, or the list item's merge key value
	was *node
	at  place
}

const maxPrior = 8

func (n *node) hist() *history {
	if n.x == nil {
		n.x = &history{}
	}
	return n.x
}

func newScalar(text, tag string, at place) *node {
	return &node{kind: scalar, tag: tag, text: text, at: at}
}

func (n *node) index(key string) int {
	if n == nil || n.kind != mapping {
		return -1
	}
	if len(n.keys) < manyKeys {
		return slices.Index(n.keys, key)
	}
	if n.places == nil {
		n.places = &places{of: make(map[string]int, len(n.keys))}
	}
	return n.places.find(n.keys, key)
}

// places is where the keys of a mapping are: of the first so many of them.
type places struct {
	of   map[string]int
	many int
}

// find is the first place of a key, or -1; what was added since is noted first.
func (p *places) find(keys []string, key string) int {
	for ; p.many < len(keys); p.many++ {
		if _, twice := p.of[keys[p.many]]; !twice {
			p.of[keys[p.many]] = p.many
		}
	}
	if i, ok := p.of[key]; ok {
		return i
	}
	return -1
}

// manyKeys is from how many keys on a mapping remembers where they are.
const manyKeys = 64

// get follows map keys; nil when one is missing.
func (n *node) get(keys ...string) *node {
	for _, k := range keys {
		i := n.index(k)
		if i < 0 {
			return nil
		}
		n = n.vals[i]
	}
	return n
}

// str is the text of the scalar under keys, "" when there is none.
func (n *node) str(keys ...string) string {
	if c := n.get(keys...); c != nil && c.kind == scalar && c.tag != tagNull {
		return c.text
	}
	return ""
}

// list gives the items under keys, nil when they are no sequence.
func (n *node) list(keys ...string) []*node {
	if c := n.get(keys...); c != nil && c.kind == sequence {
		return c.vals
	}
	return nil
}

func (n *node) null() bool { return n == nil || n.kind == scalar && n.tag == tagNull }

// put sets a map's field and keeps what stood there as its history.
func (n *node) put(key string, v *node) {
	if i := n.index(key); i >= 0 {
		v.succeed(n.vals[i])
		n.vals[i] = v
		return
	}
	n.keys, n.vals = append(n.keys, key), append(n.vals, v)
}

// succeed makes old and what was before it the history of n.
func (n *node) succeed(old *node) {
	if old == nil || old == n {
		return
	}
	h := n.hist()
	if old.x != nil {
		h.prior = append(h.prior, old.x.prior...)
	}
	h.prior = append(h.prior, old)
	if len(h.prior) > maxPrior {
		h.prior = h.prior[len(h.prior)-maxPrior:]
	}
}

// drop removes a map's field and remembers who did it.
func (n *node) drop(key string, by place) {
	i := n.index(key)
	if i < 0 {
		return
	}
	h := n.hist()
	h.dead = append(h.dead, grave{key: key, was: n.vals[i], at: by})
	n.keys, n.places = slices.Delete(n.keys, i, i+1), nil
	n.vals = slices.Delete(n.vals, i, i+1)
}

// clone copies a node so that the copy may be changed.
func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.keys, c.places = slices.Clone(n.keys), nil
	if n.vals != nil {
		c.vals = make([]*node, len(n.vals))
		for i, v := range n.vals {
			c.vals[i] = v.clone()
		}
	}
	if n.x != nil {
		c.x = &history{
			also: slices.Clone(n.x.also), parts: slices.Clone(n.x.parts),
			prior: slices.Clone(n.x.prior), dead: slices.Clone(n.x.dead),
			filled: n.x.filled, open: n.x.open,
		}
	}
	return &c
}

// smallerThan reports whether a node holds fewer nodes than limit.
func (n *node) smallerThan(limit int) bool {
	var count func(*node) bool
	count = func(n *node) bool {
		limit--
		return limit > 0 && !slices.ContainsFunc(n.vals, func(v *node) bool { return !count(v) })
	}
	return count(n)
}

// set gives a scalar a new text written elsewhere; what it was is remembered.
func (n *node) set(text, tag string, at place) {
	old := *n
	*n = node{kind: scalar, tag: tag, text: text, at: at}
	n.succeed(&old)
}

// same reports whether two nodes have the same content, wherever written.
func same(a, b *node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.kind != b.kind || len(a.vals) != len(b.vals) {
		return false
	}
	if a.kind == scalar {
		return a.text == b.text && (a.tag == tagNull) == (b.tag == tagNull)
	}
	for i, v := range a.vals {
		other := b.vals[i]
		if a.kind == mapping {
			other = b.get(a.keys[i])
		}
		if !same(v, other) {
			return false
		}
	}
	return true
}
