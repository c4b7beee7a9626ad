package yamldiff

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// node is a value at a place of one side's object.
type node struct {
	absent bool
	value  any
	at     string // JSON Pointer
}

func (n node) field(name string) node {
	m, _ := n.value.(map[string]any)
	v, ok := m[name]
	return node{absent: !ok, value: v, at: n.at + model.Pointer([]model.Step{model.FieldStep(name)})}
}

func (n node) item(i int) node {
	list, _ := n.value.([]any)
	return node{value: list[i], at: n.at + "/" + strconv.Itoa(i)}
}

// form is how a value is written.
type form int

const (
	nothing form = iota
	scalar       // in one line
	text         // a block of lines
	mapping
	sequence
)

func (n node) form() form {
	if n.absent {
		return nothing
	}
	switch v := n.value.(type) {
	case map[string]any:
		if len(v) > 0 {
			return mapping
		}
	case []any:
		if len(v) > 0 {
			return sequence
		}
	case string:
		if isBlock(v) {
			return text
		}
	}
	return scalar
}

// deepest is the indentation from which on a value is written in one line: what
// nests a thousand levels would be mostly spaces.
const deepest = 200

// flow is a map or a list in one line: to be compared, and to be shown.
type flow struct{ content, shown string }

func (n node) flat() node {
	switch n.value.(type) {
	case map[string]any, []any:
		n.value = flow{content(n.value), content(model.Show(n.value))}
	}
	return n
}

// differ walks both sides at once and writes their lines.
type differ struct {
	keys  [2]map[string]model.Key
	lines []Line
	count [2]int // lines of each side so far
	// dash are the columns at which each side's next line has a list item's dash.
	dash [2][]int
}

const (
	baseSide = iota
	headSide
)

// maps writes the fields of two maps, in their order.
func (d *differ) maps(b, h node, indent int) {
	for _, name := range order(b, h) {
		d.value(d.opened(b.field(name), baseSide), d.opened(h.field(name), headSide), indent, quoted(model.RedactedName(name))+":")
	}
}

// value writes a value of both sides, or of one, after its key as it is written;
// a list's item has none.
func (d *differ) value(b, h node, indent int, key string) {
	if indent >= deepest {
		b, h = b.flat(), h.flat()
	}
	bf, hf := b.form(), h.form()
	switch {
	case bf == nothing && hf == nothing:
	case bf != nothing && hf != nothing && (bf != hf || bf == scalar && !same(b.value, h.value)):
		from := len(d.lines)
		d.value(b, node{absent: true}, indent, key)
		to := len(d.lines)
		d.value(node{absent: true}, h, indent, key)
		d.pair(from, to, 1)
	case max(bf, hf) == scalar:
		word, secret := one(either(b, h).value)
		d.line(b, h, indent, Line{Text: keyed(key, word), Secret: secret})
	case max(bf, hf) == text:
		d.texts(b, h, indent, key)
	case max(bf, hf) == mapping:
		d.maps(b, h, indent+d.head(b, h, indent, key))
	default:
		d.head(b, h, indent, key)
		d.lists(b, h, indent) // its dashes stand below the key's beginning
	}
}

// same reports whether two values of one line are equal.
func same(a, b any) bool {
	switch a.(type) {
	case map[string]any:
		_, both := b.(map[string]any)
		return both
	case []any:
		_, both := b.([]any)
		return both
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

// pair notes of so many lines that the Removed from one place on and the Added
// from another are counterparts.
func (d *differ) pair(removed, added, count int) {
	for range count {
		d.lines[removed].pair, d.lines[added].pair = added-removed, removed-added
		removed, added = removed+1, added+1
	}
}

// opened is a key of a ConfigMap or Secret that is hidden as a whole, but whose
// content is known leaf by leaf: that is what is shown.
func (d *differ) opened(n node, side int) node {
	if s, ok := n.value.(string); !ok || !model.Redacted(s) {
		return n
	}
	if k, ok := d.keys[side][n.at]; ok && k.YAML != nil {
		return node{value: k.YAML, at: n.at + "/"}
	}
	return n
}

// head writes a map's or list's key, and gives by how much what is below it is
// indented. An item has no line of its own.
func (d *differ) head(b, h node, indent int, key string) int {
	if key == "" {
		return 0
	}
	note := ""
	if strings.HasSuffix(either(b, h).at, "/") {
		note = " # decoded"
	}
	d.line(b, h, indent, Line{Text: key + note})
	return 2
}

func either(b, h node) node {
	if h.absent {
		return b
	}
	return h
}

// lists writes the items of two lists. Equal items pair, in their order; what is
// left between them pairs by its name where it has one, else by its place.
func (d *differ) lists(b, h node, indent int) {
	base, head := contents(b), contents(h)
	i, j := 0, 0
	for _, equal := range append(common(base, head), [2]int{len(base), len(head)}) {
		d.between(b, h, [2]int{i, equal[0]}, [2]int{j, equal[1]}, indent)
		i, j = equal[0]+1, equal[1]+1
		if equal[0] < len(base) {
			d.item(b.item(equal[0]), h.item(equal[1]), indent)
		}
	}
}

// between writes the items between two pairs of equal ones: base's from i[0] up
// to i[1], and head's.
func (d *differ) between(b, h node, i, j [2]int, indent int) {
	at := map[string][]int{} // base's items by their names
	for k := i[0]; k < i[1]; k++ {
		name := nameOf(b.item(k).value)
		at[name] = append(at[name], k)
	}
	from := j[0]
	for ; j[0] < j[1]; j[0]++ {
		name := nameOf(h.item(j[0]).value)
		for len(at[name]) > 0 && at[name][0] < i[0] { // what pairs never crosses
			at[name] = at[name][1:]
		}
		if len(at[name]) == 0 {
			continue
		}
		for ; i[0] < at[name][0]; i[0]++ {
			d.item(b.item(i[0]), node{absent: true}, indent)
		}
		for ; from < j[0]; from++ {
			d.item(node{absent: true}, h.item(from), indent)
		}
		d.item(b.item(i[0]), h.item(j[0]), indent)
		i[0], from = i[0]+1, j[0]+1
	}
	for ; i[0] < i[1]; i[0]++ {
		d.item(b.item(i[0]), node{absent: true}, indent)
	}
	for ; from < j[1]; from++ {
		d.item(node{absent: true}, h.item(from), indent)
	}
}

// named are the fields that tell a list's items apart, the best first.
var named = []string{"name", "key", "mountPath", "containerPort", "port", "host", "path", "type"}

// nameOf is what an item has in common with what becomes of it.
func nameOf(item any) string {
	m, ok := item.(map[string]any)
	if !ok {
		return ""
	}
	for _, field := range named {
		if m[field] != nil {
			return field + "=" + content(m[field])
		}
	}
	return "{}"
}

func (d *differ) item(b, h node, indent int) {
	for side, n := range []node{b, h} {
		if !n.absent {
			d.dash[side] = append(d.dash[side], indent)
		}
	}
	d.value(b, h, indent+2, "")
}

// texts writes a text of several lines as a block.
func (d *differ) texts(b, h node, indent int, key string) {
	var lines [2][]string
	var heads [2]string
	for side, n := range []node{b, h} {
		if !n.absent {
			heads[side], lines[side] = block(n.value.(string))
		}
	}
	switch {
	case b.absent:
		d.line(b, h, indent, Line{Text: keyed(key, heads[1])})
	case h.absent || heads[0] == heads[1]:
		d.line(b, h, indent, Line{Text: keyed(key, heads[0])})
	default:
		d.line(b, node{absent: true}, indent, Line{Text: keyed(key, heads[0])})
		d.line(node{absent: true}, h, indent, Line{Text: keyed(key, heads[1])})
		d.pair(len(d.lines)-2, len(d.lines)-1, 1)
	}
	if key != "" {
		indent += 2
	}
	at := [2][]string{d.inside(b, 0, lines[0]), d.inside(h, 1, lines[1])}
	i, j := 0, 0
	for _, equal := range append(common(lines[0], lines[1]), [2]int{len(lines[0]), len(lines[1])}) {
		from, gone, came := len(d.lines), equal[0]-i, equal[1]-j
		for ; i < equal[0]; i++ {
			d.line(node{at: at[0][i]}, node{absent: true}, indent, Line{Text: lines[0][i]})
		}
		for ; j < equal[1]; j++ {
			d.line(node{absent: true}, node{at: at[1][j]}, indent, Line{Text: lines[1][j]})
		}
		d.pair(from, from+gone, min(gone, came))
		if i < len(lines[0]) {
			d.line(node{at: at[0][i]}, node{at: at[1][j]}, indent, Line{Text: lines[0][i]})
			i, j = i+1, j+1
		}
	}
}

// line writes a line of the sides that have it. Where only one of them begins a
// list's item with it, it is two lines.
func (d *differ) line(b, h node, indent int, l Line) {
	rest := l.Text
	var texts [2]string
	for side, n := range []node{b, h} {
		if n.absent {
			continue
		}
		texts[side] = strings.Repeat(" ", indent) + rest
		if rest == "" {
			texts[side] = ""
		}
		if len(d.dash[side]) > 0 {
			lead := []byte(strings.Repeat(" ", indent))
			for _, column := range d.dash[side] {
				lead[column] = '-'
			}
			texts[side] = string(lead) + rest
			d.dash[side] = nil
		}
	}
	add := func(op Op, n node, text string) {
		l.Op, l.Text, l.Pointer, l.Base, l.Head = op, text, n.at, 0, 0
		if op != Added {
			d.count[0]++
			l.Base = d.count[0]
		}
		if op != Removed {
			d.count[1]++
			l.Head = d.count[1]
		}
		d.lines = append(d.lines, l)
	}
	if !b.absent && !h.absent && texts[0] == texts[1] {
		add(Same, h, texts[1])
		return
	}
	if !b.absent {
		add(Removed, b, texts[0])
	}
	if !h.absent {
		add(Added, h, texts[1])
	}
	if !b.absent && !h.absent {
		d.pair(len(d.lines)-2, len(d.lines)-1, 1)
	}
}

// first is which fields stand before the others, of an object, of its metadata,
// and of a list's item; status stands last.
var first = map[string]int{"apiVersion": 1, "kind": 2, "metadata": 3, "name": 4, "namespace": 5, "generateName": 6, "type": 7, "spec": 8}

// order gives the fields of both maps: those first that say what it is about, the
// others by name. It is the same for both sides, so that what pairs never crosses.
func order(b, h node) []string {
	x, _ := b.value.(map[string]any)
	y, _ := h.value.(map[string]any)
	names := make([]string, 0, max(len(x), len(y)))
	for name := range x {
		names = append(names, name)
	}
	for name := range y {
		if _, both := x[name]; !both {
			names = append(names, name)
		}
	}
	root := either(b, h).at == ""
	place := func(name string) int {
		n := first[name]
		switch {
		case root && name == "status":
			return 100
		case n == 0 || !root && n != first["name"] && n != first["namespace"] && n != first["generateName"]:
			return 50
		}
		return n
	}
	sort.Slice(names, func(i, j int) bool {
		if a, b := place(names[i]), place(names[j]); a != b {
			return a < b
		}
		return names[i] < names[j]
	})
	return names
}

// contents are a list's items as comparable texts.
func contents(n node) []string {
	list, _ := n.value.([]any)
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = content(item)
	}
	return out
}

func content(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	j, _ := json.Marshal(v) // decoded JSON always marshals, with sorted keys
	return string(j)
}
