// Package credential knows what a credential looks like, once: for what is
// hidden (renders, excerpts, messages, logs) and for what is reported. It gives
// two answers. What is Likely is hidden and never told of: hiding too much costs
// a reader a value. What is Certain is hidden and told of: a false alarm costs
// the trust in every other one. It reads texts, keys and values that others have
// parsed, and parses no file itself.
package credential

import (
	"slices"
	"strings"
)

// Certainty is how sure it is that something is a credential.
type Certainty int

const (
	None    Certainty = iota // no credential
	Likely                   // to be hidden
	Certain                  // to be hidden, and to be reported
)

// Match is a credential in a text.
type Match struct {
	What       string // such as "a GitHub token"
	Start, End int    // of what is to be hidden, in bytes
	Certainty  Certainty
}

// BesideItsName is what is known by the name beside it alone.
const BesideItsName = "a credential beside its name"

// Shown reports whether the credential is one of those that people write into a
// comment to show how it is done: a password in an address or a command.
func (m Match) Shown() bool {
	return m.What == inAddress || m.What == inCommand
}

const (
	inAddress = "a password in an address"
	inCommand = "a password in a command"
)

// Find gives the credentials in a text that can be told by their own form or by
// the name beside them, from first to last, without overlaps. Stand-ins are none.
func Find(text string) []Match {
	var out []Match
	if len(text) < shortestText {
		return nil
	}
	l := look(text)
	for i := range forms {
		out = forms[i].find(l, out)
	}
	out = assignments(l, out)
	if len(out) < 2 {
		return out
	}
	slices.SortStableFunc(out, func(a, b Match) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		if a.Certainty != b.Certainty {
			return int(b.Certainty - a.Certainty)
		}
		return b.End - a.End
	})
	kept := out[:1]
	for _, m := range out[1:] {
		last := &kept[len(kept)-1]
		if m.Start >= last.End {
			kept = append(kept, m)
			continue
		}
		// One inside or across the other: all of both is hidden.
		if m.Certainty > last.Certainty {
			last.What, last.Certainty = m.What, m.Certainty
		}
		last.End = max(last.End, m.End)
	}
	return kept
}

// shortestText is the length of the shortest text with a credential: "pwd=abc".
const shortestText = 7

// Of is how sure it is that a text holds a credential.
func Of(text string) Certainty {
	sure := None
	for _, m := range Find(text) {
		sure = max(sure, m.Certainty)
	}
	return sure
}

// Hide puts a text in the place of every credential in another one.
func Hide(text, instead string) string {
	found := Find(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range found {
		b.WriteString(text[at:m.Start])
		b.WriteString(instead)
		at = m.End
	}
	b.WriteString(text[at:])
	return b.String()
}
