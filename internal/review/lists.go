package review

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// byContent compares lists whose items no key tells apart. Where the list has
// grown or shrunk, or has moved on, equal items pair, in their order, and what is
// left between them is what changed: one inserted item is one change. Else items
// pair by index.
func (d *differ) byContent(base, head []any, p place) {
	pairs := equalItems(base, head)
	if len(base) == len(head) && len(pairs) <= equalByIndex(base, head) {
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

func equalByIndex(base, head []any) int {
	n := 0
	for i := range base {
		if content(base[i]) == content(head[i]) {
			n++
		}
	}
	return n
}

// maxTable bounds the table of a longest common subsequence.
const maxTable = 4_000_000

// equalItems pairs equal items in their order: the common beginning and end, and
// between them a longest common subsequence, where that is not too long to find.
func equalItems(base, head []any) (pairs [][2]int) {
	b, h := make([]string, len(base)), make([]string, len(head))
	for i, item := range base {
		b[i] = content(item)
	}
	for i, item := range head {
		h[i] = content(item)
	}
	start := 0
	for start < len(b) && start < len(h) && b[start] == h[start] {
		pairs = append(pairs, [2]int{start, start})
		start++
	}
	end := 0
	for end < len(b)-start && end < len(h)-start && b[len(b)-1-end] == h[len(h)-1-end] {
		end++
	}
	for _, pair := range common(b[start:len(b)-end], h[start:len(h)-end]) {
		pairs = append(pairs, [2]int{start + pair[0], start + pair[1]})
	}
	for i := end; i > 0; i-- {
		pairs = append(pairs, [2]int{len(b) - i, len(h) - i})
	}
	return pairs
}

// common is a longest common subsequence; nil where the table would be too large.
func common(b, h []string) (pairs [][2]int) {
	if len(b)*len(h) == 0 || len(b)*len(h) > maxTable {
		return nil
	}
	width := len(h) + 1
	length := make([]int32, (len(b)+1)*width)
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(h) - 1; j >= 0; j-- {
			if b[i] == h[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(b) && j < len(h); {
		switch {
		case b[i] == h[j]:
			pairs = append(pairs, [2]int{i, j})
			i++
			j++
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// content is an item as a comparable text.
func content(item any) string {
	j, _ := json.Marshal(item) // decoded JSON always marshals, with sorted keys
	return string(j)
}
