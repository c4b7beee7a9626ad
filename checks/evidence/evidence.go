// Package evidence makes the checks of the texts by which people prove that
// something was tried: a drill, a handover, a load test.
package evidence

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Check makes the check of one text: in the directory that the repository's file
// names, where it must be, else wherever the repository has one of that name. Only
// an audit tells.
func Check(c review.Check, is func(base string) bool, wanted string, judge func(*Proof)) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		dir := path.Clean(p.Proofs.Dir)
		file := ""
		for _, f := range p.Paths() {
			if is(path.Base(f)) && (p.Proofs.Dir == "" && !NotOwn.MatchString(f) || path.Dir(f) == dir) && path.Base(f) > path.Base(file) {
				file = f
			}
		}
		if file == "" && p.Proofs.Dir == "" {
			return // evidence-not-found tells it
		}
		if file == "" {
			file = path.Join(dir, wanted)
		}
		p.Looked(1, file)
		content := p.Read(file)
		if content == nil {
			p.Report(review.Hit{Key: "missing", Searched: []string{file}, Message: fmt.Sprintf("The evidence `%s` does not exist.", file)})
			return
		}
		judge(&Proof{Pass: p, File: file, Lines: strings.Split(string(content), "\n")})
	}).OfAudits()
	return &c
}

// NotOwn matches documents that show what evidence looks like, or whose status is of
// something else.
var NotOwn = pattern.New(`(?i)(^|/)(adrs?|decisions?|proposals?|templates?|examples?|samples?|testdata|vendor|node_modules|changelog)(/|[^/]*\.m)`)

// Known reports whether a file is one that a check of its own judges.
func Known(file string) bool {
	base := path.Base(file)
	return base == Capacity || base == Controls || base == Handoff || Drill.MatchString(base)
}

// The names of evidence whose form is known.
const (
	Capacity = "capacity-baselines.md"
	Controls = "security-controls-validation.md"
	Handoff  = "controller-egress-handoff.md"
)

// Drill matches the name of a drill, with its day.
var Drill = pattern.New(`^dr-drill-(\d{8})\.md$`)

// Proof is one text of evidence, read for a check.
type Proof struct {
	Pass  *review.Pass
	File  string
	Lines []string
}

// Open reports that a line does not prove what it should.
func (e *Proof) Open(line int, key, format string, args ...any) {
	e.Pass.Report(review.Hit{File: e.File, Line: line, Key: key, Message: fmt.Sprintf(format, args...)})
}

// Status is the value in backticks right below a heading; line 0 where there is
// none.
func (e *Proof) Status(heading string) (value string, line int) {
	for i, text := range e.Lines {
		if strings.TrimSpace(text) != heading {
			continue
		}
		for j := i + 1; j < len(e.Lines); j++ {
			below := strings.TrimSpace(e.Lines[j])
			if below == "" {
				continue
			}
			if m := backticked.FindStringSubmatch(below); m != nil && strings.HasPrefix(below, "`") {
				return m[1], j + 1
			}
			break
		}
	}
	return "", 0
}

// Rows gives the data of the table in a section: no rules, no head.
func (e *Proof) Rows(heading string) []Row {
	var out []Row
	inside := false
	for i, text := range e.Lines {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "## ") {
			inside = text == heading
		}
		if !inside || !strings.HasPrefix(text, "|") || strings.HasPrefix(strings.ReplaceAll(text, " ", ""), "|---") || strings.HasPrefix(strings.ReplaceAll(text, " ", ""), "|:--") {
			continue
		}
		cells := strings.Split(strings.Trim(text, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		if !strings.HasPrefix(strings.ToUpper(cells[0]), "DATE") {
			out = append(out, Row{i + 1, text, cells})
		}
	}
	return out
}

// Environments are those that need evidence: production where none is named.
func (e *Proof) Environments() []string {
	if len(e.Pass.Proofs.Environments) > 0 {
		return e.Pass.Proofs.Environments
	}
	return []string{"prod"}
}

// Age is how many whole days lie between a day and the time by which is judged.
func (e *Proof) Age(day time.Time) int { return int(e.Pass.AsOf.Sub(day).Hours() / 24) }

// Named is the evidence of one name.
func Named(file string) func(base string) bool {
	return func(base string) bool { return base == file }
}

// Row is a line of a table, by its cells.
type Row struct {
	Line  int
	Text  string
	Cells []string
}

// Approved reports whether a cell says that it is so.
func Approved(cell string) bool { return slices.Contains(approvedWords, Verdict(cell)) }

// Blocked reports whether a cell says that it is not so yet.
func Blocked(cell string) bool {
	return slices.Contains(blockedWords, Verdict(cell)) || strings.HasPrefix(Verdict(cell), "PENDING")
}

// Verdict is a status as it is compared: without spaces and backticks, in upper
// case.
func Verdict(cell string) string {
	return strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(strings.TrimSpace(cell), "`", "")))
}

// The words by which people say in evidence that something is so, or not yet.
var (
	approvedWords = []string{"APPROVED", "PASS", "PASSED", "READY", "COMPLETED"}
	blockedWords  = []string{"BLOCKED", "PENDING", "PENDING_EXECUTION", "PENDING_PLATFORM_VALIDATION"}
	Placeholder   = pattern.New(`<[^>]+>`) // a placeholder
)

var backticked = pattern.New("`([^`]+)`")
