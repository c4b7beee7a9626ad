package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Terminal is how a text report is shown.
type Terminal struct {
	Color bool
	// Source gives a file's content, for the lines around a finding; nil where
	// it is not to be had.
	Source func(side model.Side, path string) []byte
	// Width is how many columns a line may take; 0 is 100.
	Width int
	// Diff is how much of the rendered diff is written; "" is Short.
	Diff Detail
	// All lists also the findings that the change has nothing to do with, instead of
	// counting them.
	All bool
}

const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

type textWriter struct {
	*bufio.Writer
	Terminal
	report *review.Report
	quotes review.Quotes
}

// Text writes the report for a terminal.
func Text(w io.Writer, r *review.Report, t Terminal) error {
	if t.Width == 0 {
		t.Width = 100
	}
	t.Width = max(t.Width, 40)
	x := &textWriter{Writer: bufio.NewWriter(w), Terminal: t, report: r, quotes: review.Quotes{Read: t.Source}}
	x.headline()
	x.findings(func(f review.Finding) bool { return f.Blocking }, "")
	x.findings(isAdvice, "")
	x.versions()
	x.changes()
	x.unseen()
	x.account()
	x.impact()
	x.findings(isUnknown, "Not certain")
	x.findings(isWaived, "Waived")
	x.before()
	x.footer()
	return x.Flush()
}

// before tells of what was there before, and is in the objects that change: how much of
// it, since who reads about a change asked for nothing more. A target that does not
// build, as before, is no such thing: what the change does to it is not known.
func (x *textWriter) before() {
	const heading = "Not from this change"
	listed := func(f review.Finding) bool { return isExisting(f) && (x.All || f.Check == review.RenderFailed) }
	if len(x.report.Changes) == 0 && number(x.report, isExisting) == len(x.report.Findings) {
		listed = isExisting // there is nothing else to read
	}
	x.findings(listed, heading)
	if n := number(x.report, isExisting) - number(x.report, listed); n > 0 {
		x.line("\n%s", x.paint(bold, heading)+x.paint(dim, fmt.Sprintf("  %s in the objects that it changes: --all", plural(n, "finding"))))
	}
}

// account says what became of the files that differ, and names those that nothing
// applies.
func (x *textWriter) account() {
	line := accountLine(x.report)
	if line == "" {
		return
	}
	x.line("\n%s", x.paint(bold, line))
	for i, f := range unread(x.report) {
		if i == filesShown {
			x.line("  … and %d more", len(unread(x.report))-i)
			return
		}
		for i, l := range wrap(oneLine(f.File)+": "+oneLine(f.Reason), x.Width-4) {
			x.line("  %s%s", strings.Repeat("  ", min(i, 1)), l)
		}
	}
}

// impact says what other repositories get.
func (x *textWriter) impact() {
	for i, text := range impactLines(x.report.Impact) {
		if i == 0 {
			x.line("\n%s", x.paint(bold, "Elsewhere"))
		}
		for j, l := range wrap(oneLine(text), x.Width-4) {
			x.line("  %s%s", strings.Repeat("  ", min(i, 1)+min(j, 1)), l)
		}
	}
}

// filesShown is how many files are named that no target reads.
const filesShown = 10

func (x *textWriter) paint(style, s string) string {
	if !x.Color {
		return s
	}
	return style + s + reset
}

func (x *textWriter) line(format string, args ...any) { fmt.Fprintf(x, format+"\n", args...) }

// notPassing says why a review fails that no finding blocks.
func notPassing(r *review.Report) string {
	for _, t := range r.Targets {
		if t.Base == "rendered" && t.Head == "incomplete" {
			return t.ID + " rendered before and is not visible now"
		}
	}
	return "not visible enough to pass"
}

func (x *textWriter) headline() {
	c := count(x.report)
	verdict, style := "Ready", green
	switch x.report.Conclusion {
	case review.Failure:
		verdict, style = "Blocked", red
	case review.Neutral:
		verdict, style = "Not sure", yellow
	}
	var parts []string
	if c.blockers > 0 {
		parts = append(parts, plural(c.blockers, "blocker"))
	} else if x.report.Conclusion == review.Failure && c.stillBroken == "" {
		parts = append(parts, notPassing(x.report))
	}
	if c.stillBroken != "" && c.blockers == 0 {
		parts = append(parts, "does not build, as before: "+oneLine(pathOf(x.report, c.stillBroken)))
	}
	if c.changedTargets == 0 && len(x.report.Changes) == 0 {
		parts = append(parts, noChange(x.report))
	} else {
		parts = append(parts, fmt.Sprintf("%d of %s %s", c.changedTargets, plural(c.targets, "target"), verb(c.changedTargets, "changes", "change")))
	}
	if c.blockers == 0 && routine(x.report) {
		parts = append(parts, "routine: versions only")
	}
	if c.advice > 0 {
		parts = append(parts, fmt.Sprintf("%d advice", c.advice))
	}
	if c.unseen > 0 {
		parts = append(parts, fmt.Sprintf("%d not visible", c.unseen))
	}
	if c.unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d not certain", c.unknown))
	}
	if c.waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", c.waived))
	}
	if c.fixed > 0 {
		parts = append(parts, fmt.Sprintf("%d fixed", c.fixed))
	}
	said := strings.Join(parts, " · ")
	took := seconds(x.report.Stats.Milliseconds)
	gap := max(2, 80-len(verdict)-2-len([]rune(said))-len(took))
	x.line("%s  %s%s%s", x.paint(bold+style, verdict), said, strings.Repeat(" ", gap), x.paint(dim, took))
}

// findings writes those that the test accepts, grouped by place.
func (x *textWriter) findings(accept func(review.Finding) bool, heading string) {
	last := ""
	for _, f := range x.report.Findings {
		if !accept(f) || saidBetter(x.report, f) {
			continue
		}
		if heading != "" {
			x.line("\n%s", x.paint(bold, heading))
			heading = ""
		}
		place := "(no file)"
		if f.Location != nil {
			place = fmt.Sprintf("%s:%d", oneLine(f.Location.File), f.Location.Line)
		}
		if place != last {
			x.line("\n%s", x.paint(bold, place))
			last = place
		}
		x.finding(f)
	}
}

var severityStyle = map[review.Severity]string{
	review.Critical: bold + red, review.High: red, review.Medium: yellow, review.Low: cyan, review.Info: dim,
}

func (x *textWriter) finding(f review.Finding) {
	gap := max(2, 78-2-9-len([]rune(plainMarks(f.Title)))-len(f.Check))
	x.line("  %s %s%s%s", x.paint(severityStyle[f.Severity], fmt.Sprintf("%-8s", f.Severity)),
		plainMarks(oneLine(f.Title)), strings.Repeat(" ", gap), x.paint(dim, f.Check))
	for _, l := range wrap(plainMarks(oneLine(f.Message)), min(x.Width-12, 100)) {
		x.line("           %s", l)
	}
	for _, l := range wrap(alike(f), min(x.Width-12, 100)) {
		x.line("           %s", l)
	}
	if len(f.Targets) > 0 {
		x.line("           %s", x.paint(dim, "in "+some(places(x.report, f.Targets), 4)))
	}
	if len(f.Searched) > 0 {
		for _, l := range wrap("searched "+some(f.Searched, 6), min(x.Width-12, 100)) {
			x.line("           %s", x.paint(dim, l))
		}
	}
	if f.Blocking || isAdvice(f) { // the rest asks for nothing to be done at its line
		label := "fix: "
		for _, l := range wrap(plainMarks(oneLine(fix(f))), min(x.Width-12, 100)-len(label)) {
			x.line("           %s%s", label, l)
			label = "     "
		}
		x.excerpt(f.Location)
	}
}

// plainMarks takes Markdown's backticks away.
func plainMarks(s string) string { return strings.ReplaceAll(s, "`", "") }

// around is how many source lines are shown before and after a finding's.
const around = 2

func (x *textWriter) excerpt(at *model.Position) {
	if at == nil || at.Precision == model.AtFile || at.Line < 1 {
		return
	}
	from := max(1, at.Line-around)
	lines := x.quotes.Of(at.Side, at.File, from, at.Line+around)
	if at.Line-from >= len(lines) {
		return
	}
	x.line("")
	for i, l := range lines {
		mark, style := "  ", dim
		if from+i == at.Line {
			mark, style = "▸ ", bold
		}
		x.line("%s", x.paint(style, fmt.Sprintf("        %s%4d │ %s", mark, from+i, fit(oneLine(l), x.Width-17))))
	}
}

// hunkLines is how many lines of an object's diff the terminal shows.
const hunkLines = 12

var changeSign = map[string]string{review.Added: "+", review.Removed: "-", review.Modified: "~"}

// entriesShown is how many changes the terminal lists.
const entriesShown = 40

func (x *textWriter) changes() {
	if len(x.report.Changes) == 0 {
		return
	}
	x.line("\n%s", x.paint(bold, "Changes"))
	for i, group := range groups(x.report.Changes) {
		if i == entriesShown {
			x.line("  %s", x.paint(dim, fmt.Sprintf("… and %d more: --format json has them all", len(groups(x.report.Changes))-i)))
			return
		}
		c := group[0]
		style := map[string]string{review.Added: green, review.Removed: red, review.Modified: yellow}[c.Change]
		name := c.Object.String()
		if len(group) > 1 {
			name += fmt.Sprintf(" and %d more alike", len(group)-1)
		}
		var in []string
		for _, g := range group {
			in = append(in, g.Targets...)
		}
		x.line("  %s %s  %s", x.paint(style, changeSign[c.Change]), oneLine(name), x.paint(dim, "in "+some(places(x.report, in), 3)))
		x.diff(c)
		for _, n := range c.Notes {
			x.line("      %s", x.paint(cyan, "→ "+oneLine(n)))
		}
	}
}

// diff writes what changes in an object.
func (x *textWriter) diff(c review.Change) {
	detail, most := x.Diff, hunkLines
	switch detail {
	case "":
		detail = Short
	case Full:
		most = noLimit
	}
	list, aside := hunks(c, detail)
	left := bounded(list, most, func(place bool, text string) {
		style := map[byte]string{'+': green, '-': red, '!': yellow}[text[0]]
		if place {
			style = dim
		}
		x.line("      %s", x.paint(style, fit(text, x.Width-6)))
	})
	if left > 0 {
		x.line("      %s", x.paint(dim, fmt.Sprintf("… %s more: --diff full", plural(left, "line"))))
	}
	if said := asideLine(aside); said != "" {
		x.line("      %s", x.paint(dim, said))
	}
}

// versions writes the images, charts and sources that change their version.
func (x *textWriter) versions() {
	list := moves(x.report)
	if len(list) == 0 {
		return
	}
	x.line("\n%s", x.paint(bold, "Versions"))
	for i, m := range list {
		if i == entriesShown {
			x.line("  %s", x.paint(dim, fmt.Sprintf("… and %d more", len(list)-i)))
			return
		}
		said := m.step
		if strings.HasPrefix(m.step, "major") {
			said = x.paint(yellow, m.step)
		}
		x.line("  %s  %s → %s  %s  %s", oneLine(m.name), version(m.old), version(m.new), said, x.paint(dim, "in "+oneLine(some(m.where, 2))))
	}
}

// groups gathers entries with equal changes, in their order.
func groups(changes []review.Change) [][]review.Change {
	at := map[int]int{}
	var out [][]review.Change
	for _, c := range changes {
		i, ok := at[c.Group]
		if !ok {
			i = len(out)
			at[c.Group] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], c)
	}
	return out
}

func (x *textWriter) unseen() {
	hidden, _ := unseen(x.report) // of what the change does not reach, JSON and the page tell
	if len(hidden) > 0 {
		x.line("\n%s", x.paint(bold, "Not visible"))
	}
	for _, u := range hidden {
		where := ""
		if u.where != nil {
			where = x.paint(dim, fmt.Sprintf("  %s:%d", oneLine(u.where.File), u.where.Line))
		}
		x.line("  %s%s", some(u.names, namesShown), where)
		for _, l := range wrap(plainMarks(oneLine(u.message)), x.Width-4) {
			x.line("    %s", l)
		}
	}
}

func (x *textWriter) footer() {
	if len(x.report.Findings) > 0 {
		x.line("\n%s", x.paint(dim, "seaworthy checks explain <check> · --format markdown, json, sarif, html"))
	}
}

// wrap breaks a text into lines of at most width runes, at spaces.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
