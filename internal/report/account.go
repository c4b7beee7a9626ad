package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// accountOrder is how the states of files are summed up, with their words.
var accountOrder = []struct {
	state     model.State
	one, many string
}{
	{model.RenderedState, "rendered", "rendered"},
	{model.PartialState, "partly visible", "partly visible"},
	{model.UnseenState, "not visible", "not visible"},
	{model.UnappliedState, "that nothing applies", "that nothing applies"},
	{model.DocumentState, "document", "documents"},
}

// accountLine sums up what became of the files that differ: "12 files: 9 rendered,
// 2 documents, 1 that nothing applies". It is "" where none differs.
func accountLine(r *review.Report) string {
	if len(r.Account) == 0 {
		return ""
	}
	n := map[model.State]int{}
	for _, f := range r.Account {
		n[f.State]++
	}
	var parts []string
	for _, o := range accountOrder {
		if n[o.state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o.state], verb(n[o.state], o.one, o.many)))
		}
	}
	return plural(len(r.Account), "file") + ": " + strings.Join(parts, ", ")
}

// unread gives the files that no target reads and that are no documents: nothing
// applies them, or something that cannot be seen.
func unread(r *review.Report) (out []model.FileAccount) {
	for _, f := range r.Account {
		if f.State == model.UnappliedState || f.State == model.UnseenState && len(f.Targets) == 0 {
			out = append(out, f)
		}
	}
	return out
}

// hides reports whether something of the change could not be seen.
func hides(r *review.Report) bool {
	for _, f := range r.Account {
		if f.State == model.PartialState || f.State == model.UnseenState {
			return true
		}
	}
	return count(r).unseen > 0
}

// noChange says that nothing changes, as far as that was seen.
func noChange(r *review.Report) string {
	switch {
	case hides(r):
		return "no change in what is visible"
	case len(unread(r)) > 0 && len(unread(r)) == len(r.Account):
		return "nothing applies what changes"
	}
	return "no rendered change"
}

// accounted is the account as Markdown.
func accounted(r *review.Report) string {
	line := accountLine(r)
	if line == "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", line)
	for i, f := range unread(r) {
		if i == filesShown {
			fmt.Fprintf(&b, "- and %d more\n", len(unread(r))-i)
			break
		}
		fmt.Fprintf(&b, "- %s: %s\n", code(f.File), f.Reason)
	}
	return b.String()
}
