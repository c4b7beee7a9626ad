package helm

import (
	"cmp"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// maxUnread bounds what is told of one release.
const maxUnread = 50

// unread gives the keys of what a chart is given that no template reads: Helm says nothing
// of one that is misspelled or stands at another place. Only what is certain is told: a
// key is read that a template names, and all that lies below what one takes as a whole.
func (h *helm) unread() []model.ValueNote {
	ch, err := h.Chart.load() // with all that it may depend on
	if err != nil {
		return nil
	}
	u := unreading{values: h.out.Values, chart: ch}
	u.walk(u.level(ch, nil), ch.Values, u.values, nil)
	if h.Chart.Reviewed && h.Chart.Files.IsDir(h.Chart.Path) { // what it gives to charts that it depends on
		u.file, u.values = path.Join(h.Chart.Path, "values.yaml"), ch.Values
		u.lines = document.Lines(h.Chart.Files.Node(u.file).Content)
		for name, value := range ch.Values {
			if sub := dependency(ch, name); sub != nil {
				below, _ := value.(map[string]any)
				u.walk(u.level(sub, u.level(ch, nil)), sub.Values, below, []string{name})
			}
		}
	}
	for i := range u.out {
		for n, key := range u.out[i].Path {
			u.out[i].Path[n] = h.Secrets.Text(key)
		}
	}
	slices.SortFunc(u.out, func(a, b model.ValueNote) int { return slices.Compare(a.Path, b.Path) })
	return u.out
}

// unreading is a walk through values.
type unreading struct {
	values map[string]any // all that are looked at
	chart  *chartv2.Chart // the one that is rendered
	reads  *reads         // filled when first asked for
	file   string         // that has the values, with its lines; "" for none
	lines  map[string]int
	out    []model.ValueNote
}

// level is a chart that values are for, and those above it.
type level struct {
	chart *chartv2.Chart
	depth int // how many keys lead to it
	above *level
}

func (u *unreading) level(ch *chartv2.Chart, above *level) *level {
	l := &level{chart: ch, above: above}
	if above != nil {
		l.depth = above.depth + 1
	}
	return l
}

// dependency gives the chart whose values stand under a key of another's; nil for none.
// A dependency with an alias has none under its name.
func dependency(ch *chartv2.Chart, key string) *chartv2.Chart {
	name, named := key, false
	for _, d := range ch.Metadata.Dependencies {
		switch {
		case d == nil:
		case valuesKeyOf(d) == key:
			name, named = d.Name, true
		case d.Name == key && !named:
			name = ""
		}
	}
	for _, sub := range ch.Dependencies() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

// valuesKeyOf is the key that the values of a dependency stand under.
func valuesKeyOf(d *chartv2.Dependency) string { return cmp.Or(d.Alias, d.Name) }

// isDependency reports whether a key is that of a chart, whether it is there or not.
func isDependency(ch *chartv2.Chart, key string) bool {
	return dependency(ch, key) != nil || slices.ContainsFunc(ch.Metadata.Dependencies, func(d *chartv2.Dependency) bool { return d != nil && valuesKeyOf(d) == key })
}

// walk goes through what is given at a path, beside the chart's own values there.
func (u *unreading) walk(at *level, own, given map[string]any, under []string) {
	atTop := len(under) == at.depth
	if !atTop && len(own) == 0 {
		return // any key may stand here
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		value, here := given[key], append(slices.Clone(under), key)
		if value == nil || atTop && key == "global" || strings.ContainsAny(key, "${<") {
			continue
		}
		below, isMap := value.(map[string]any)
		if atTop && isDependency(at.chart, key) {
			if sub := dependency(at.chart, key); sub != nil && isMap {
				more, _ := own[key].(map[string]any)
				u.walk(u.level(sub, at), merged(sub.Values, more), below, here)
			}
			continue
		}
		if has, known := own[key]; known {
			if inner, ok := has.(map[string]any); ok && isMap {
				u.walk(at, inner, below, here)
			}
			continue
		}
		if len(u.out) < maxUnread && !u.mayRead(at, here) && !u.anchor(key, value) {
			u.out = append(u.out, model.ValueNote{Path: here, Chart: at.chart.Name(), Like: u.like(at, own, here), File: u.file, Line: u.lines[model.Pointer(model.FieldSteps(here))]})
		}
	}
}

// merged is one map over another, as far as their keys are asked for.
func merged(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range over {
		a, isMap := out[key].(map[string]any)
		if b, ok := value.(map[string]any); ok && isMap {
			out[key] = merged(a, b)
		} else {
			out[key] = value
		}
	}
	return out
}

// mayRead reports whether a template reads a path, from any chart on the way to it, or a
// schema knows its key.
func (u *unreading) mayRead(at *level, path []string) bool {
	if u.reads == nil {
		u.reads = readsOf(u.chart).beside(u.values)
	}
	for l := at; l != nil; l = l.above {
		if u.reads.mayRead(path[l.depth:]) || strings.Contains(string(l.chart.Schema), `"`+path[len(path)-1]+`"`) {
			return true
		}
	}
	return false
}

// anchor reports whether a value is there for others to be copied from, by an anchor of
// YAML: its name says so, or a part of it stands elsewhere too.
func (u *unreading) anchor(key string, value any) bool {
	if strings.HasPrefix(key, "x-") || strings.HasPrefix(key, "_") || strings.HasPrefix(key, ".") || strings.Contains(strings.ToLower(key), "anchor") {
		return true
	}
	found := 0
	var count func(in any)
	count = func(in any) {
		if copied(value, in) {
			found++
		}
		switch v := in.(type) {
		case map[string]any:
			for _, child := range v {
				count(child)
			}
		case []any:
			for _, child := range v {
				count(child)
			}
		}
	}
	count(map[string]any(u.values))
	return found > 1 // itself
}

// shortestCopy is the length from which a text that stands twice is taken for a copy,
// shortestEntry that of one among other entries than those of what has it too.
const (
	shortestCopy  = 5
	shortestEntry = 12
)

// copied reports whether a value may be a copy of another, or have its entries. An entry
// that says little, such as `enabled: true`, stands at many places.
func copied(from, to any) bool {
	switch from := from.(type) {
	case map[string]any:
		into, ok := to.(map[string]any)
		if !ok {
			return false
		}
		all, said := true, 0
		for key, value := range from {
			has, there := into[key]
			all = all && there
			if there && reflect.DeepEqual(has, value) {
				said += says(value)
			}
		}
		return said >= shortestEntry || all && said >= shortestCopy
	case []any:
		return len(from) > 0 && reflect.DeepEqual(from, to)
	case string:
		text, ok := to.(string)
		return ok && len(from) >= shortestCopy && text == from
	}
	return false
}

// says tells how much a value says: the letters of its texts and keys, and a few for each
// other.
func says(value any) int {
	n := 0
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			n += len(key) + says(child)
		}
	case []any:
		for _, child := range v {
			n += says(child)
		}
	case string:
		return len(v)
	default:
		return shortestCopy - 1
	}
	return n
}

// like gives a key that is read and may be meant: the only one of the same name, or one
// that is written alike at the same place.
func (u *unreading) like(at *level, own map[string]any, path []string) string {
	relative := path[at.depth:]
	key, outer := relative[len(relative)-1], pathKey(relative[:len(relative)-1])
	near := slices.Collect(maps.Keys(own))
	var same []string
	for named := range u.reads.named {
		parts := strings.Split(named, "\x00")
		last := len(parts) - 1
		if pathKey(parts[:last]) == outer {
			near = append(near, parts[last])
		}
		if parts[last] == key && (within(relative, parts) || within(parts, relative)) {
			same = append(same, strings.Join(parts, "."))
		}
	}
	if len(same) == 1 {
		return strings.Join(append(slices.Clone(path[:at.depth]), same[0]), ".")
	}
	slices.Sort(near)
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(edits(a, key), edits(b, key)) })
	if len(near) > 0 && edits(near[0], key) <= min(2, len(key)/3) {
		return strings.Join(append(slices.Clone(path[:len(path)-1]), near[0]), ".")
	}
	return ""
}

// within reports whether a path has the keys of another, in their order.
func within(path, other []string) bool {
	for _, key := range other {
		if len(path) > 0 && path[0] == key {
			path = path[1:]
		}
	}
	return len(path) == 0
}

// edits counts the letters that tell two words apart: more, less, others, or two that
// changed places.
func edits(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if max(len(a), len(b)) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
