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
	b.WriteString("| proof | state | commands |\n|---|---|---|\n")
	for _, p := range r.Verification.Plan {
		var commands []string
		for _, c := range p.Commands {
			commands = append(commands, code(fit(c, 160)))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, stateWords[p.State], strings.Join(commands, "<br>"))
	}
	pipelines := "The pipelines of this commit are not visible from here: nothing of the repository is run.\n"
	if r.Pipelines.Visible {
		pipelines = "No pipeline reported on this commit.\n"
		if len(r.Pipelines.Runs) > 0 {
			pipelines = "| pipeline of this commit | result |\n|---|---|\n"
			for _, run := range r.Pipelines.Runs {
				result := run.Conclusion
				if result == "" {
					result = "not done"
				}
				pipelines += fmt.Sprintf("| %s | %s |\n", cell(run.Name), cell(result))
			}
		}
	}
	b.WriteString("\n" + pipelines)
	for _, list := range []struct {
		title string
		items []audit.Item
	}{{"Before production", r.Verification.BeforeProduction}, {"All the time", r.Verification.Continuous}} {
		fmt.Fprintf(&b, "\n**%s**\n\n", list.title)
		for _, i := range list.items {
			mark := " "
			if i.Checked {
				mark = "x"
			}
			fmt.Fprintf(&b, "- [%s] %s (%s)\n", mark, i.Text, stateWords[i.State])
		}
	}
	return b.String()
}

func chapter(c audit.Chapter) string {
	var b strings.Builder
	b.WriteString("| topic | state | rendered | gaps | checks |\n|---|---|---|---|---|\n")
	for _, t := range c.Topics {
		var ids []string
		for _, g := range t.Gaps {
			ids = append(ids, linked(g))
		}
		n := map[review.Outcome]int{}
		for _, k := range t.Checks {
			n[k.Outcome]++
		}
		checks := fmt.Sprintf("%d passed, %d open, %d unknown", n[review.Passed], n[review.Open], n[review.Unseen])
		if len(t.Checks) == 0 {
			checks = "none"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.Title, stateWords[t.State], cell(t.Found), strings.Join(ids, " "), checks)
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

// documents is the state of the texts; those with nothing to say are counted.
func documents(r *audit.Report, limit int) string {
	d := r.Documentation
	var b strings.Builder
	fmt.Fprintf(&b, "Accuracy: links, anchors and paths lead somewhere, versions stand in some other file. Completeness: the usual sections are there and nothing says that it is not done. Clarity is not assessed. %s into the repository followed; %s to elsewhere not visited.\n\n",
		plural(d.Links, "link"), plural(d.External, "link"))
	b.WriteString("| text | accuracy | completeness | clarity | remarks |\n|---|---|---|---|---|\n")
	fine := 0
	for _, f := range d.Files {
		if len(f.Remarks) == 0 {
			fine++
			continue
		}
		var said []string
		for _, m := range f.Remarks {
			said = append(said, fmt.Sprintf("line %d: %s %s, %s", m.Line, m.Kind, code(fit(m.Text, 80)), cell(m.Note)))
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s |\n", code(f.File), stateWords[f.Accuracy], stateWords[f.Completeness], stateWords[f.Clarity], someLines(said, 4))
		if b.Len()+len(row) > limit {
			break
		}
		b.WriteString(row)
	}
	fmt.Fprintf(&b, "| %s without a remark | ✅ | ✅ | not assessed | |\n", plural(fine, "text"))
	if d.LeftOut > 0 {
		fmt.Fprintf(&b, "\n%s beyond the limit %s not read.\n", plural(d.LeftOut, "text"), verb(d.LeftOut, "was", "were"))
	}
	b.WriteString("\n| standard file | for | found |\n|---|---|---|\n")
	for _, s := range d.Standard {
		found := "❌ missing"
		if s.Found != "" {
			found = "✅ " + code(s.Found)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.File, s.Purpose, found)
	}
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
		said := linked(g.ID) + " " + inline(g.Title)
		if g.Blocking {
			blocking = append(blocking, said)
		} else if g.Status != review.Unknown {
			other = append(other, said)
		}
	}
	list("Blocking gaps", blocking)
	list("Other gaps", other)
	if r.Summary.Risk != "" {
		fmt.Fprintf(&b, "**Biggest risk.** %s\n\n", inline(r.Summary.Risk))
	}
	fmt.Fprintf(&b, "**Effort of all gaps, once each**: %s.\n\n**Verdict: %s.**\n", r.Summary.Effort, r.Summary.Verdict)
	if len(r.Summary.Change) > 0 {
		b.WriteString("\nWhat would change it:\n\n")
		for _, c := range r.Summary.Change {
			fmt.Fprintf(&b, "- %s\n", inline(c))
		}
	}
	return b.String()
}

var outcomeWords = map[review.Outcome]string{
	review.Passed: "✅ passed", review.Open: "❌ open", review.Accepted: "waived", review.Unseen: "could not see",
	review.NotApplicable: "nothing to look at", review.Off: "turned off",
}

func outcomeOf(c audit.CheckState) string {
	if c.Partial {
		return outcomeWords[c.Outcome] + ", of what is visible"
	}
	return outcomeWords[c.Outcome]
}

// everyCheck lists all checks under the areas that their stars count for.
func everyCheck(r *audit.Report) string {
	var b strings.Builder
	b.WriteString("Stars of an area: 1 + round(4 × weight of what passed ÷ weight of what had something to look at), with the weights critical 8, high 4, medium 2, low 1. What could not be seen is no pass; where more could not see than could, the rating is unknown. What is waived counts neither way. Completeness is ten times the same fraction over all areas.\n")
	for _, a := range r.Areas {
		fmt.Fprintf(&b, "\n### %s checks\n\n", a.Area)
		if !slices.ContainsFunc(r.Checks, func(c audit.CheckState) bool { return audit.RatingOf(c.Area) == a.Area }) {
			b.WriteString("There are none.\n")
			continue
		}
		b.WriteString("| check | severity | outcome | looked at | findings |\n|---|---|---|--:|--:|\n")
		for _, c := range r.Checks {
			if audit.RatingOf(c.Area) != a.Area {
				continue
			}
			fmt.Fprintf(&b, "| `%s` %s | %s | %s | %d | %d |\n", c.Check, cell(c.Title), c.Severity, outcomeOf(c), c.Looked, c.Open)
		}
	}
	return b.String()
}

func everyTarget(r *audit.Report) string {
	var b strings.Builder
	b.WriteString("| target | cluster | state | why |\n|---|---|---|---|\n")
	for _, t := range r.Targets {
		why := ""
		if t.Error != nil {
			why = cell(t.Error.Message) + " " + where(t.Error.Location)
		}
		state := map[model.Status]string{model.StatusRendered: "✅ rendered", model.StatusFailed: "❌ does not build", model.StatusIncomplete: "not visible"}[t.Head]
		if state == "" {
			state = string(t.Head)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(t.ID), cell(t.Cluster), state, why)
	}
	return b.String()
}
