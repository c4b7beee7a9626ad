package locate

import (
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// oneParameter matches a text of an ApplicationSet's template that takes a value from its
// generators, in either kind of template.
var oneParameter = pattern.New(`\{\{-?\s*\.?([A-Za-z_][\w.-]*)[^{}]*\}\}`)

// given is where the generators of an ApplicationSet give the value that a text of its
// template takes: the only place that gives one of this name, else the only one of these
// that the pull request changed.
func (s *search) given(set *object, line, twin *model.Lineage, n *node) place {
	if n == nil || n.kind != scalar || strings.Count(n.text, "{{") != 1 || set.id.kind != "ApplicationSet" {
		return place{}
	}
	m := oneParameter.FindStringSubmatch(n.text)
	if m == nil {
		return place{}
	}
	name := "/" + strings.ReplaceAll(m[1], ".", "/")
	now, then := s.side.gives(set, line), map[string]*node{}
	if o := s.twin.object(s.Object); o != nil {
		then = s.side.other.gives(o, twin)
	}
	var all, changed []*node
	for _, key := range slices.Sorted(maps.Keys(now)) {
		v := now[key]
		if v.kind != scalar || !strings.HasSuffix(key, name) {
			continue
		}
		all = append(all, v)
		if !same(v, then[key]) {
			changed = append(changed, v)
		}
	}
	for _, one := range [][]*node{all, changed} {
		if len(one) == 1 {
			return one[0].at.head()
		}
	}
	return place{}
}

// givenTo is what the generators of a set give otherwise than before to a text of its
// template, where that is one value, and the template is what it was.
func (s *search) givenTo(set *object, text string) place {
	was := s.twin.object(s.Object)
	if was == nil || set.id.kind != "ApplicationSet" {
		return place{}
	}
	for _, field := range []string{"template", "templatePatch"} {
		if !same(set.content().get("spec", field), was.content().get("spec", field)) {
			return place{}
		}
	}
	now, then := s.side.gives(set, s.asked[0]), s.side.other.gives(was, s.asked[1])
	for at := range then {
		if now[at] == nil {
			return place{}
		}
	}
	changed := slices.DeleteFunc(slices.Collect(maps.Keys(now)), func(at string) bool { return same(now[at], then[at]) })
	if len(changed) != 1 || !strings.Contains(text, changed[0][strings.LastIndexByte(changed[0], '/')+1:]) {
		return place{}
	}
	return now[changed[0]].at.head()
}

// gives are the leaves of a set's generators, and of the files that one Application's
// parameters come from.
func (s *side) gives(set *object, line *model.Lineage) map[string]*node {
	out := map[string]*node{}
	leavesOf(set.content().get("spec", "generators"), "generators", out, nil)
	if line == nil {
		return out
	}
	if len(line.Generators) > 0 {
		maps.DeleteFunc(out, func(at string, _ *node) bool {
			return !slices.ContainsFunc(line.Generators, func(by string) bool { return strings.HasPrefix(at, by+"/") })
		})
	}
	for _, file := range line.Parameters {
		for _, doc := range s.docs(s.read(file)) {
			leavesOf(doc, "file "+file, out, nil)
		}
	}
	return out
}
