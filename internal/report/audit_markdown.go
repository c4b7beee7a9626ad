package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// AuditMarkdown is the whole audit for a person. Its headings are numbered and
// stay as they are, so that others can link to them.
func AuditMarkdown(r *audit.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Readiness report\n\n%s, %s\n\n", upperFirst(auditOf(r)), r.AsOf.UTC().Format("2006-01-02"))
	b.WriteString("## A1 Summary\n\n" + opening(r, linked) + "\n" + starTable(r, linked) + "\n" + points(r))
	b.WriteString("\n## A2 Architecture\n\n" + architecture(r, noLimit))
	b.WriteString("\n## A3 Findings\n\n" + allGaps(r))
	b.WriteString("\n## A4 Quick wins\n\n" + work(r.QuickWins, "None: no gap is closed by one small change."))
	b.WriteString("\n## A5 Larger work\n\n" + work(r.LargerWork, "None."))
	b.WriteString("\n## A6 Verification\n\n" + verification(r))
	for _, c := range r.Chapters {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s", c.ID, c.Title, chapter(c))
	}
	b.WriteString("\n## A12 Documentation\n\n" + documents(r, noLimit))
	b.WriteString("\n## A13 Completeness and verdict\n\n" + final(r))
	b.WriteString("\n## A14 Every check\n\n" + everyCheck(r))
	b.WriteString("\n## A15 Every target\n\n" + everyTarget(r))
	return b.String()
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// linked makes an id a link to its heading.
func linked(id string) string { return "[" + id + "](#" + strings.ToLower(id) + ")" }

// plain leaves an id as it is: a comment's headings have no anchors.
func plain(id string) string { return id }

// opening answers the three questions.
func opening(r *audit.Report, mark func(string) string) string {
	may, blocks, first := answers(r, mark)
	said := fmt.Sprintf("**%s** · %s\n\n- **May this go to production?** %s\n- **What blocks it?** %s\n- **What first?** %s\n\n%s Completeness %s.\n",
		r.Summary.Verdict, auditOf(r), inline(may), inline(blocks), inline(first), inline(r.Summary.Paragraph), score(r))
	if t := trendLine(r); t != "" {
		said += "\n" + t + "\n"
	}
	return said
}

// inline is text of checks and of the repository outside tables.
func inline(s string) string {
	return harmless(oneLine(s))
}

// starTable is the rating of each area. Numbers lead to the checks behind them.
func starTable(r *audit.Report, mark func(string) string) string {
	var b strings.Builder
	b.WriteString("| area | rating | passed | open | unknown |\n|---|---|--:|--:|--:|\n")
	for _, a := range r.Areas {
		n := func(count int) string {
			if count == 0 || mark("") == "" {
				return fmt.Sprint(count)
			}
			return fmt.Sprintf("[%d](#%s-checks)", count, strings.ToLower(a.Area))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.Area, stars(a), n(a.Passed), n(a.Open), n(a.Unknown))
	}
	return b.String()
}

func points(r *audit.Report) string {
	var b strings.Builder
	list := func(title string, all []audit.Point) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(&b, "**%s**\n\n", title)
		for _, p := range all {
			fmt.Fprintf(&b, "- %s: %s\n", inline(p.Title), inline(p.Detail))
		}
		b.WriteString("\n")
	}
	list("Strengths", r.Summary.Strengths)
	list("Critical gaps", r.Summary.Critical)
	list("High", r.Summary.High)
	if len(r.Summary.NotAssessed) > 0 {
		fmt.Fprintf(&b, "**Not assessed**: %s. No check speaks of it, or there was nothing to look at; the verdict says nothing of it.\n", strings.Join(r.Summary.NotAssessed, ", "))
	}
	return b.String()
}

// architecture is the map. What is longer than limit bytes leaves the diagram
// out.
func architecture(r *audit.Report, limit int) string {
	a := r.Architecture
	var b strings.Builder
	b.WriteString("| cluster | targets | rendered | objects |\n|---|--:|--:|--:|\n")
	for _, c := range a.Clusters {
		name := "(unnamed)"
		if c.Name != "" {
			name = cell(c.Name)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", name, c.Targets, c.Rendered, c.Objects)
	}
	if a.Diagram == "" {
		b.WriteString("\nNo Flux objects are rendered, so there is no graph of them.\n")
	} else if b.Len()+len(a.Diagram) < limit {
		fmt.Fprintf(&b, "\n```mermaid\n%s```\n", a.Diagram)
		if more := len(a.Nodes) - a.Drawn; more > 0 {
			fmt.Fprintf(&b, "\n%s more %s not drawn; `--format json` has all.\n", fmt.Sprint(more), verb(more, "is", "are"))
		}
	}
	if len(a.CriticalPath) > 0 {
		fmt.Fprintf(&b, "\n**Critical path** (what must be ready before what): %s\n", cell(strings.Join(a.CriticalPath, " → ")))
	}
	b.WriteString("\n| flow | by what is rendered |\n|---|---|\n")
	for _, f := range a.Flows {
		said := "nothing of it is rendered"
		if f.Seen {
			said = strings.Join(f.Steps, " → ")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", f.Name, cell(said))
	}
	b.WriteString("\n| trust boundary | stands there |\n|---|---|\n")
	for _, t := range a.Boundaries {
		said := "nothing rendered"
		if t.Seen {
			said = t.At
		}
		fmt.Fprintf(&b, "| %s | %s |\n", t.Name, cell(said))
	}
	if len(a.Storage) > 0 {
		var said []string
		for _, s := range a.Storage {
			said = append(said, plural(s.Count, s.Kind))
		}
		fmt.Fprintf(&b, "\n**Storage**: %s\n", strings.Join(said, ", "))
	}
	return b.String()
}

// evidenceShown is how many places of a gap are listed.
const evidenceShown = 12

func allGaps(r *audit.Report) string {
	if len(r.Gaps) == 0 {
		return "No check found anything open.\n"
	}
	var b strings.Builder
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "### %s\n\n%s", g.ID, gap(g, evidenceShown))
	}
	return b.String()
}

// gap is one gap with everything that is said of it.
func gap(g audit.Gap, places int) string {
	var b strings.Builder
	blocking := ""
	if g.Blocking {
		blocking = " · **blocks**"
	}
	status := ""
	if g.Status == review.Unknown {
		status = " · could not be seen for certain"
	}
	fmt.Fprintf(&b, "**%s** · %s · %s · `%s`%s%s\n\n", upperFirst(inline(g.Title)), g.Severity, g.Area, g.Check, blocking, status)
	if g.Impact != "" {
		fmt.Fprintf(&b, "**Impact.** %s\n\n", inline(g.Impact))
	}
	b.WriteString("**Evidence.**\n\n")
	for i, e := range g.Evidence {
		if i == places {
			fmt.Fprintf(&b, "- and %d more; `--format json` has all\n", len(g.Evidence)-i)
			break
		}
		b.WriteString(evidenceLine(e))
	}
	fmt.Fprintf(&b, "\n**Cause.** %s\n\n**What to do** (%s).\n\n", g.Cause, effortWords[g.Effort])
	for i, s := range g.Recommendation {
		fmt.Fprintf(&b, "%d. %s\n", i+1, inline(s))
	}
	if g.Risk != "" {
		fmt.Fprintf(&b, "\n**Live with it when:** %s\n", inline(g.Risk))
	}
	if g.Verification != "" {
		fmt.Fprintf(&b, "\n```sh\n%s\n```\n", fence(g.Verification))
	}
	return b.String() + "\n"
}

var effortWords = map[string]string{"small": "small: under 30 minutes", "medium": "medium: under two hours", "large": "large: more than two hours"}

func evidenceLine(e audit.Evidence) string {
	said := "- "
	if e.Location != nil {
		said += code(placeOf(e)) + " "
	}
	said += cell(e.Message)
	if e.Quote != "" {
		said += " " + code(fit(e.Quote, 120))
	}
	if len(e.Searched) > 0 {
		said += " Searched: " + cell(some(e.Searched, 4)) + "."
	}
	return said + "\n"
}

func work(list []audit.Work, none string) string {
	if len(list) == 0 {
		return none + "\n"
	}
	var b strings.Builder
	b.WriteString("| what | closes | effort | how |\n|---|---|---|---|\n")
	for _, w := range list {
		var ids []string
		for _, id := range w.Gaps {
			ids = append(ids, linked(id))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", upperFirst(cell(w.Title)), some(ids, 8), w.Effort, cell(fit(w.Action, 300)))
	}
	return b.String()
}
