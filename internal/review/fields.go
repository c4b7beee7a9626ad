package review

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sort"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// fieldsOf compares an object's two sides. The fields are in the order of their
// paths.
func fieldsOf(base, head *model.Object) []Field {
	d := &differ{base: base, head: head}
	d.maps(base.Fields(), head.Fields(), place{shape: shapeOf(head.ID)})
	sort.SliceStable(d.fields, func(i, j int) bool { return d.fields[i].Path < d.fields[j].Path })
	return d.fields
}

type differ struct {
	base, head *model.Object
	fields     []Field
}

// place is where the comparison stands, on both sides: a list item's index may
// differ between them.
type place struct {
	base, head []model.Step
	shape      shape
	inside     bool // the next step is the first one inside embedded YAML
}

func (p place) step(base, head model.Step, s shape) place {
	base.Inside, head.Inside = p.inside, p.inside
	return place{
		base:  append(slices.Clip(p.base), base),
		head:  append(slices.Clip(p.head), head),
		shape: s,
	}
}

func (p place) field(name string) place {
	return p.step(model.FieldStep(name), model.FieldStep(name), p.shape.field(name))
}

// changed notes a value that differs on both sides.
func (d *differ) changed(before, after any, p place) {
	d.fields = append(d.fields, Field{Path: model.Pointer(p.head), Before: Some(before), After: Some(after), Steps: p.head})
}

func (d *differ) added(after any, p place, s model.Step) {
	p = p.step(s, s, shape{})
	d.fields = append(d.fields, Field{Path: model.Pointer(p.head), After: Some(after), Steps: p.head})
}

func (d *differ) removed(before any, p place, s model.Step) {
	s.Inside = p.inside
	path := append(slices.Clip(p.base), s)
	d.fields = append(d.fields, Field{Path: model.Pointer(path), Before: Some(before), Steps: p.head, Gone: []model.Step{s}})
}

func (d *differ) maps(base, head map[string]any, p place) {
	for _, name := range unionKeys(base, head) {
		b, inBase := base[name]
		h, inHead := head[name]
		switch {
		case d.ignored(name, p):
		case !inBase:
			d.added(h, p, model.FieldStep(name))
		case !inHead:
			d.removed(b, p, model.FieldStep(name))
		default:
			d.field(b, h, p, name)
		}
	}
}

// ignored: a paired object's name differs only by its generated suffix, which
// the change's old name tells.
func (d *differ) ignored(name string, p place) bool {
	return name == "name" && len(p.head) == 1 && p.head[0].Field == "metadata" && d.base.ID.Name != d.head.ID.Name
}

// field compares the two values of a map's field, which are both there.
func (d *differ) field(b, h any, p place, name string) {
	bl, baseList := b.([]any)
	hl, headList := h.([]any)
	if baseList && headList {
		items, key := p.shape.list(name)
		at := p.field(name)
		at.shape = items
		d.lists(bl, hl, at, name, key)
		return
	}
	at := p.field(name)
	if len(at.head) == 2 {
		if d.embedded(at) {
			return
		}
	}
	d.values(b, h, at)
}

// embedded compares a ConfigMap's or Secret's key as YAML where both sides hold
// YAML.
func (d *differ) embedded(p place) bool {
	pointer := model.Pointer(p.head)
	b, h := d.base.Keys[pointer], d.head.Keys[pointer]
	if b.YAML == nil || h.YAML == nil {
		return false
	}
	p.shape, p.inside = shape{}, true
	d.values(b.YAML, h.YAML, p)
	return true
}

func (d *differ) values(b, h any, p place) {
	bm, baseMap := b.(map[string]any)
	hm, headMap := h.(map[string]any)
	bl, baseList := b.([]any)
	hl, headList := h.([]any)
	switch {
	case baseMap && headMap:
		d.maps(bm, hm, p)
	case baseList && headList:
		d.lists(bl, hl, p, "", "")
	case !equal(b, h):
		d.changed(b, h, p)
	}
}

// ordered are the lists whose order means something although they pair by key.
var ordered = map[string]bool{"initContainers": true, "env": true}

func (d *differ) lists(base, head []any, p place, name, key string) {
	baseNames, headNames := itemNames(base, key), itemNames(head, key)
	if key == "" || baseNames == nil || headNames == nil {
		d.byContent(base, head, p)
		return
	}
	at := map[string]int{}
	for i, n := range baseNames {
		at[n] = i
	}
	if ordered[name] && !sameOrder(baseNames, headNames) {
		d.fields = append(d.fields, Field{Path: model.Pointer(p.head), Before: Some(texts(baseNames)), After: Some(texts(headNames)), Steps: p.head})
	}
	for i, n := range headNames {
		s := model.Step{Index: i, Key: key, Value: n}
		j, inBase := at[n]
		if !inBase {
			d.added(head[i], p, s)
			continue
		}
		old := s
		old.Index = j
		d.values(base[j], head[i], p.step(old, s, p.shape))
		delete(at, n)
	}
	for j, n := range baseNames {
		if _, gone := at[n]; gone {
			d.removed(base[j], p, model.Step{Index: j, Key: key, Value: n})
		}
	}
}

// itemNames gives the items' merge keys as text; nil where one has none or two
// have the same, so that the key does not tell them apart.
func itemNames(list []any, key string) []string {
	names, seen := make([]string, 0, len(list)), make(map[string]bool, len(list))
	for _, item := range list {
		m, _ := item.(map[string]any)
		v, ok := m[key]
		if !ok {
			return nil
		}
		n := fmt.Sprint(v)
		if seen[n] {
			return nil
		}
		seen[n] = true
		names = append(names, n)
	}
	return names
}

// sameOrder reports whether what both lists hold stands in the same order.
func sameOrder(a, b []string) bool {
	common := func(list, other []string) (out []string) {
		in := make(map[string]bool, len(other))
		for _, n := range other {
			in[n] = true
		}
		for _, n := range list {
			if in[n] {
				out = append(out, n)
			}
		}
		return out
	}
	return slices.Equal(common(a, b), common(b, a))
}

func texts(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

// equal compares two values that are not both maps or both lists. Numbers are
// compared by value.
func equal(a, b any) bool {
	x, xNumber := a.(json.Number)
	y, yNumber := b.(json.Number)
	if xNumber && yNumber {
		return x == y || sameNumber(string(x), string(y))
	}
	switch a.(type) {
	case map[string]any, []any:
		return false
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

func sameNumber(x, y string) bool {
	const longest = 64 // digits: an exponent of a billion must not be written out
	if len(x) > longest || len(y) > longest {
		return false
	}
	a, _, errA := big.ParseFloat(x, 10, 256, big.ToNearestEven)
	b, _, errB := big.ParseFloat(y, 10, 256, big.ToNearestEven)
	return errA == nil && errB == nil && a.Cmp(b) == 0
}

func unionKeys(a, b map[string]any) []string {
	keys := make([]string, 0, len(a)+len(b))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}
