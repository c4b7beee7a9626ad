package yamldiff

import "github.com/sergi/go-diff/diffmatchpatch"

// hardest bounds the work on two texts of which all lines occur on both sides, in
// another order: lines of the one times lines of the other.
const hardest = 60_000_000

// Common pairs the lines that two texts have in common, in their order, by their
// indexes.
func Common(base, head []string) (pairs [][2]int) { return common(base, head) }

// common pairs equal texts in their order, as many as can be, by their indexes.
// Lists that would take too long pair only at their beginning and end.
func common(base, head []string) (pairs [][2]int) {
	start := 0
	for start < len(base) && start < len(head) && base[start] == head[start] {
		pairs = append(pairs, [2]int{start, start})
		start++
	}
	end := 0
	for end < len(base)-start && end < len(head)-start && base[len(base)-1-end] == head[len(head)-1-end] {
		end++
	}
	pairs = append(pairs, middle(base, head, start, end)...)
	for i := end; i > 0; i-- {
		pairs = append(pairs, [2]int{len(base) - i, len(head) - i})
	}
	return pairs
}

// middle pairs what stands between so many equal texts at the beginning and at
// the end. What only one side has can never pair: it is left out first, which is
// most of it when much has changed. What is left may begin and end the same again: a
// list that moved on by one does.
func middle(base, head []string, start, end int) (pairs [][2]int) {
	b, h := base[start:len(base)-end], head[start:len(head)-end]
	letters := letters{}
	bs, bAt := letters.spell(b, set(h))
	hs, hAt := letters.spell(h, set(b))
	pair := func(i, j int) { pairs = append(pairs, [2]int{start + bAt[i], start + hAt[j]}) }
	i, j := 0, 0
	for ; i < len(bs) && i < len(hs) && bs[i] == hs[i]; i, j = i+1, j+1 {
		pair(i, j)
	}
	last := 0
	for last < len(bs)-i && last < len(hs)-i && bs[len(bs)-1-last] == hs[len(hs)-1-last] {
		last++
	}
	bs, hs = bs[i:len(bs)-last], hs[i:len(hs)-last]
	if len(bs) > 0 && len(hs) > 0 && len(bs)*len(hs) <= hardest {
		var m diffmatchpatch.DiffMatchPatch // no timeout: the same input gives the same lines
		for _, d := range m.DiffMainRunes(bs, hs, false) {
			n := len([]rune(d.Text))
			switch d.Type {
			case diffmatchpatch.DiffDelete:
				i += n
			case diffmatchpatch.DiffInsert:
				j += n
			default:
				for range n {
					pair(i, j)
					i, j = i+1, j+1
				}
			}
		}
	}
	for ; last > 0; last-- {
		pair(len(bAt)-last, len(hAt)-last)
	}
	return pairs
}

func set(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		out[s] = true
	}
	return out
}

// letters gives each text a letter of its own, for a library that compares words.
type letters map[string]rune

// spell writes the texts that the other side has as a word, and gives their
// indexes.
func (l letters) spell(list []string, other map[string]bool) (word []rune, at []int) {
	for i, s := range list {
		if !other[s] {
			continue
		}
		r, known := l[s]
		if !known {
			r = rune(len(l) + 1)
			if r >= 0xd800 {
				r += 0x800 // what lies between is no letter
			}
			l[s] = r
		}
		word, at = append(word, r), append(at, i)
	}
	return word, at
}
