package credential

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// form is a credential that is known by its own form.
type form struct {
	what string
	re   *pattern.Pattern
	// secret is the group of re that is the credential; 0 is the whole.
	secret int
	// hint is a text that every match holds, on its line, to pass by quickly what
	// can have none. It may name several with "|" between, and after "~" they are
	// in lower case and stand for any.
	hints  []hint
	likely bool // too uncertain to be reported
	lines  bool // a match may go over several lines
	// sound decides by what an expression cannot: text is the whole, secret its
	// part that would be the credential. nil is always.
	sound func(text string, at, end int) bool
}

func certain(what, hints, expression string) form {
	return form{what: what, hints: hintsOf(hints), re: pattern.New(expression)}
}

func likely(what, hints, expression string) form {
	f := certain(what, hints, expression)
	f.likely = true
	return f
}

// within says that a form's first group is the credential, and what else must
// hold of it.
func (f form) within(sound func(text string, at, end int) bool) form {
	f.secret, f.sound = 1, sound
	return f
}

// over says that a match may go over several lines.
func (f form) over() form { f.lines = true; return f }

// when says what else must hold of a match.
func (f form) when(sound func(text string, at, end int) bool) form {
	f.sound = sound
	return f
}

// find adds what a text holds of this form to others.
func (f *form) find(text *looked, out []Match) []Match {
	for from := 0; from < text.len(); {
		at := text.first(from, f.hints)
		if at < 0 {
			return out
		}
		start, end := lineAround(text.text, at)
		if f.lines {
			start, end = from, text.len()
		}
		out = f.match(text.text, start, end, out)
		from = end + 1
	}
	return out
}

func (f *form) match(text string, start, end int, out []Match) []Match {
	for _, m := range f.re.FindAllStringSubmatchIndex(text[start:end], -1) {
		from, to := m[2*f.secret], m[2*f.secret+1]
		if from < 0 {
			continue
		}
		from, to = start+from, start+to
		if illustrates(text[from:to]) || f.sound != nil && !f.sound(text, from, to) {
			continue
		}
		sure := Certain
		if f.likely {
			sure = Likely
		}
		out = append(out, Match{What: f.what, Start: from, End: to, Certainty: sure})
	}
	return out
}

// lineAround is the line that a place stands on.
func lineAround(text string, at int) (start, end int) {
	start = strings.LastIndexByte(text[:at], '\n') + 1
	if end = strings.IndexByte(text[at:], '\n'); end < 0 {
		return start, len(text)
	}
	return start, at + end
}
