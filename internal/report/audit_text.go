package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// placesShown is how many places of a gap the terminal lists.
const placesShown = 3

// AuditText writes an audit for a terminal: the first screen answers whether
// this may go to production, what blocks it and what comes first.
func AuditText(w io.Writer, r *audit.Report, color bool) error {
	x := &textWriter{Writer: bufio.NewWriter(w), Terminal: Terminal{Color: color}}
	x.auditHead(r)
	x.auditStars(r)
	x.auditStrengths(r)
	x.auditGaps(r)
	x.auditUnseen(r)
	x.line("\n%s", x.paint(dim, "seaworthy audit --format markdown has all of it · seaworthy checks explain <check>"))
	return x.Flush()
}

func (x *textWriter) auditHead(r *audit.Report) {
	style := green
	switch {
	case !r.Approved:
		style = red
	case r.Conclusion == review.Neutral:
		style = yellow
	}
	took := seconds(r.Stats.Milliseconds)
	gap := max(2, 80-len(r.Summary.Verdict)-len(took))
	x.line("%s%s%s", x.paint(bold+style, r.Summary.Verdict), strings.Repeat(" ", gap), x.paint(dim, took))
	x.line("%s\n", x.paint(dim, auditOf(r)))
	may, first := answers(r, plain)
	work := "critical and high " + audit.Span(r.Summary.HoursFirst) + ", all known gaps " + audit.Span(r.Summary.Hours) + "."
	said := []struct{ q, a string }{{"Production?", may}, {"Blocks it:", blocking(r, plain)}}
	for i, step := range first {
		said = append(said, struct{ q, a string }{[]string{"First:", ""}[min(i, 1)], step})
	}
	said = append(said, struct{ q, a string }{"Work:", work}, struct{ q, a string }{"Not seen:", unseenLine(r, plain)})
	for _, qa := range said {
		if qa.a == "" {
			continue
		}
		for i, l := range wrap(plainMarks(oneLine(qa.a)), 66) {
			head := ""
			if i == 0 {
				head = qa.q
			}
			x.line("%s  %s", x.paint(bold, fmt.Sprintf("%-11s", head)), l)
		}
	}
	x.auditBlockers(r)
	x.line("")
	for _, l := range wrap(plainMarks(r.Summary.Paragraph), 79) {
		x.line("%s", l)
	}
	if t := trendLine(r); t != "" {
		x.line("%s", t)
	}
}

// auditBlockers is the table of what blocks, with names and places.
func (x *textWriter) auditBlockers(r *audit.Report) {
	list, more := auditBlockers(r)
	known := gapsByID(r)
	for _, b := range list {
		gap := max(2, 79-14-len([]rune(b.title))-len(b.effort))
		x.line("\n  %s%s%s%s", x.paint(severityStyle[known[b.id].Severity], fmt.Sprintf("%-12s", b.id)), oneLine(b.title), strings.Repeat(" ", gap), x.paint(dim, b.effort))
		if b.at != "" {
			at := b.at
			if b.more > 0 {
				at += fmt.Sprintf(" and %d more", b.more)
			}
			x.line("  %-12s%s", "", x.paint(bold, at))
		}
		for _, l := range wrap(plainMarks(oneLine(b.message)), 65) {
			x.line("  %-12s%s", "", l)
		}
	}
	if more > 0 {
		x.line("\n  %s", moreBlock(more))
	}
}

// auditStrengths is what is good, and what nobody looked at.
func (x *textWriter) auditStrengths(r *audit.Report) {
	if len(r.Summary.Strengths) > 0 {
		x.line("\n%s", x.paint(bold, "Strengths"))
	}
	for _, p := range r.Summary.Strengths {
		for i, l := range wrap(plainMarks(oneLine(p.Title+": "+p.Detail)), 75) {
			mark := "  "
			if i == 0 {
				mark = "+ "
			}
			x.line("  %s%s", x.paint(green, mark), l)
		}
	}
	if len(r.Summary.NotAssessed) > 0 {
		for i, l := range wrap("Not assessed: "+oneLine(some(r.Summary.NotAssessed, 14))+". No check speaks of it, or there was nothing to look at.", 79) {
			if i == 0 {
				x.line("")
			}
			x.line("%s", l)
		}
	}
}

func (x *textWriter) auditStars(r *audit.Report) {
	x.line("")
	for _, a := range r.Areas {
		x.line("  %-14s %-13s %s", a.Area, stars(a), x.paint(dim, fmt.Sprintf("%d passed · %d open · %d not visible", a.Passed, a.Open, a.Unknown)))
		for i, on := range a.Rests {
			if i < 2 {
				x.line("  %-14s %s", "", x.paint(dim, fit(oneLine(on), 62)))
			}
		}
	}
	x.line("  %-14s %s", "Completeness", score(r))
}

// auditGaps writes what is open: of what weighs little, a line each.
func (x *textWriter) auditGaps(r *audit.Report) {
	brief := false
	for _, g := range r.Gaps {
		status := ""
		if g.Status == review.Unknown {
			status = " (could not be seen for certain)"
		}
		gap := max(2, 79-len(g.ID)-2-len([]rune(g.Title))-len(status)-len(g.Check))
		little := g.Severity.Rank() <= review.Low.Rank()
		if !little || !brief {
			x.line("")
		}
		brief = little
		x.line("%s  %s%s%s%s", x.paint(severityStyle[g.Severity], g.ID), oneLine(g.Title), status, strings.Repeat(" ", gap), x.paint(dim, g.Check))
		if little {
			if place := placeOf(g.Evidence[0]); place != "" {
				if n := len(g.Evidence) - 1; n > 0 {
					place += fmt.Sprintf(" and %d more", n)
				}
				x.line("    %s", place)
			}
			continue
		}
		for i, e := range g.Evidence {
			if i == placesShown {
				x.line("    %s", x.paint(dim, fmt.Sprintf("… %s more", plural(len(g.Evidence)-i, "place"))))
				break
			}
			if place := placeOf(e); place != "" {
				x.line("    %s", x.paint(bold, place))
			}
			for _, l := range wrap(plainMarks(oneLine(e.Message)), 72) {
				x.line("      %s", l)
			}
			if in := inClusters(r, e); in != "" {
				x.line("      %s", x.paint(dim, in))
			}
			if len(e.Searched) > 0 {
				for _, l := range wrap("searched "+oneLine(some(e.Searched, 4)), 72) {
					x.line("      %s", x.paint(dim, l))
				}
			}
		}
		for i, s := range g.Recommendation {
			for j, l := range wrap(plainMarks(oneLine(s)), 70) {
				mark := "  "
				if i == 0 && j == 0 {
					mark = "→ "
				}
				x.line("    %s%s", x.paint(cyan, mark), l)
			}
		}
	}
}

func (x *textWriter) auditUnseen(r *audit.Report) {
	if len(r.Incomplete)+len(r.Hidden)+len(r.Unjudged) > 0 {
		x.line("\n%s", x.paint(bold, "Not visible"))
	}
	for _, i := range r.Incomplete {
		x.line("  %s  %s", oneLine(i.Target), plainMarks(oneLine(i.Message)))
	}
	if len(r.Hidden) > 0 {
		x.line("  what the charts of %s make: %s", plural(len(r.Hidden), "release"), oneLine(some(r.Hidden, hiddenShown)))
	}
	for _, u := range r.Unjudged {
		x.line("  %s: no check reads it yet", oneLine(u))
	}
}
