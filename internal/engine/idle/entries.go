package idle

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// entry is one of a kustomization's patches or images, or a target of its replacements.
type entry struct {
	node, list *yaml.Node
	file       string
	key        string // what it is for; several may be for the same
	text       string // as it is written
	id         string // tells it from others of its key, on both sides alike
	fresh      bool   // the other side has none that is written the same
}

// textOf is a value as it is written, without its comments.
func textOf(node *yaml.Node) string {
	text, _ := yaml.Marshal(bare(node)) // one that cannot be written is like no other
	return string(text)
}

func bare(node *yaml.Node) *yaml.Node {
	out := *node
	out.HeadComment, out.LineComment, out.FootComment = "", "", ""
	out.Content = nil
	for _, child := range node.Content {
		out.Content = append(out.Content, bare(child))
	}
	return &out
}

// number tells entries of one key apart by their place among those of base: one of head has
// the number of the one that is written the same, else of the first that is left over.
func (s *search) number(own, other []*entry) {
	left := map[string][]*entry{} // those of the other side that are no entry of own yet
	for _, e := range other {
		left[e.key] = append(left[e.key], e)
	}
	count := map[string]int{}
	for key, entries := range left {
		count[key] = len(entries)
		for i, e := range entries {
			e.id = id(key, i)
		}
	}
	take := func(e *entry, fits func(*entry) bool) bool {
		i := slices.IndexFunc(left[e.key], fits)
		if i >= 0 {
			e.id = left[e.key][i].id
			left[e.key] = slices.Delete(left[e.key], i, i+1)
		}
		return i >= 0
	}
	for _, e := range own {
		e.fresh = !take(e, func(o *entry) bool { return o.text == e.text })
	}
	if s.base { // base's own places count
		count = map[string]int{}
	}
	for _, e := range own {
		if s.base || e.fresh && !take(e, func(*entry) bool { return true }) {
			e.id = id(e.key, count[e.key])
			count[e.key]++
		}
	}
}

func id(key string, i int) string {
	if i == 0 {
		return key
	}
	return fmt.Sprintf("%s (%d)", key, i+1)
}
