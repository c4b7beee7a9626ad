package helm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// deviation gives prints of what the render has otherwise than the one that is shown, by
// object, and names those that it does not have. Where the prints are equal on both sides,
// this one changes as that does: what differs between base's and head's here differs between
// theirs too.
func (h *helm) deviation(shown []map[string]any) (prints map[string]string, gone []string) {
	mine := map[model.ObjectID]map[string]any{}
	for _, o := range shown {
		id := object.ID(o)
		id.Namespace, id.Name = string(h.fillText([]byte(id.Namespace))), string(h.fillText([]byte(id.Name)))
		mine[id] = o
	}
	found := map[model.ObjectID][]string{}
	for _, o := range h.out.Objects {
		id := object.ID(o)
		d := differing{h: h, out: []string{}}
		if m, ok := mine[id]; ok {
			d.values(m, o, "")
			delete(mine, id)
		} else {
			d.leaves(o, "")
		}
		if len(d.out) > 0 {
			found[id] = d.out
		}
	}
	for id := range mine {
		found[id] = []string{"is not rendered"}
		gone = append(gone, h.Secrets.Text(id.Kind+" "+id.Name))
	}
	if len(found) == 0 {
		return nil, nil
	}
	prints = map[string]string{}
	for id, list := range found {
		slices.Sort(list)
		prints[h.Secrets.Text(id.Kind+" "+id.Name)] += input.Print(strings.Join(list, "\n"), h.Secrets)
	}
	slices.Sort(gone)
	return prints, gone
}

// differing gathers where two values differ.
type differing struct {
	h   *helm
	out []string
}

func (d *differing) note(path string, what any) {
	d.out = append(d.out, fmt.Sprintf("%s %T %v", path, what, what))
}

// values compares; b is the other render's.
func (d *differing) values(a, b any, path string) {
	switch b := b.(type) {
	case map[string]any:
		a, ok := a.(map[string]any)
		if !ok {
			break
		}
		for _, key := range slices.Sorted(maps.Keys(b)) {
			if told(path, key) {
				continue
			}
			if _, has := a[key]; has {
				d.values(a[key], b[key], path+"/"+key)
			} else {
				d.leaves(b[key], path+"/"+key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if _, has := b[key]; !has && !told(path, key) {
				d.note(path+"/"+key, "is not there")
			}
		}
		return
	case []any:
		a, ok := a.([]any)
		if !ok {
			break
		}
		for i := range max(len(a), len(b)) {
			at := fmt.Sprint(path, "/", i)
			switch {
			case i >= len(a):
				d.leaves(b[i], at)
			case i >= len(b):
				d.note(at, "is not there")
			default:
				d.values(a[i], b[i], at)
			}
		}
		return
	default:
		if !composed(a) {
			d.scalars(a, b, path)
			return
		}
	}
	d.leaves(b, path)
}

// scalars compares two values line by line, so that a change of another line is none of
// this. What a variable stood for is no difference.
func (d *differing) scalars(a, b any, path string) {
	was, is := string(d.h.fillText([]byte(scalarText(a)))), scalarText(b)
	if was == is || digest.MatchString(was) && digest.MatchString(is) {
		return
	}
	before, after := strings.Split(was, "\n"), strings.Split(is, "\n")
	if len(before) == 1 && len(after) == 1 {
		d.note(path, b)
		return
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			d.note(path, line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			d.note(path, "not "+line)
		}
	}
}

// leaves notes all that a value holds.
func (d *differing) leaves(value any, path string) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !told(path, key) {
				d.leaves(v[key], path+"/"+key)
			}
		}
	case []any:
		for i, item := range v {
			d.leaves(item, fmt.Sprint(path, "/", i))
		}
	default:
		if !digest.MatchString(scalarText(v)) {
			d.note(path, v)
		}
	}
}

func composed(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func scalarText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// digest matches a checksum: it changes with what is told by itself.
var digest = pattern.New(`^[0-9a-f]{32,128}$`)

// told reports whether a field is a label that says which version of the chart an object
// is of.
func told(path, key string) bool {
	return strings.HasSuffix(path, "/labels") && slices.Contains([]string{"helm.sh/chart", "chart", "app.kubernetes.io/version", "version"}, key)
}
