package schema

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Sort is what is wrong.
type Sort int

const (
	// Unknown: a field that the schema does not have where it stands.
	Unknown Sort = iota
	// WrongType: a value of another type.
	WrongType
	// Missing: a field that the schema requires.
	Missing
	// NotAllowed: a value of the right type that is not allowed.
	NotAllowed
	// NoKind: the API has no such kind.
	NoKind
	// Unasked: no problem, but something that could not be found out: what Text
	// names was not asked.
	Unasked
)

// Title is the sort as a headline.
func (s Sort) Title() string {
	return [...]string{"unknown field", "wrong type", "required field missing", "value not allowed", "unknown kind", "not held against all of its schema"}[s]
}

// Problem is one thing that the API server would refuse an object for.
type Problem struct {
	Sort Sort
	// Field is the JSON Pointer of what is wrong; of what is missing, where it
	// would stand.
	Field string
	// Key names the problem within its object: as Field, with list items by their
	// names, so that an item that moved is the same.
	Key string
	// Fields is how many fields there are of a block that slipped; else 0.
	Fields int
	// Text says what is wrong, in a clause or two without the full stop. It quotes
	// no value but those of enums.
	Text string
	// Against names the schema where it is not the API server's own: whose, of
	// which version; "" is Kubernetes'.
	Against string

	// Doubt: only a release that is not known here could take it.
	Doubt bool

	// Panic is why it could not be asked, where that is a library's panic; nil
	// where it is none.
	Panic *Panic

	place  string // the schema's name of where it stands: spec.containers[]
	names  []string
	home   string // where names belong, as place
	slip   bool   // names belong to another level of the same schema
	typo   bool   // a misspelling of home, a field that is known there
	needed bool   // home is required
	wanted string // the type that was wanted; for comparison between versions
}

// Meant leads to the field that a misspelt one was meant to be; "" where that is not known.
func (p Problem) Meant() string {
	if p.Sort != Unknown || !p.typo || p.home == "" {
		return ""
	}
	return p.Field[:strings.LastIndexByte(p.Field, '/')+1] + p.home
}

// unasked is what could not be found out about an object.
func unasked(why string) Problem { return Problem{Sort: Unasked, Key: "unasked", Text: why} }

// id is what two schemas' problems are the same by.
func (p Problem) id() string { return fmt.Sprint(p.Sort, " ", p.Field, " ", p.wanted) }

// frame is one step down into an object, with the shape that it is held against.
type frame struct {
	step  string // of a map; "" for a list's item
	index int
	value any
	shape *Shape
}

// pointer is the JSON Pointer of a place.
func pointer(stack []frame, more ...string) string {
	steps := make([]model.Step, 0, len(stack))
	for _, f := range stack[1:] {
		if f.step == "" {
			steps = append(steps, model.ItemStep(f.index))
		} else {
			steps = append(steps, model.FieldStep(f.step))
		}
	}
	for _, m := range more {
		steps = append(steps, model.FieldStep(m))
	}
	return model.Pointer(steps)
}

// keyed is pointer with list items by their names.
func keyed(stack []frame, more string) string {
	var b strings.Builder
	for _, f := range stack[1:] {
		if f.step != "" {
			b.WriteString("/" + f.step)
			continue
		}
		fmt.Fprintf(&b, "/%s", itemName(f))
	}
	return b.String() + "|" + more
}

func itemName(f frame) string {
	m, _ := f.value.(map[string]any)
	for _, k := range []string{"name", "key", "mountPath", "containerPort", "port", "kind", "type"} {
		switch v := m[k].(type) {
		case string, fmt.Stringer:
			return fmt.Sprintf("%s=%s", k, v)
		}
	}
	return fmt.Sprint(f.index)
}

// place names where something stands, as people write it:
// spec.containers[].ports.
func place(stack []frame, more ...string) string {
	var b strings.Builder
	add := func(s string) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	for _, f := range stack[1:] {
		if f.step == "" {
			b.WriteString("[]")
		} else {
			add(shown(f.step))
		}
	}
	for _, m := range more {
		add(shown(m))
	}
	return b.String()
}

// shown is a field's name as a message may have it.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' {
			return '?'
		}
		return r
	}, model.RedactedName(name))
	if runes := []rune(name); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return name
}

func inTicks(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + shown(n) + "`"
	}
	const most = 5
	switch n := len(quoted); {
	case n == 1:
		return quoted[0]
	case n > most:
		return strings.Join(quoted[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	default:
		return strings.Join(quoted[:n-1], ", ") + " and " + quoted[n-1]
	}
}

// of names a place, or the object itself.
func of(place string) string {
	if place == "" {
		return "the object itself"
	}
	return "`" + place + "`"
}

// fold makes one problem of those with one cause: the fields of a block that
// slipped, and what is missing where they belong.
func fold(list []Problem) []Problem {
	list = slices.Clone(list)
	sort.SliceStable(list, func(i, j int) bool {
		return cmp.Or(cmp.Compare(list[i].Field, list[j].Field), cmp.Compare(list[i].Key, list[j].Key)) < 0
	})
	var out []Problem
	blocks := map[string]int{}
	var homes []string
	for _, p := range list {
		if p.typo {
			homes = append(homes, join(p.place, p.home))
		}
		if !p.slip {
			out = append(out, p)
			continue
		}
		homes = append(homes, join(p.home, p.names[0]))
		key := p.Field[:strings.LastIndexByte(p.Field, '/')] + "\x00" + p.home
		if i, ok := blocks[key]; ok {
			out[i].names = append(out[i].names, p.names...)
			out[i].Fields++
			continue
		}
		blocks[key] = len(out)
		p.Key = strings.TrimSuffix(p.Key, p.names[0]) + " to " + p.home // whichever of the block's fields is mended first
		out = append(out, p)
	}
	kept := out[:0]
	for _, p := range out {
		if p.Sort == Missing && belongsIn(homes, join(p.place, p.names[0])) {
			continue
		}
		p.tell()
		kept = append(kept, p)
	}
	return kept[:min(len(kept), maxProblems)]
}

func join(place, name string) string {
	if place == "" {
		return name
	}
	return place + "." + name
}

// belongsIn reports whether what slipped belongs to a place, or below it.
func belongsIn(homes []string, place string) bool {
	for _, h := range homes {
		if rest, ok := strings.CutPrefix(h, place); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// tell writes what is said of unknown fields, once all of a block are known.
func (p *Problem) tell() {
	if p.Text != "" {
		return
	}
	is, it := "is not a field", "it belongs"
	if len(p.names) > 1 {
		is, it = "are no fields", "they belong"
	}
	p.Text = fmt.Sprintf("%s %s of %s", inTicks(p.names), is, of(p.place))
	switch {
	case p.slip && p.home == "":
		p.Text += "; " + it + " on the top level"
	case p.slip:
		p.Text += fmt.Sprintf("; %s in `%s`", it, p.home)
	case p.typo:
		p.Text += fmt.Sprintf("; did you mean `%s`?", p.home)
	}
}
