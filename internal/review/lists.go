package review

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// byContent compares lists whose items no key tells apart. Where the list has
// grown or shrunk, or has moved on, equal items pair, in their order, and what is
// left between them is what changed: one inserted item is one change. Else items
// pair by index.
func (d *differ) byContent(base, head []any, p place) {
	was, is := contents(base), contents(head)
	pairs := yamldiff.Common(was, is) // as many as can be
	if len(base) == len(head) && len(pairs) <= equalByIndex(was, is) {
		pairs = nil
	}
	b, h := 0, 0
	for _, pair := range append(pairs, [2]int{len(base), len(head)}) {
		d.between(base, head, [2]int{b, pair[0]}, [2]int{h, pair[1]}, p)
		b, h = pair[0]+1, pair[1]+1
	}
}

// between compares what lies between two pairs of equal items: as far as both
// sides have some, one after the other.
func (d *differ) between(base, head []any, b, h [2]int, p place) {
	for b[0] < b[1] && h[0] < h[1] {
		d.values(base[b[0]], head[h[0]], p.step(model.ItemStep(b[0]), model.ItemStep(h[0]), p.shape))
		b[0]++
		h[0]++
	}
	for ; h[0] < h[1]; h[0]++ {
		d.added(head[h[0]], p, model.ItemStep(h[0]))
	}
	for ; b[0] < b[1]; b[0]++ {
		d.removed(base[b[0]], p, model.ItemStep(b[0]))
	}
}

func equalByIndex(base, head []string) int {
	n := 0
	for i := range base {
		if base[i] == head[i] {
			n++
		}
	}
	return n
}

// contents are items as comparable texts.
func contents(items []any) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = content(item)
	}
	return out
}

// content is an item as a comparable text.
func content(item any) string {
	j, _ := json.Marshal(item) // decoded JSON always marshals, with sorted keys
	return string(j)
}
