package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// AuditMarkdown is the whole audit for a person. Its headings are numbered and
// stay as they are, so that others can link to them.
func AuditMarkdown(r *audit.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Readiness report\n\n%s, %s\n\n", upperFirst(auditOf(r)), r.AsOf.UTC().Format("2006-01-02"))
	b.WriteString("## A1 Summary\n\n" + firstPage(r, linked))
	b.WriteString("\n## A2 Architecture\n\n" + architecture(r, noLimit))
	b.WriteString("\n## A3 Findings\n\n" + allGaps(r))
	b.WriteString("\n## A4 Quick wins\n\n" + work(r.QuickWins, "None: no gap is closed by one small change."))
	b.WriteString("\n## A5 Larger work\n\n" + work(r.LargerWork, "None.") + "\n" + recommendations(r))
	b.WriteString("\n## A6 Verification\n\n" + verification(r) + practices(r))
	for _, c := range r.Chapters {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s", c.ID, c.Title, chapter(c))
	}
	b.WriteString("\n## A12 Documentation\n\n" + documents(r, noLimit))
	b.WriteString("\n## A13 Completeness and verdict\n\n" + final(r))
	b.WriteString("\n## A14 Every check\n\n" + everyCheck(r))
	b.WriteString("\n## A15 Every target\n\n" + everyTarget(r))
	return b.String()
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// linked makes an id a link to its heading.
func linked(id string) string { return "[" + id + "](#" + strings.ToLower(id) + ")" }

// plain leaves an id as it is: a comment's headings have no anchors.
func plain(id string) string { return id }

// blockersShown bounds the table of what blocks.
const blockersShown = 10

// firstPage is what one hands on: the verdict, what blocks and where, what first, what
// was not seen and what to give, the stars with what they rest on, the strengths.
func firstPage(r *audit.Report, mark func(string) string) string {
	may, first := answers(r, mark)
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · %s\n\n- **May this go to production?** %s\n", r.Summary.Verdict, auditOf(r), inline(may))
	fmt.Fprintf(&b, "- **What blocks it?** %s\n", blocking(r, mark))
	b.WriteString("- **What first?**")
	for i, step := range first {
		if len(first) > 1 {
			fmt.Fprintf(&b, "\n  %d.", i+1)
		}
		b.WriteString(" " + inline(step))
	}
	fmt.Fprintf(&b, "\n- **How much work?** Critical and high %s, all known gaps %s.\n", audit.Span(r.Summary.HoursFirst), audit.Span(r.Summary.Hours))
	if said := unseenLine(r, mark); said != "" {
		fmt.Fprintf(&b, "- **What was not seen?** %s\n", inline(said))
	}
	b.WriteString("\n" + whatBlocks(r, mark))
	fmt.Fprintf(&b, "%s Completeness %s.\n\n", inline(r.Summary.Paragraph), score(r))
	if t := trendLine(r); t != "" {
		b.WriteString(t + "\n\n")
	}
	b.WriteString(starTable(r, mark))
	if len(r.Summary.Strengths) > 0 {
		b.WriteString("\n**Strengths**\n\n")
		for _, p := range r.Summary.Strengths {
			fmt.Fprintf(&b, "- %s: %s\n", inline(p.Title), inline(p.Detail))
		}
	}
	if len(r.Summary.NotAssessed) > 0 {
		fmt.Fprintf(&b, "\n**Not assessed**: %s. No check speaks of it, or there was nothing to look at; the verdict says nothing of it.\n", some(r.Summary.NotAssessed, 14))
	}
	return b.String()
}

// blocking counts what blocks: gaps, which are in the table, what is not visible, and
// the questions that nothing visible answers.
func blocking(r *audit.Report, mark func(string) string) string {
	byID, known := gapsByID(r), 0
	var all, open []string
	unseen := false
	for _, id := range r.Summary.Blocking {
		switch g, ok := byID[id]; {
		case !ok:
			unseen = true
		case g.Status == review.Unknown:
			open = append(open, mark(id))
		default:
			known++
		}
	}
	if known > 0 {
		all = append(all, plural(known, "gap")+", in the table")
	}
	if unseen {
		all = append(all, "what is not visible")
	}
	if len(open) > 0 {
		all = append(all, plural(len(open), "question")+" that nothing visible answers ("+some(open, unknownShown)+")")
	}
	if len(all) == 0 {
		return "Nothing."
	}
	if last := len(all) - 1; last > 0 {
		all[last] = "and " + all[last]
	}
	return upperFirst(strings.Join(all, ", ")) + "."
}

// unknownShown is how many gaps that could not be seen the first page names.
const unknownShown = 14

// unseenLine says what was not seen, and what may be open for that.
func unseenLine(r *audit.Report, mark func(string) string) string {
	var what, open []string
	for _, g := range r.Summary.Unseen {
		what = append(what, g.What)
	}
	if len(what) == 0 {
		return ""
	}
	for _, g := range r.Gaps {
		if g.Status == review.Unknown && g.Severity.Rank() >= review.High.Rank() {
			open = append(open, mark(g.ID)+" "+g.Title)
		}
	}
	said := upperFirst(strings.Join(what, "; ")) + ". Give these, and there are answers."
	if len(open) > 0 {
		said += " Until then these may be open: " + some(open, unknownShown) + "."
	}
	return said
}

// blocker is a gap that blocks, as the first page names it.
type blocker struct {
	id, title, message string
	at                 string // "" where it has no place
	more               int    // further places
	effort             string
}

// auditBlockers are the first of the known gaps that block; more is how many there are besides.
func auditBlockers(r *audit.Report) (list []blocker, more int) {
	byID := gapsByID(r)
	for _, id := range r.Summary.Blocking {
		g, ok := byID[id]
		switch {
		case !ok, g.Status == review.Unknown:
			continue
		case len(list) == blockersShown:
			more++
			continue
		}
		b := blocker{id: id, title: upperFirst(g.Title), message: g.Evidence[0].Message, at: placeOf(g.Evidence[0]), more: len(g.Evidence) - 1, effort: audit.Span(g.Hours)}
		list = append(list, b)
	}
	return list, more
}

// moreBlock says that there are more than are shown; "" where there are none.
func moreBlock(more int) string {
	if more == 0 {
		return ""
	}
	return fmt.Sprintf("and %s that %s.", plural(more, "more gap"), verb(more, "blocks", "block"))
}

// whatBlocks is the table of what blocks, with names and places.
func whatBlocks(r *audit.Report, mark func(string) string) string {
	list, more := auditBlockers(r)
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| blocks | what | where | effort |\n|---|---|---|---|\n")
	for _, g := range list {
		at := g.at
		if at != "" {
			at = code(at)
		}
		if g.more > 0 {
			at += fmt.Sprintf(" and %d more", g.more)
		}
		fmt.Fprintf(&b, "| %s | **%s**: %s | %s | %s |\n", mark(g.id), cell(g.title), cell(fit(g.message, 220)), strings.TrimSpace(at), g.effort)
	}
	if more > 0 {
		b.WriteString("\n" + moreBlock(more) + "\n")
	}
	return b.String() + "\n"
}

// inline is text of checks and of the repository outside tables.
func inline(s string) string {
	return harmless(oneLine(s))
}

// starTable is the rating of each area with what it rests on. Numbers lead to the
// checks behind them.
func starTable(r *audit.Report, mark func(string) string) string {
	var b strings.Builder
	b.WriteString("| area | rating | rests on | passed | open | not visible |\n|---|---|---|--:|--:|--:|\n")
	for _, a := range r.Areas {
		n := func(count int) string {
			if count == 0 || mark("") == "" {
				return fmt.Sprint(count)
			}
			return fmt.Sprintf("[%d](#%s-checks)", count, strings.ToLower(a.Area))
		}
		on := make([]string, len(a.Rests))
		for i, s := range a.Rests {
			id, title, _ := strings.Cut(s, " ")
			on[i] = mark(id) + " " + cell(title)
		}
		if len(on) == 0 && a.Passed > 0 {
			on = []string{"nothing of weight is open"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", a.Area, stars(a), strings.Join(on, "; "), n(a.Passed), n(a.Open), n(a.Unknown))
	}
	return b.String()
}

// architecture is the map. What is longer than limit bytes leaves the diagrams out.
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
	if a.System != "" && b.Len()+len(a.System) < limit {
		fmt.Fprintf(&b, "\n**From outside to the data**. A box is what a release, a workload or an object is for; solid arrows are requests and data, dotted ones configure or decide.\n\n```mermaid\n%s```\n", a.System)
	}
	if a.Diagram != "" && b.Len()+len(a.Diagram) < limit {
		legend := "Thick arrows wait for what they point to, thin ones apply it, dotted ones read it."
		if a.Grouped {
			legend += fmt.Sprintf(" A box stands for several of one kind or purpose; `--format json` has all %d.", len(a.Nodes))
		}
		fmt.Fprintf(&b, "\n**How it is delivered**. %s\n\n```mermaid\n%s```\n", legend, a.Diagram)
	}
	if len(a.CriticalPath) > 0 {
		fmt.Fprintf(&b, "\n**Critical path** (what must be ready before what): %s\n", cell(strings.Join(a.CriticalPath, " → ")))
	}
	b.WriteString("\n| flow | by what is released and rendered |\n|---|---|\n")
	for _, f := range a.Flows {
		said := "nothing of it is released or rendered here"
		if f.Seen {
			said = strings.Join(f.Steps, " → ")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", f.Name, cell(said))
	}
	b.WriteString("\n| all else rests on; trust ends between | here |\n|---|---|\n")
	var none []string
	for _, s := range a.Rests {
		if len(s.By) == 0 {
			none = append(none, string(s.Role))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s |\n", s.Role, cell(some(s.By, 6)))
	}
	if len(none) > 0 {
		fmt.Fprintf(&b, "| not in this repository | %s |\n", strings.Join(none, ", "))
	}
	none = nil
	for _, t := range a.Boundaries {
		if !t.Seen {
			none = append(none, lowerFirst(t.Name))
			continue
		}
		fmt.Fprintf(&b, "| trust: %s | %s |\n", lowerFirst(t.Name), cell(t.At))
	}
	if len(none) > 0 {
		fmt.Fprintf(&b, "| trust: nothing rendered stands | %s |\n", strings.Join(none, ", "))
	}
	if len(a.Ways) > 0 {
		fmt.Fprintf(&b, "\n**Ways in** beside the entry points of A9: %s.\n", saidInLine(a.Ways, 12))
	}
	return b.String()
}

// saidInLine are things that the repository says, each with its place.
func saidInLine(list []audit.Said, most int) string {
	var out []string
	for i, s := range list {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		out = append(out, said(s))
	}
	return strings.Join(out, "; ")
}

func said(s audit.Said) string {
	text := cell(s.Text)
	if s.Location == nil {
		return text
	}
	place := where(s.Location)
	if text == "" {
		return place
	}
	return text + " " + place
}

// allGaps are the gaps: those that weigh in full, the rest a line each.
func allGaps(r *audit.Report) string {
	if len(r.Gaps) == 0 {
		return "No check found anything open.\n"
	}
	var full, rows strings.Builder
	var small []string
	for _, g := range r.Gaps {
		if g.Severity.Rank() < review.Medium.Rank() || g.Severity == review.Medium && g.Status == review.Unknown {
			small = append(small, smallGap(g))
		} else if g.Status != review.Unknown && g.Severity.Rank() >= review.High.Rank() {
			fmt.Fprintf(&full, "### %s\n%s", g.ID, gap(g, noLimit))
		} else {
			rows.WriteString(gapRow(g))
		}
	}
	if rows.Len() > 0 {
		full.WriteString("### The others\n\n| | gap | where | what to do | effort |\n|---|---|---|---|---|\n" + rows.String())
	}
	if len(small) > 0 {
		fmt.Fprintf(&full, "\n**Of less weight**: %s.\n", strings.Join(small, "; "))
	}
	return full.String()
}

// smallGap is a gap of little weight, in some words.
func smallGap(g audit.Gap) string {
	unknown := ""
	if g.Status == review.Unknown {
		unknown = ", not visible"
	}
	at := placeList(g.Evidence, 2)
	if at != "" {
		at = ": " + at
	} else if m := g.Evidence[0].Message; g.Status == review.Unknown && namesPlace.MatchString(m) {
		at = ": " + inline(strings.TrimSuffix(fit(m, 200), ".")) // it says what was found instead
	}
	return fmt.Sprintf("<a id=\"%s\"></a>**%s** %s%s%s", strings.ToLower(g.ID), g.ID, inline(g.Title), unknown, at)
}

// namesPlace matches a message that names a line of a file.
var namesPlace = pattern.New("`[^`]+:[0-9]+`")

// gapRow is a gap in a line. The id is the anchor that others link to.
func gapRow(g audit.Gap) string {
	mark, effort := severityMark[g.Severity], audit.Span(g.Hours)
	if g.Status == review.Unknown {
		mark, effort = "❔ "+string(g.Severity), "not visible"
	}
	do := ""
	if len(g.Recommendation) > 0 {
		do = g.Recommendation[0]
	}
	var at []string
	for _, c := range causes(g.Evidence) {
		at = append(at, cell(fit(c.first.Message, 200))+" "+c.placesLine(8))
	}
	return fmt.Sprintf("| %s | <a id=\"%s\"></a>**%s** %s `%s` | %s | %s | %s |\n", mark, strings.ToLower(g.ID), g.ID, cell(g.Title), g.Check, someLines(at, 3), cell(do), effort)
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
	fmt.Fprintf(&b, "**%s** · %s · %s · `%s`%s%s\n", upperFirst(inline(g.Title)), g.Severity, g.Area, g.Check, blocking, status)
	shown := 0
	for _, c := range causes(g.Evidence) {
		if shown == causesShown {
			b.WriteString("- and more of other kinds; `--format json` has all\n")
			break
		}
		shown++
		b.WriteString(c.line(places))
	}
	if g.Impact != "" {
		fmt.Fprintf(&b, "\n**Impact.** %s", inline(g.Impact))
	}
	fmt.Fprintf(&b, "\n**Do** (%s, %s).", strings.TrimSuffix(lowerFirst(g.Cause), "."), audit.Span(g.Hours))
	for i, s := range g.Recommendation {
		fmt.Fprintf(&b, " %d. %s", i+1, inline(s))
	}
	if g.Risk != "" {
		fmt.Fprintf(&b, " **Live with it when:** %s", inline(g.Risk))
	}
	if g.Verification != "" {
		fmt.Fprintf(&b, " **See it:** %s", code(g.Verification))
	}
	return b.String() + "\n\n"
}

// causesShown is how many kinds of evidence of one gap are listed.
const causesShown = 12

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func work(list []audit.Work, none string) string {
	if len(list) == 0 {
		return none + "\n"
	}
	var b strings.Builder
	b.WriteString("| what | closes | effort | how | needs |\n|---|---|---|---|---|\n")
	for _, w := range list {
		var ids []string
		for _, id := range w.Gaps {
			ids = append(ids, linked(id))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", upperFirst(cell(w.Title)), some(ids, 8), audit.Span(w.Hours), cell(fit(w.Action, 260)), cell(w.Needs))
	}
	return b.String()
}

// recommendationsShown bounds the table for people.
const recommendationsShown = 12

// recommendations are what to do, in order.
func recommendations(r *audit.Report) string {
	if len(r.Recommendations) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("**Recommendations**, in order\n\n| priority | category | files | action | rationale | effort | depends on |\n|---|---|---|---|---|---|---|\n")
	for i, x := range r.Recommendations {
		if i == recommendationsShown {
			fmt.Fprintf(&b, "\nand %d more, in `--format json`.\n", len(r.Recommendations)-i)
			break
		}
		files := some(codes(x.Files), 2)
		if len(x.Files) == 0 {
			files = "new"
		}
		fmt.Fprintf(&b, "| %s %s | %s | %s | %s | %s | %s, %s | %s |\n", strings.ToUpper(string(x.Priority)), linked(x.Gap), cell(x.Category), files, cell(fit(x.Action, 140)),
			cell(firstSentence(x.Rationale)), x.Effort, audit.Span(x.Hours), cell(x.Needs))
	}
	return b.String()
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}
