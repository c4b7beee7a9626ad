package yamldiff

import (
	"strings"
	"unicode"
)

// mark marks what differs between Removed lines and their counterparts.
func mark(lines []Line) {
	for i := range lines {
		if n := lines[i].pair; n > 0 {
			words(&lines[i], &lines[i+n])
		}
	}
}

// longest is up to how many bytes a line's words are compared.
const longest = 2000

// words marks the words in which two lines differ. Lines that have little in
// common are left alone: marks all over say nothing.
func words(b, h *Line) {
	if len(b.Text) > longest || len(h.Text) > longest {
		return
	}
	if b.Secret && h.Secret && b.Text == h.Text {
		at := strings.LastIndexByte(b.Text, ' ') + 1
		b.Marked, h.Marked = []Span{{at, len(b.Text)}}, []Span{{at, len(h.Text)}}
		return
	}
	bw, hw := tokens(b.Text), tokens(h.Text)
	pairs := common(bw, hw)
	same := 0
	for _, p := range pairs {
		same += len(strings.TrimSpace(bw[p[0]]))
	}
	if 3*same < max(len(strings.TrimSpace(b.Text)), len(strings.TrimSpace(h.Text))) {
		return
	}
	var inBase, inHead []int
	for _, p := range pairs {
		inBase, inHead = append(inBase, p[0]), append(inHead, p[1])
	}
	b.Marked, h.Marked = rest(bw, inBase), rest(hw, inHead)
}

// rest are the parts of a line without some of its words.
func rest(words []string, without []int) (out []Span) {
	at := 0
	for i, w := range words {
		if len(without) > 0 && without[0] == i {
			without = without[1:]
		} else if n := len(out); n > 0 && out[n-1].To == at {
			out[n-1].To += len(w)
		} else {
			out = append(out, Span{at, at + len(w)})
		}
		at += len(w)
	}
	return out
}

// tokens cuts a line into words, runs of spaces, and single other letters.
func tokens(s string) (out []string) {
	kind := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return 1
		case r == ' ':
			return 2
		}
		return 0
	}
	last, from := -1, 0
	for i, r := range s {
		if k := kind(r); k != last || k == 0 {
			if i > from {
				out = append(out, s[from:i])
			}
			last, from = k, i
		}
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}
