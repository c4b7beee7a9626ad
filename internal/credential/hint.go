package credential

import "strings"

// hint is a text that what is looked for holds.
type hint struct {
	text string
	fold bool // text is in lower case, and stands for any
	has  letterSet
}

// hintsOf reads hints as the tables write them: "AKIA|ASIA", "~twilio".
func hintsOf(text string) []hint {
	text, fold := strings.CutPrefix(text, "~")
	var out []hint
	for _, t := range strings.Split(text, "|") {
		out = append(out, hint{text: t, fold: fold, has: lettersOf(t)})
	}
	return out
}

// letterSet holds bytes.
type letterSet [4]uint64

func lettersOf(text string) (s letterSet) {
	for i := 0; i < len(text); i++ {
		s[text[i]/64] |= 1 << (text[i] % 64)
	}
	return s
}

func (s *letterSet) within(all *letterSet) bool {
	return s[0]&^all[0] == 0 && s[1]&^all[1] == 0 && s[2]&^all[2] == 0 && s[3]&^all[3] == 0
}

// looked is a text, with what makes it quick to say what is not in it: most
// texts of a render are short and hold no letters that make a hint.
type looked struct {
	text, lower       string
	letters, lettersL letterSet
}

func look(text string) *looked {
	l := &looked{text: text, lower: asciiLower(text)}
	l.letters, l.lettersL = lettersOf(text), lettersOf(l.lower)
	return l
}

// asciiLower leaves letters of other scripts, whose lower case has another
// length.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (l *looked) len() int { return len(l.text) }

// first is where the first of the hints stands from a place on; -1 is nowhere.
func (l *looked) first(from int, hints []hint) int {
	at := -1
	for i := range hints {
		h := &hints[i]
		in, has := l.text, &l.letters
		if h.fold {
			in, has = l.lower, &l.lettersL
		}
		if !h.has.within(has) {
			continue
		}
		if i := strings.Index(in[from:], h.text); i >= 0 && (at < 0 || from+i < at) {
			at = from + i
		}
	}
	return at
}
