package schema

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// how a field that is unknown where it stands is known.
type how int

const (
	nowhere how = iota
	spelling
	level
)

// belongs finds what the author of an unknown field meant: the same name at
// another level, or another spelling of a field of this one.
func belongs(stack []frame, name string, value any) (string, how) {
	at := stack[len(stack)-1]
	if home, ok := emptied(stack, name, value); ok {
		return home, level
	}
	if near, ok := misspelled(at, name, value); ok {
		return near, spelling
	}
	if home, ok := above(stack, name, value); ok {
		return home, level
	}
	if home, ok := below(stack, name, value); ok {
		return home, level
	}
	return "", nowhere
}

// emptied finds a sibling that is null or has nothing of its own any more, and
// would have the field: what slid out of it left it so.
func emptied(stack []frame, name string, value any) (string, bool) {
	at := stack[len(stack)-1]
	siblings, _ := at.value.(map[string]any)
	var found []string
	for sibling, content := range siblings {
		s := at.shape.Fields[sibling]
		if content != nil || s == nil {
			continue
		}
		field := s.Fields[name]
		if field == nil {
			field = s.Values
		}
		if field != nil && value != nil && fits(value, field) {
			found = append(found, sibling)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return place(stack, found[0]), true
}

// above finds the nearest level further up that has the field, and does not
// have it yet.
func above(stack []frame, name string, value any) (string, bool) {
	for i := len(stack) - 2; i >= 0; i-- {
		f := stack[i].shape.Fields[name]
		m, _ := stack[i].value.(map[string]any)
		if _, has := m[name]; f != nil && !has && fits(value, f) {
			return place(stack[:i+1]), true
		}
	}
	return "", false
}

// levels bounds how far below is looked.
const levels = 4

// candidate is a level below, with what speaks for it.
type candidate struct {
	place   string
	depth   int
	present bool // the object has it
}

// below finds the level further down that has the field: the nearest, and of
// several the one that the object has.
func below(stack []frame, name string, value any) (string, bool) {
	at := stack[len(stack)-1]
	l := look{name: name, value: value, root: len(stack) == 1}
	l.into(place(stack), at.shape, at.value, 0)
	if len(l.found) == 0 {
		return "", false
	}
	slices.SortFunc(l.found, candidate.compare)
	first := l.found[0]
	if !first.present && slices.ContainsFunc(l.found[1:], func(c candidate) bool { return c.depth == first.depth }) {
		return "", false // any of them
	}
	return first.place, true
}

func (c candidate) compare(o candidate) int {
	if c.present != o.present {
		if c.present {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(c.depth, o.depth), cmp.Compare(c.place, o.place))
}

// look searches the levels below a place for a field.
type look struct {
	name    string
	value   any
	root    bool // the place is the object itself
	visited int
	found   []candidate
}

// maxVisited bounds a search: a schema of a hostile definition may be wide.
const maxVisited = 2000

func (l *look) into(where string, s *Shape, has any, depth int) {
	if l.visited++; l.visited > maxVisited || depth > levels {
		return
	}
	for s.Type == Array && s.Items != nil {
		where, s = where+"[]", s.Items
		list, _ := has.([]any)
		has = nil
		if len(list) > 0 {
			has = list[0]
		}
	}
	m, _ := has.(map[string]any)
	if f := s.Fields[l.name]; depth > 0 && f != nil && m[l.name] == nil && fits(l.value, f) {
		l.found = append(l.found, candidate{where, depth, has != nil})
		return
	}
	for _, child := range slices.Sorted(maps.Keys(s.Fields)) {
		if depth == 0 && l.root && child == "metadata" && !slices.Contains(ofMetadata, l.name) {
			continue
		}
		l.into(join(where, child), s.Fields[child], m[child], depth+1)
	}
}

// ofMetadata are what people write into metadata; the API server fills in the
// rest.
var ofMetadata = []string{"annotations", "labels", "name", "namespace", "finalizers"}

// fits reports whether a value could be what a shape is, by a look at its first
// level.
func fits(value any, s *Shape) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		if s.Type != Object && s.Type != Any {
			return false
		}
		if s.Open || s.Values != nil || s.Type == Any {
			return true
		}
		for name := range v {
			if s.Fields[name] == nil {
				return false
			}
		}
		return true
	case []any:
		return s.Type == Any || s.Type == Array && (len(v) == 0 || s.Items == nil || fits(v[0], s.Items))
	case string:
		return (s.Type == String && (len(s.Enum) == 0 || slices.Contains(s.Enum, v))) || s.Type == Any || s.Type == IntOrString || s.Type == Quantity || opaque(v)
	case json.Number:
		return s.Type == Any || s.Type == Integer || s.Type == Number || s.Type == IntOrString || s.Type == Quantity
	case bool:
		return s.Type == Any || s.Type == Boolean
	}
	return false
}

// misspelled finds the one field of a level whose name is nearly this one, and
// that the object does not have.
func misspelled(at frame, name string, value any) (string, bool) {
	has, _ := at.value.(map[string]any)
	best, nearest, several := "", 3, false
	for known, s := range at.shape.Fields {
		if _, taken := has[known]; taken || !fits(value, s) {
			continue
		}
		d := distance(strings.ToLower(known), strings.ToLower(name))
		switch {
		case d > 2 || d*3 > len(known):
		case d < nearest:
			best, nearest, several = known, d, false
		case d == nearest:
			several = true
		}
	}
	return best, best != "" && !several
}

// distance is how many letters must be put in, left out, altered or swapped with
// their neighbour to make one word of another; 3 is any larger number.
func distance(a, b string) int {
	const most = 3
	if len(a)-len(b) >= most || len(b)-len(a) >= most || len(a) > 64 || len(b) > 64 {
		return most
	}
	old, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], old[j-2]+1)
			}
		}
		old, last, now = last, now, old
	}
	return min(last[len(b)], most)
}
