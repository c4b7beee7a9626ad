package credential

import "regexp"

// form is a credential that is known by its own form.
type form struct {
	what string
	re   *regexp.Regexp
	// secret is the group of re that is the credential; 0 is the whole.
	secret int
	// hint is a text that every match holds, to pass by quickly what can have
	// none; "" where there is none.
	hint   string
	likely bool // too uncertain to be reported
	// sound decides by what an expression cannot: text is the whole, secret its
	// part that would be the credential. nil is always.
	sound func(text string, at, end int) bool
}

// whole are forms that are credentials as they stand.
func certain(what, hint, expression string) form {
	return form{what: what, hint: hint, re: regexp.MustCompile(expression)}
}

func likely(what, hint, expression string) form {
	return form{what: what, hint: hint, re: regexp.MustCompile(expression), likely: true}
}

// within says that a form's first group is the credential, and what else must
// hold of it.
func (f form) within(sound func(text string, at, end int) bool) form {
	f.secret, f.sound = 1, sound
	return f
}

func (f form) when(sound func(text string, at, end int) bool) form {
	f.sound = sound
	return f
}

func (f *form) find(text string, out []Match) []Match {
	if !contains(text, f.hint) {
		return out
	}
	for _, m := range f.re.FindAllStringSubmatchIndex(text, -1) {
		at, end := m[2*f.secret], m[2*f.secret+1]
		if at < 0 || illustrates(text[at:end]) || f.sound != nil && !f.sound(text, at, end) {
			continue
		}
		sure := Certain
		if f.likely {
			sure = Likely
		}
		out = append(out, Match{What: f.what, Start: at, End: end, Certainty: sure})
	}
	return out
}
