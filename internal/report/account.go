package report

import (
	"fmt"
	"slices"
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
	n, broken, by := map[model.State]int{}, 0, []string{}
	for _, f := range r.Account {
		if failed := failedReaders(r, f); len(failed) > 0 {
			broken, by = broken+1, append(by, failed...)
			continue
		}
		n[f.State]++
	}
	var parts []string
	for _, o := range accountOrder {
		if o.state == model.UnseenState && broken > 0 {
			parts = append(parts, fmt.Sprintf("%d not compared (%s)", broken, notBuilt(r, by)))
		}
		if n[o.state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[o.state], verb(n[o.state], o.one, o.many)))
		}
	}
	return plural(len(r.Account), "file") + ": " + strings.Join(parts, ", ")
}

// failedReaders are the targets that do not build, of a file that is not seen for these
// alone.
func failedReaders(r *review.Report, f model.FileAccount) (out []string) {
	if f.State != model.UnseenState {
		return nil
	}
	for _, t := range r.Targets {
		switch {
		case !slices.Contains(f.Targets, t.ID):
		case t.Head == model.StatusFailed || t.Base == model.StatusFailed:
			out = append(out, t.ID)
		case t.Head == model.StatusIncomplete || t.Base == model.StatusIncomplete:
			return nil // that cannot be mended by who broke the others
		}
	}
	return out
}

// notBuilt names targets that do not build.
func notBuilt(r *review.Report, targets []string) string {
	slices.Sort(targets)
	targets = slices.Compact(targets)
	if len(targets) == 1 {
		return pathOf(r, targets[0]) + " does not build"
	}
	return plural(len(targets), "target") + " do not build"
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
