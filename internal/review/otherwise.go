package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// otherwise lists the targets of which the change alters what they render where
// something that nobody sees here is otherwise than was taken for granted: no diff and
// no check has looked at that.
func otherwise(base, head *model.Snapshot) []Incomplete {
	var out []Incomplete
	for i, h := range head.Targets {
		b := base.Targets[i]
		if !h.Comparable() || !b.Comparable() && b.Status != model.StatusAbsent {
			continue // what is not compared is said by itself
		}
		o, names, found := unlike(b, h)
		if !found || o.Class == model.SubstitutionUnresolved && h.Partial != "" && !sameUnseen(b, h) {
			continue // what is hidden is another, which is said
		}
		said := Incomplete{Target: h.Target.ID, Class: o.Class, Message: unlikeWords(o, names), Reached: true}
		if h.Target.Kind == model.Helm {
			said.Where = &model.Position{File: h.Target.Path, Line: 1, EndLine: 1, Precision: model.AtFile, Side: model.Head}
		}
		out = append(out, said)
	}
	return out
}

// unlike gives the first state of things in which the two sides render otherwise in
// another way, and the objects that it shows in: what changes in one changes in several.
func unlike(b, h model.Rendered) (state model.Otherwise, names []string, found bool) {
	was, is := prints(b.Otherwise), prints(h.Otherwise)
	for _, o := range slices.Concat(h.Otherwise, b.Otherwise) {
		if maps.Equal(was[o.If], is[o.If]) || o.Later && b.Status == model.StatusAbsent {
			continue
		}
		for _, side := range []map[string]string{was[o.If], is[o.If]} {
			for name := range side {
				if was[o.If][name] != is[o.If][name] && name != "" {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		return o, slices.Compact(names), true
	}
	return model.Otherwise{}, nil, false
}

// prints are the prints of each state of things, by object: an Application's parts may
// have the same one.
func prints(list []model.Otherwise) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, o := range list {
		if out[o.If] == nil {
			out[o.If] = map[string]string{}
		}
		for name, text := range o.Prints {
			out[o.If][name] += text
		}
	}
	return out
}

// unlikeWords say what was not looked at.
func unlikeWords(o model.Otherwise, names []string) string {
	const shown = 3
	what := "what the chart makes of it then"
	if len(names) > 0 {
		what = strings.Join(names[:min(len(names), shown)], ", ")
		if n := len(names) - shown; n > 0 {
			what += fmt.Sprintf(" and %d more", n)
		}
	}
	return fmt.Sprintf("where %s, the chart renders otherwise, and the change alters that too: %s was not compared", o.If, what)
}
