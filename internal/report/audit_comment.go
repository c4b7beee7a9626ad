package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// commentLimit is below GitHub's 65,536 characters and 65,535 bytes for a
// comment, with room for what whoever posts it puts around it.
const commentLimit = 64_000

// gapsFirst is how many gaps a comment shows unfolded.
const gapsFirst = 10

// AuditComment is the audit as a comment on a pull request: the answer, the
// stars, the first ten gaps; the rest is folded. Parts that do not fit are left
// out whole, and named.
func AuditComment(r *audit.Report) string {
	sections := []section{
		{"the gaps", gapTable(r, gapsFirst)},
		{"what is not visible", hidden(r)},
		{"what to do for each gap", folded(fmt.Sprintf("What to do: %s", plural(len(r.Gaps), "gap")), details(r, commentLimit*2/5))},
		{"quick wins", folded("Quick wins", comment(work(r.QuickWins, "")))},
		{"the recommendations", folded("Recommendations", comment(recommendations(r)))},
		{"the checklist", folded("Verification: what is checked already", comment(verification(r)+practices(r)))},
		{"the map", folded("Architecture", architecture(r, commentLimit/4))},
	}
	for _, c := range r.Chapters {
		sections = append(sections, section{c.Title, folded(c.ID+" "+c.Title, comment(chapter(c)))})
	}
	sections = append(sections,
		section{"documentation", folded("Documentation", documents(r, commentLimit/5))},
		section{"the verdict in full", folded("Completeness and verdict", comment(final(r)))},
		section{"every check", folded(fmt.Sprintf("Every check: %d", len(r.Checks)), everyCheck(r))},
		section{"every target", folded(fmt.Sprintf("Every target: %d", len(r.Targets)), everyTarget(r))})
	var b strings.Builder
	b.WriteString(firstPage(r, plain))
	var left []string
	const room = 1500 // bytes kept for naming what was left out
	for _, s := range sections {
		switch {
		case s.text == "":
		case b.Len()+len(s.text)+room > commentLimit:
			left = append(left, s.name)
		default:
			b.WriteString("\n" + s.text)
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, "\n**Left out, for GitHub's limit of size**: %s. `seaworthy audit --format markdown` has all of it.\n", strings.Join(left, ", "))
	}
	return b.String()
}

// comment takes the links to headings out: a comment has no such anchors.
func comment(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "](#")
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], ')')
		open := strings.LastIndexByte(s[:i], '[')
		if end < 0 || open < 0 {
			break
		}
		b.WriteString(s[:open] + s[open+1:i])
		s = s[i+end+1:]
	}
	return b.String() + s
}

// gapTable is the first gaps, a line each.
func gapTable(r *audit.Report, most int) string {
	if len(r.Gaps) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| | gap | first place | places | effort |\n|---|---|---|--:|---|\n")
	for i, g := range r.Gaps {
		if i == most {
			break
		}
		mark := severityMark[g.Severity]
		if g.Status == review.Unknown {
			mark = "❔"
		}
		first := cell(fit(g.Evidence[0].Message, 160))
		if g.Evidence[0].Location != nil {
			first = code(placeOf(g.Evidence[0])) + "<br>" + first
		}
		fmt.Fprintf(&b, "| %s | **%s** %s | %s | %d | %s |\n", mark, g.ID, cell(g.Title), first, len(g.Evidence), g.Effort)
	}
	if more := len(r.Gaps) - most; more > 0 {
		fmt.Fprintf(&b, "\nand %s, below.\n", plural(more, "more gap"))
	}
	return b.String()
}

// details are the gaps in full, as many as fit; the rest is named.
func details(r *audit.Report, limit int) string {
	var b strings.Builder
	for i, g := range r.Gaps {
		text := fmt.Sprintf("#### %s\n\n%s", g.ID, gap(g, 4))
		if b.Len()+len(text) > limit {
			fmt.Fprintf(&b, "and %s that did not fit.\n", plural(len(r.Gaps)-i, "more gap"))
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

// hiddenShown is how many invisible things a comment names.
const hiddenShown = 5

func hidden(r *audit.Report) string {
	if len(r.Incomplete)+len(r.Hidden)+len(r.Unjudged) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("**Not visible from here**\n\n")
	for i, t := range r.Incomplete {
		if i == hiddenShown {
			fmt.Fprintf(&b, "- and %s more\n", plural(len(r.Incomplete)-i, "target"))
			break
		}
		fmt.Fprintf(&b, "- %s: %s %s\n", code(t.Target), cell(t.Message), where(t.Where))
	}
	if len(r.Hidden) > 0 {
		fmt.Fprintf(&b, "- what the charts of %s make: %s\n", plural(len(r.Hidden), "release"), cell(some(r.Hidden, hiddenShown)))
	}
	for _, u := range r.Unjudged {
		fmt.Fprintf(&b, "- %s: no check reads it yet\n", cell(u))
	}
	return b.String()
}
