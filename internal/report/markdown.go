package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Markdown is the whole report for a person: the summary of a check run and
// everything that it folds.
func Markdown(r *review.Report, detail Detail) string {
	return "## " + Title(r) + "\n\n" + Summary(r, noLimit, detail)
}

// noLimit is a size that nothing reaches.
const noLimit = 1 << 30

// Summary is the report as a check run shows it, in at most limit bytes: the
// verdict, what changes, what blocks, what is not visible; the rest folded. What
// does not fit is left out whole, the least important first, and named.
func Summary(r *review.Report, limit int, detail Detail) string {
	sections := []section{
		{"", verdict(r)},
		{"the findings that block", blockers(r)},
		{"what the clusters will get", whatClustersGet(r)},
		{"the versions that change", versionTable(r)},
		{"what is not visible", notVisible(r)},
		{"what became of the files", accounted(r)},
		{"what other repositories get", elsewhere(r.Impact)},
		{"what is not certain", uncertain(r)},
		{"advice", advice(r)},
		{"the rendered diff", renderedDiff(r, limit/3, detail)},
		{"what is fixed", fixed(r)},
		{"what is waived", waived(r)},
		{"what was there before", existing(r)},
	}
	var b strings.Builder
	var left []string
	const room = 300 // bytes kept for naming what was left out
	for _, s := range sections {
		switch {
		case s.text == "":
		case b.Len()+len(s.text)+room > limit:
			left = append(left, s.name)
		default:
			b.WriteString(s.text)
			b.WriteString("\n")
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, "\n**Left out, for GitHub's limit of size**: %s. `seaworthy review --format markdown` has all of it.\n", strings.Join(left, ", "))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

type section struct{ name, text string }

func verdict(r *review.Report) string {
	c := count(r)
	head := "**Ready**"
	switch {
	case c.blockers > 0:
		head = "**Blocked by " + plural(c.blockers, "finding") + "**"
	case r.Conclusion == review.Failure && c.unseen == 0 && c.unknown > 0:
		head = "**Blocked**: not everything that is asked of this change has an answer"
	case r.Conclusion == review.Failure:
		head = "**Blocked**: not everything that this change reaches is visible"
	case r.Conclusion == review.Neutral:
		head = "**Not sure**: not everything that this change reaches is visible"
		switch {
		case c.unseen > 0:
		case c.stillBroken != "":
			head = "**Not sure**: " + code(pathOf(r, c.stillBroken)) + " did not build before and still does not, so what this change does to it is not known"
		case r.Gate != review.ReportOnly: // an answer is missing, and nothing else is
			head = "**Not sure**: not everything that is asked of this change has an answer"
		default:
			head = "**Reported only**"
		}
	case len(r.Changes) == 0:
		head = "**" + upperFirst(noChange(r)) + "**"
	}
	return fmt.Sprintf("%s · gate `%s` · base `%s` → head `%s`\n", head, r.Gate, short(r.MergeBase), short(r.Head))
}

var severityMark = map[review.Severity]string{review.Critical: "🔴", review.High: "🔴", review.Medium: "🟡", review.Low: "⚪", review.Info: "⚪"}

func blockers(r *review.Report) string {
	return findingTable(r, func(f review.Finding) bool { return f.Blocking }, 20)
}

func findingTable(r *review.Report, accept func(review.Finding) bool, most int) string {
	var b strings.Builder
	rows, more := 0, 0
	for _, f := range r.Findings {
		if !accept(f) || saidBetter(r, f) {
			continue
		}
		if rows == most {
			more++
			continue
		}
		if rows == 0 {
			b.WriteString("| | finding | where | in |\n|---|---|---|---|\n")
		}
		rows++
		fmt.Fprintf(&b, "| %s | **%s**: %s%s | %s | %s |\n", severityMark[f.Severity], cell(f.Title), cell(strings.TrimSpace(f.Message+" "+alike(f))), toDo(f),
			where(f.Location), cell(some(places(r, f.Targets), 3)))
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nand %d more.\n", more)
	}
	return b.String()
}

// toDo is what to do about a finding, on a line of its own in its cell, where something
// is asked to be done before the merge.
func toDo(f review.Finding) string {
	do := fix(f)
	if !f.Blocking || do == "" {
		return ""
	}
	return "<br>Fix: " + cell(do)
}

// cell is foreign text inside a table.
func cell(s string) string {
	return harmless(fit(strings.ReplaceAll(oneLine(s), "|", "\\|"), 400)) // cut first: half a piece of code is none
}

// harmless keeps a manifest from mentioning people, from making elements, and from
// calling its links as it likes.
// Inside code GitHub does neither, and what stands there is copied.
func harmless(s string) string {
	r := strings.NewReplacer("<", "&lt;", "@", "@\u200b", "](#", "](#", "](", "]\u200b(") // anchors are our own
	if strings.Contains(s, "``") || strings.Count(s, "`")%2 != 0 {
		return r.Replace(s) // where code begins and ends is not sure
	}
	parts := strings.Split(s, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = r.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// code is foreign text as inline code.
func code(s string) string {
	return "`" + strings.ReplaceAll(strings.ReplaceAll(oneLine(s), "`", "'"), "|", "\\|") + "`"
}

func codes(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = code(n)
	}
	return out
}

func where(at *model.Position) string {
	if at == nil {
		return ""
	}
	if at.Precision == model.AtFile {
		return code(at.File)
	}
	return code(fmt.Sprintf("%s:%d", at.File, at.Line))
}

// kindsOf counts objects by kind: "1 Deployment, 2 Services".
func kindsOf(changes []review.Change) string {
	if len(changes) == 0 {
		return "–"
	}
	n := map[string]int{}
	var order []string
	for _, c := range changes {
		if n[c.Object.Kind] == 0 {
			order = append(order, c.Object.Kind)
		}
		n[c.Object.Kind]++
	}
	out := make([]string, len(order))
	for i, k := range order {
		out[i] = plural(n[k], cell(k))
	}
	return some(out, 4)
}

// rowsShown is how many places the table of changes lists.
const rowsShown = 15

func whatClustersGet(r *review.Report) string {
	type row struct{ added, changed, removed, staying []review.Change }
	rows := map[string]*row{}
	for _, c := range r.Changes {
		for _, p := range places(r, c.Targets) {
			if rows[p] == nil {
				rows[p] = &row{}
			}
			switch {
			case c.Change == review.Added:
				rows[p].added = append(rows[p].added, c)
			case c.Stays():
				rows[p].staying = append(rows[p].staying, c)
			case c.Change == review.Removed:
				rows[p].removed = append(rows[p].removed, c)
			default:
				rows[p].changed = append(rows[p].changed, c)
			}
		}
	}
	if len(rows) == 0 {
		return ""
	}
	noun := placeNoun(r, changedTargets(r))
	var lines []string
	names := map[string][]string{} // equal rows are one
	for _, p := range places(r, allTargets(r)) {
		if rows[p] == nil {
			continue
		}
		text := fmt.Sprintf("%s | %s | %s", kindsOf(rows[p].added), kindsOf(rows[p].changed), kindsOf(rows[p].removed))
		if len(rows[p].staying) > 0 {
			text += "; no longer rendered, and staying: " + kindsOf(rows[p].staying)
		}
		if names[text] == nil {
			lines = append(lines, text)
		}
		names[text] = append(names[text], code(p))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**What the %ss will get**\n\n| %s | added | changed | removed |\n|---|---|---|---|\n", noun, noun)
	for i, l := range lines {
		if i == rowsShown {
			fmt.Fprintf(&b, "\nand %d more rows.\n", len(lines)-i)
			break
		}
		fmt.Fprintf(&b, "| %s | %s |\n", some(names[l], 4), l)
	}
	return b.String()
}

// versionTable lists the images, charts and sources that change their version.
func versionTable(r *review.Report) string {
	list := moves(r)
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("**Versions that change**\n\n| what | | from | to | | in |\n|---|---|---|---|---|---|\n")
	for i, m := range list {
		if i == rowsShown {
			fmt.Fprintf(&b, "\nand %d more rows.\n", len(list)-i)
			break
		}
		said := m.step
		if strings.HasPrefix(said, "major") {
			said = "**" + said + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", m.what, code(m.name), code(version(m.old)), code(version(m.new)), said, cell(some(m.where, 3)))
	}
	return b.String()
}

// changedTargets are the targets in which something changes.
func changedTargets(r *review.Report) (out []string) {
	for _, c := range r.Changes {
		out = append(out, c.Targets...)
	}
	return out
}

func allTargets(r *review.Report) []string {
	out := make([]string, len(r.Targets))
	for i, t := range r.Targets {
		out[i] = t.ID
	}
	return out
}

func notVisible(r *review.Report) string {
	var b strings.Builder
	hidden, same := unseen(r)
	shown := 0
	for _, u := range hidden {
		if shown == 0 {
			b.WriteString("**Not visible from here**\n\n")
		}
		if shown++; shown <= 10 {
			fmt.Fprintf(&b, "- %s: %s %s\n", some(codes(u.names), namesShown), cell(u.message), where(u.where))
		}
	}
	if shown > 10 {
		fmt.Fprintf(&b, "- and %d more\n", shown-10)
	}
	if len(same) > 0 {
		fmt.Fprintf(&b, "\nNot visible before either, and not reached by this change: %s.\n", some(codes(same), 5))
	}
	return b.String()
}

func folded(summary, body string) string {
	if body == "" {
		return ""
	}
	return fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n</details>\n", summary, strings.TrimRight(body, "\n"))
}

func isAdvice(f review.Finding) bool {
	return !f.Blocking && (f.Status == review.New || f.Status == review.Worse)
}

func isUnknown(f review.Finding) bool { return !f.Blocking && f.Status == review.Unknown }

func isWaived(f review.Finding) bool { return f.Status == review.Waived }

func isExisting(f review.Finding) bool { return !f.Blocking && f.Status == review.Existing }

func number(r *review.Report, accept func(review.Finding) bool) int {
	n := 0
	for _, f := range r.Findings {
		if accept(f) && !saidBetter(r, f) {
			n++
		}
	}
	return n
}

func advice(r *review.Report) string {
	n := number(r, isAdvice)
	return folded(fmt.Sprintf("Advice: %s that %s not block", plural(n, "finding"), verb(n, "does", "do")), findingTable(r, isAdvice, 40))
}

// uncertain is what may be wrong and cannot be told from here, and what a rule
// could not be asked.
func uncertain(r *review.Report) string {
	n := number(r, isUnknown)
	return folded(fmt.Sprintf("Not certain: %s that %s on what is not visible or has no answer", plural(n, "finding"), verb(n, "depends", "depend")), findingTable(r, isUnknown, 40))
}

func waived(r *review.Report) string {
	return folded(fmt.Sprintf("Waived: %d", number(r, isWaived)), findingTable(r, isWaived, 40))
}

func fixed(r *review.Report) string {
	accept := func(f review.Finding) bool { return f.Status == review.Fixed }
	return folded(fmt.Sprintf("Fixed by this pull request: %d", number(r, accept)), findingTable(r, accept, 40))
}

func existing(r *review.Report) string {
	return folded(fmt.Sprintf("Not from this change, in the objects that it changes: %d", number(r, isExisting)), findingTable(r, isExisting, 40))
}

// renderedDiff writes the changes as a diff, cut at an object's end.
func renderedDiff(r *review.Report, limit int, detail Detail) string {
	if len(r.Changes) == 0 || detail == None {
		return ""
	}
	var b strings.Builder
	all := groups(r.Changes)
	for i, g := range all {
		block := diffOf(r, g, detail)
		if b.Len()+len(block) > limit {
			fmt.Fprintf(&b, "and %s more.\n", plural(len(all)-i, "change"))
			break
		}
		b.WriteString(block)
	}
	var targets []string
	objects := map[string]bool{}
	for _, c := range r.Changes {
		targets = append(targets, c.Targets...)
		objects[c.Object.GroupKind()+c.Object.String()] = true
	}
	n := len(places(r, targets))
	return folded(fmt.Sprintf("Rendered diff: %s in %s", plural(len(objects), "object"), plural(n, placeNoun(r, targets))), b.String())
}

// lineWidth is how much of a line of a diff is shown, in runes.
const lineWidth = 160

// linesShown is how many lines of an object's diff are shown.
const linesShown = 40

func diffOf(r *review.Report, group []review.Change, detail Detail) string {
	c := group[0]
	var names, in []string
	for _, g := range group {
		names = append(names, code(g.Object.String()))
		in = append(in, g.Targets...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s in %s %s\n", c.Change, some(names, 5), cell(some(places(r, in), 5)), where(c.Location))
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "→ %s\n", cell(n))
	}
	list, aside := hunks(c, detail)
	if len(list) == 0 {
		return b.String() + "\n"
	}
	most := linesShown
	if detail == Full {
		most = noLimit
	}
	b.WriteString("\n```diff\n")
	left := bounded(list, most, func(place bool, text string) {
		if place {
			text = "@@ " + text + " @@"
		}
		b.WriteString(fence(fit(text, lineWidth)) + "\n")
	})
	if left > 0 {
		fmt.Fprintf(&b, "  … %s more\n", plural(left, "line"))
	}
	if said := asideLine(aside); said != "" {
		b.WriteString("  " + fence(said) + "\n")
	}
	b.WriteString("```\n\n")
	return b.String()
}

// fence keeps foreign text from ending a code block.
func fence(s string) string { return strings.ReplaceAll(s, "```", "'''") }
