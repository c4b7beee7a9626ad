package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// causeOf are the pieces of evidence of a gap that say the same of different things.
type causeOf struct {
	first audit.Evidence
	all   []audit.Evidence
}

// quotedPart is what differs between two messages of one kind: names and numbers.
var quotedPart = pattern.New("`[^`]*`|\\d+")

// causes gathers evidence that differs in names only, so that each cause is told once
// with all its places.
func causes(list []audit.Evidence) []causeOf {
	at := map[string]int{}
	var out []causeOf
	for _, e := range list {
		shape := e.Message
		if e.Object != nil {
			shape = strings.ReplaceAll(shape, e.Object.String(), "")
			shape = strings.ReplaceAll(shape, e.Object.Name, "")
		}
		shape = quotedPart.ReplaceAllString(shape, "") + string(e.Severity) + string(e.Status)
		i, ok := at[shape]
		if !ok {
			i = len(out)
			at[shape] = i
			out = append(out, causeOf{first: e})
		}
		out[i].all = append(out[i].all, e)
	}
	return out
}

// line is a cause with its places, at most so many.
func (c causeOf) line(places int) string {
	text := "- "
	if c.first.Location != nil {
		text += code(placeOf(c.first)) + " "
	}
	text += cell(c.first.Message)
	if c.first.Status == review.Unknown {
		text += " (not seen for certain)"
	}
	if c.first.Quote != "" {
		text += " " + code(fit(c.first.Quote, 120))
	}
	if len(c.first.Searched) > 0 {
		text += " Searched: " + cell(some(c.first.Searched, 4)) + "."
	}
	if more := len(c.all) - 1; more > 0 {
		text += fmt.Sprintf(" The same of %d more: %s.", more, placeList(c.all[1:], places))
	}
	return text + "\n"
}

// placesLine are the places of a cause alone.
func (c causeOf) placesLine(most int) string { return placeList(c.all, most) }

// placeList names places, each once; what stands at no line is named by its object.
func placeList(list []audit.Evidence, most int) string {
	var out []string
	seen := map[string]bool{}
	for _, e := range list {
		at := placeOf(e)
		if at == "" && e.Object != nil {
			at = e.Object.String()
		}
		if at != "" && !seen[at] {
			seen[at] = true
			out = append(out, code(at))
		}
	}
	return some(out, most)
}
