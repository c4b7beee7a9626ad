package cleartext

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a part of a YAML document, or nothing.
type node struct{ *yaml.Node }

// pair is a key of a map and its value.
type pair struct {
	key   string
	line  int // of the key
	value node
}

// maxDepth bounds how deep a document is followed, and with it how much an alias
// may repeat.
const maxDepth = 60

// maxNodes bounds how much of one document is looked at, aliases followed.
const maxNodes = 200_000

// documents parses what is YAML of a text: a document that is none, such as a
// template, leaves those before and after it. Their lines are the text's.
func documents(text string) []node {
	var out []node
	before := 0
	for _, part := range split(text) {
		var doc yaml.Node
		if strings.Contains(part, ":") && yaml.Unmarshal([]byte(part), &doc) == nil && len(doc.Content) == 1 {
			shift(&doc, before)
			out = append(out, node{doc.Content[0]})
		}
		before += strings.Count(part, "\n")
	}
	return out
}

// split cuts a text before its document markers.
func split(text string) []string {
	var out []string
	start := 0
	for i := 0; ; {
		next := strings.Index(text[i:], "\n---")
		if next < 0 {
			return append(out, text[start:])
		}
		i += next + 1
		out = append(out, text[start:i])
		start = i
	}
}

// shift moves a document to its place in the file. Anchored nodes are each met
// once, since an alias is a node of its own.
func shift(n *yaml.Node, by int) {
	n.Line += by
	for _, c := range n.Content {
		shift(c, by)
	}
}

func (n node) exists() bool { return n.Node != nil }

func (n node) line() int {
	if n.Node == nil {
		return 0
	}
	return n.Line
}

// compound reports whether a document is a map or a list.
func (n node) compound() bool {
	return n.Node != nil && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode)
}

func followed(n *yaml.Node) node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return node{n}
}

func (n node) pairs() []pair {
	if n.Node == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]pair, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, pair{key: n.Content[i].Value, line: n.Content[i].Line, value: followed(n.Content[i+1])})
	}
	return out
}

// items are those of a list that is a key's value.
func (n node) items(key string) []node { return n.field(key).entries() }

// entries are a list's.
func (n node) entries() []node {
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]node, len(n.Content))
	for i, c := range n.Content {
		out[i] = followed(c)
	}
	return out
}

func (n node) field(key string) node {
	for _, p := range n.pairs() {
		if p.key == key {
			return p.value
		}
	}
	return node{}
}

func (n node) text(key string) string { return n.field(key).scalar() }

// scalar is a scalar's text; "" for anything else.
func (n node) scalar() string {
	if n.Node == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// plain is a map as credential.Setting takes it: whether a key has a value is
// enough.
func (n node) plain() any {
	out := map[string]any{}
	for _, p := range n.pairs() {
		if text := p.value.scalar(); text != "" {
			out[p.key] = text
		} else if p.value.compound() {
			out[p.key] = map[string]any{}
		}
	}
	return out
}

// walk visits every key of every map. Where visit says no, the rest of the map
// and what is below it are left.
func (n node) walk(visit func(in node, p pair) bool) {
	left := maxNodes
	n.descend(visit, maxDepth, &left)
}

func (n node) descend(visit func(in node, p pair) bool, depth int, left *int) {
	if n.Node == nil || depth == 0 || *left <= 0 {
		return
	}
	*left--
	for _, p := range n.pairs() {
		if !visit(n, p) {
			return
		}
		p.value.descend(visit, depth-1, left)
	}
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			followed(c).descend(visit, depth-1, left)
		}
	}
}

// every visits a node and all below it, what is deeper first.
func (n node) every(visit func(node)) {
	left := maxNodes
	n.rise(visit, maxDepth, &left)
}

func (n node) rise(visit func(node), depth int, left *int) {
	if n.Node == nil || depth == 0 || *left <= 0 {
		return
	}
	*left--
	for _, c := range n.Content {
		followed(c).rise(visit, depth-1, left)
	}
	visit(n)
}

// within parses the YAML that a text holds. Its lines are the file's where the text
// stands as it is, and else the text's first.
func (n node) within() []node {
	out := documents(n.scalar())
	for _, d := range out {
		if n.Style == yaml.LiteralStyle {
			shift(d.Node, n.Line)
		} else {
			put(d.Node, n.Line)
		}
	}
	return out
}

// put says of a document that all of it stands on one line.
func put(n *yaml.Node, line int) {
	n.Line = line
	for _, c := range n.Content {
		put(c, line)
	}
}
