package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func verification(r *audit.Report) string {
	var b strings.Builder
	b.WriteString(evidenceCommands(r))
	b.WriteString("\n| proof | state | how to see it by hand |\n|---|---|---|\n")
	for _, p := range r.Verification.Plan {
		var commands []string
		for _, c := range p.Commands {
			commands = append(commands, code(fit(c, 100)))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, stateWords[p.State], someLines(commands, 2))
	}
	b.WriteString("\n| | before production, and all the time | state | by |\n|---|---|---|---|\n")
	for _, i := range append(slices.Clone(r.Verification.BeforeProduction), r.Verification.Continuous...) {
		mark := "☐"
		if i.Checked {
			mark = "☑"
		}
		by := strings.Join(i.By, "; ")
		if len(i.Gaps) > 0 {
			by = some(i.Gaps, 4)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", mark, i.Text, stateWords[i.State], cell(by))
	}
	var again []string
	for _, i := range r.Verification.Again {
		again = append(again, lowerFirst(i.Text)+" ("+cell(strings.Join(i.By, "; "))+")")
	}
	if len(again) > 0 {
		fmt.Fprintf(&b, "\n**To come back to**, of which no file shows whether somebody does: %s.\n", strings.Join(again, "; "))
	}
	return b.String()
}

// evidenceCommands are the commands by which the repository tests itself, and what
// became of them as far as it is seen.
func evidenceCommands(r *audit.Report) string {
	var b strings.Builder
	b.WriteString("Nothing of the repository is run. ")
	result := "not visible"
	switch {
	case !r.Pipelines.Visible:
		b.WriteString("The pipelines of this commit are not visible from here.\n")
	case len(r.Pipelines.Runs) == 0:
		b.WriteString("No pipeline reported on this commit.\n")
	default:
		result = "in the runs below"
		b.WriteString("What the pipelines of this commit say:\n\n| pipeline of this commit | result |\n|---|---|\n")
		for _, run := range r.Pipelines.Runs {
			result := run.Conclusion
			if result == "" {
				result = "not done"
			}
			fmt.Fprintf(&b, "| %s | %s |\n", cell(run.Name), cell(result))
		}
	}
	if len(r.Practices.Commands) == 0 {
		b.WriteString("\nNo pipeline or make file names a command by which the repository tests itself.\n")
		return b.String()
	}
	b.WriteString("\n| command of the repository's own | result | where |\n|---|---|---|\n")
	for _, c := range r.Practices.Commands {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(c.Text), result, where(c.Location))
	}
	return b.String()
}

// practices are the tables of how people work here.
func practices(r *audit.Report) string {
	var b strings.Builder
	for _, t := range r.Practices.Tables {
		fmt.Fprintf(&b, "\n**%s**\n\n| area | state | evidence |\n|---|---|---|\n", t.Title)
		var none []string
		for _, p := range t.Rows {
			if p.State == audit.Empty {
				none = append(none, p.Area)
				continue
			}
			var by []string
			for _, g := range p.Gaps {
				by = append(by, linked(g))
			}
			if len(p.Evidence) > 0 {
				by = append(by, saidInLine(p.Evidence, 2))
			}
			for i, c := range p.Checks {
				if i < 2 {
					by = append(by, cell(c))
				}
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Area, stateWords[p.State], strings.Join(by, "; "))
		}
		if len(none) > 0 {
			fmt.Fprintf(&b, "| none found | | %s |\n", strings.Join(none, ", "))
		}
	}
	return b.String()
}

func chapter(c audit.Chapter) string {
	var b strings.Builder
	b.WriteString("| topic | state | what is there | gaps | checks |\n|---|---|---|---|---|\n")
	for _, t := range c.Topics {
		var ids, there []string
		for _, g := range t.Gaps {
			ids = append(ids, linked(g))
		}
		if t.Found != "" {
			there = append(there, cell(t.Found))
		}
		if len(t.Says) > 0 {
			there = append(there, saidInLine(t.Says, 10))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.Title, stateWords[t.State], strings.Join(there, "; "), strings.Join(ids, " "), topicChecks(t))
	}
	for _, t := range c.Tables {
		fmt.Fprintf(&b, "\n**%s**\n\n| %s |\n|%s\n", t.Title, strings.Join(t.Head, " | "), strings.Repeat("---|", len(t.Head)))
		for _, row := range t.Rows {
			cells := make([]string, len(row))
			for i, s := range row {
				cells[i] = cell(s)
				if word, ok := stateWords[audit.State(s)]; ok && t.Head[i] == "state" {
					cells[i] = word
				}
				if t.Head[i] == "where" && s != "" {
					cells[i] = code(s)
				}
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	return b.String()
}

// passedNamed is how many checks that passed a topic names.
const passedNamed = 3

// topicChecks names the checks that passed, with what they looked at, and counts the
// others.
func topicChecks(t audit.Topic) string {
	var passed, out []string
	n := map[review.Outcome]int{}
	for _, k := range t.Checks {
		if n[k.Outcome]++; k.Outcome == review.Passed {
			passed = append(passed, fmt.Sprintf("`%s` at %d", k.Check, k.Looked))
		}
	}
	if len(passed) > 0 {
		out = append(out, "passed "+some(passed, passedNamed))
	}
	if n[review.Open] > 0 {
		out = append(out, fmt.Sprintf("%d open", n[review.Open]))
	}
	if n[review.Unseen] > 0 {
		out = append(out, fmt.Sprintf("%d not visible", n[review.Unseen]))
	}
	return strings.Join(out, "; ")
}

// textsShown bounds the texts with remarks that are listed.
const textsShown = 16

// cleanNamed is how many texts without a remark are named.
const cleanNamed = 25

// documents is the state of the texts; those with nothing to say are counted.
func documents(r *audit.Report, limit int) string {
	d := r.Documentation
	var b strings.Builder
	fmt.Fprintf(&b, "Accuracy: links, anchors and paths lead somewhere, versions stand in some other file. Completeness: the usual sections are there and nothing says that it is not done. Clarity is not assessed. %s into the repository followed; %s to elsewhere not visited.\n\n",
		plural(d.Links, "link"), plural(d.External, "link"))
	b.WriteString("| text | accuracy | completeness | clarity | remarks |\n|---|---|---|---|---|\n")
	fine, shown, clean := 0, 0, []string{}
	for _, f := range d.Files {
		if len(f.Remarks) == 0 {
			fine++
			clean = append(clean, code(f.File))
			continue
		}
		var said []string
		for _, m := range f.Remarks {
			said = append(said, fmt.Sprintf("line %d: %s %s, %s", m.Line, m.Kind, code(fit(m.Text, 80)), cell(m.Note)))
		}
		if shown++; shown > textsShown {
			continue
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s |\n", code(f.File), stateWords[f.Accuracy], stateWords[f.Completeness], stateWords[f.Clarity], someLines(said, 4))
		if b.Len()+len(row) > limit {
			break
		}
		b.WriteString(row)
	}
	if shown > textsShown {
		fmt.Fprintf(&b, "| %s with remarks, in `--format json` | | | | |\n", plural(shown-textsShown, "more text"))
	}
	fmt.Fprintf(&b, "| %s without a remark | ✅ | ✅ | not assessed | %s |\n", plural(fine, "text"), some(clean, cleanNamed))
	if d.LeftOut > 0 {
		fmt.Fprintf(&b, "\n%s beyond the limit %s not read.\n", plural(d.LeftOut, "text"), verb(d.LeftOut, "was", "were"))
	}
	var there, missing []string
	for _, f := range d.Standard {
		if f.Found != "" {
			there = append(there, code(f.Found))
		} else {
			missing = append(missing, f.File+" ("+f.Purpose+")")
		}
	}
	fmt.Fprintf(&b, "\n**Standard files**: %s.", strings.Join(there, ", "))
	if len(missing) > 0 {
		fmt.Fprintf(&b, " **Not in this repository**: %s.", strings.Join(missing, ", "))
	}
	b.WriteString("\n")
	return b.String()
}

func someLines(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, "<br>")
	}
	return strings.Join(list[:most], "<br>") + fmt.Sprintf("<br>and %d more", len(list)-most)
}

func final(r *audit.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Completeness %s**: %d checks passed, %d found something open, %d could not see.\n\n", score(r), r.Score.Passed, r.Score.Open, r.Score.Unknown)
	list := func(title string, ids []string) {
		fmt.Fprintf(&b, "**%s**: ", title)
		if len(ids) == 0 {
			b.WriteString("none.\n\n")
			return
		}
		b.WriteString(strings.Join(ids, ", ") + ".\n\n")
	}
	var blocking, other []string
	for _, g := range r.Gaps {
		text := linked(g.ID) + " " + inline(g.Title)
		if slices.Contains(r.Summary.Blocking, g.ID) {
			blocking = append(blocking, text)
		} else if g.Status != review.Unknown && g.Severity.Rank() >= review.Medium.Rank() {
			other = append(other, text)
		}
	}
	list("Blocking gaps", blocking)
	list("Other gaps of weight", other)
	if len(r.Summary.Unseen) > 0 {
		b.WriteString("**Not visible, and what to give**\n\n")
		for _, g := range r.Summary.Unseen {
			answers := ""
			if len(g.Gaps) > 0 {
				answers = " It answers " + some(g.Gaps, 12) + "."
			}
			fmt.Fprintf(&b, "- %s: %s.%s\n", upperFirst(inline(g.What)), inline(g.How), answers)
		}
		b.WriteString("\n")
	}
	b.WriteString("**Questions before a handover**\n\n")
	for i, q := range r.Handoff {
		fmt.Fprintf(&b, "%d. *%s* %s\n", i+1, q.Question, inline(q.Answer))
		for j, p := range q.Points {
			if j < 4 {
				fmt.Fprintf(&b, "   - %s\n", inline(fit(p, 300)))
			}
		}
	}
	b.WriteString("\n")
	fmt.Fprintf(&b, "**Effort of all known gaps**: %s; of those that are critical or high %s. The first place of a gap takes what its check says (half an hour, two hours, two days), each further one a part of that.\n\n**Verdict: %s.**\n", audit.Span(r.Summary.Hours), audit.Span(r.Summary.HoursFirst), r.Summary.Verdict)
	if len(r.Summary.Change) > 0 {
		fmt.Fprintf(&b, "\nWhat would change it: %s.\n", inline(strings.Join(r.Summary.Change, "; ")))
	}
	return b.String()
}

// everyCheck lists all checks under the areas that their stars count for, by what
// became of them.
func everyCheck(r *audit.Report) string {
	var b strings.Builder
	b.WriteString("Stars of an area: 1 + round(4 × weight of what passed ÷ weight of what had something to look at), with the weights critical 8, high 4, medium 2, low 1. What could not be seen is no pass; where more could not see than could, the rating is unknown. What is waived counts neither way. Completeness is ten times the same fraction over all areas. A number is how many objects and files a check looked at.\n")
	b.WriteString("\n| area | passed | open | could not see | waived or off | nothing to look at |\n|---|---|---|---|---|--:|\n")
	for _, a := range r.Areas {
		by := map[review.Outcome][]string{}
		for _, c := range r.Checks {
			if audit.RatingOf(c.Area) == a.Area {
				by[c.Outcome] = append(by[c.Outcome], outcomeOf(c))
			}
		}
		list := func(outcomes ...review.Outcome) string {
			var out []string
			for _, o := range outcomes {
				out = append(out, by[o]...)
			}
			return strings.Join(out, ", ")
		}
		fmt.Fprintf(&b, "| <a id=\"%s-checks\"></a>%s | %s | %s | %s | %s | %d |\n", strings.ToLower(a.Area), a.Area,
			list(review.Passed), list(review.Open), list(review.Unseen), list(review.Accepted, review.Off), len(by[review.NotApplicable]))
	}
	return b.String()
}

// outcomeOf is a check with how much it looked at, or found.
func outcomeOf(c audit.CheckState) string {
	said := "`" + c.Check + "`"
	switch {
	case c.Outcome == review.Open:
		return said + fmt.Sprintf(" (%d)", c.Open)
	case c.Outcome != review.Passed:
		return said
	case c.Partial:
		return said + fmt.Sprintf(" %d in part", c.Looked)
	}
	return said + fmt.Sprintf(" %d", c.Looked)
}

// targetsShown bounds the targets that are named for one reason.
const targetsShown = 12

// everyTarget counts what is rendered, and names the rest by why it is not.
func everyTarget(r *audit.Report) string {
	rendered := 0
	var order []string
	by, first := map[string][]string{}, map[string]audit.Said{}
	for _, t := range r.Targets {
		if t.Head == model.StatusRendered {
			rendered++
			continue
		}
		why, state := "", map[model.Status]string{model.StatusFailed: "❌ does not build", model.StatusIncomplete: "not visible"}[t.Head]
		if state == "" {
			state = string(t.Head)
		}
		var at *model.Position
		if t.Error != nil {
			why, at = string(t.Error.Class), t.Error.Location
		}
		key := state + " | " + why
		if by[key] == nil {
			order = append(order, key)
			if t.Error != nil {
				first[key] = audit.Said{Text: t.Error.Message, Location: at}
			}
		}
		by[key] = append(by[key], code(t.ID))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %s rendered. `--format json` names each.\n", rendered, plural(len(r.Targets), "target"))
	if len(order) > 0 {
		b.WriteString("\n| state | why | targets | the first one's |\n|---|---|---|---|\n")
	}
	for _, key := range order {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", key, some(by[key], targetsShown), said(first[key]))
	}
	return b.String()
}
