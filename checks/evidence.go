package checks

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// The words by which people say in evidence that something is so, or not yet.
var (
	approvedWords = []string{"APPROVED", "PASS", "PASSED", "READY", "COMPLETED"}
	blockedWords  = []string{"BLOCKED", "PENDING", "PENDING_EXECUTION", "PENDING_PLATFORM_VALIDATION"}
	stillOpen     = regexp.MustCompile(`<[^>]+>`) // a placeholder
)

// verdict is a status as it is compared: without spaces and backticks, in upper
// case.
func verdict(cell string) string {
	return strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(strings.TrimSpace(cell), "`", "")))
}

func approved(cell string) bool { return slices.Contains(approvedWords, verdict(cell)) }

func blocked(cell string) bool {
	return slices.Contains(blockedWords, verdict(cell)) || strings.HasPrefix(verdict(cell), "PENDING")
}

// proof is one text of evidence, read for a check.
type proof struct {
	p     *review.Pass
	file  string
	lines []string
}

// evidence makes the check of one text in the directory that the repository's
// file names. Without such a directory it has nothing to say; only an audit
// tells.
func evidence(c review.Check, file func(*review.Pass) string, judge func(*proof)) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if p.Proofs.Dir == "" {
			return
		}
		p.Looked(1)
		name := file(p)
		content := p.Read(path.Join(p.Proofs.Dir, name))
		if content == nil {
			p.Report(review.Hit{Key: "missing", Searched: []string{path.Join(p.Proofs.Dir, name)}, Message: fmt.Sprintf("The evidence `%s` does not exist.", path.Join(p.Proofs.Dir, name))})
			return
		}
		judge(&proof{p: p, file: path.Join(p.Proofs.Dir, name), lines: strings.Split(string(content), "\n")})
	}).OfAudits()
	return &c
}

// named is the evidence of one name.
func named(file string) func(*review.Pass) string {
	return func(*review.Pass) string { return file }
}

// open reports that a line does not prove what it should.
func (e *proof) open(line int, key, format string, args ...any) {
	e.p.Report(review.Hit{File: e.file, Line: line, Key: key, Message: fmt.Sprintf(format, args...)})
}

var backticked = regexp.MustCompile("`([^`]+)`")

// status is the value in backticks right below a heading; line 0 where there is
// none.
func (e *proof) status(heading string) (value string, line int) {
	for i, text := range e.lines {
		if strings.TrimSpace(text) != heading {
			continue
		}
		for j := i + 1; j < len(e.lines); j++ {
			below := strings.TrimSpace(e.lines[j])
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

// row is a line of a table, by its cells.
type row struct {
	line  int
	text  string
	cells []string
}

// rows gives the data of the table in a section: no rules, no head.
func (e *proof) rows(heading string) []row {
	var out []row
	inside := false
	for i, text := range e.lines {
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
			out = append(out, row{i + 1, text, cells})
		}
	}
	return out
}

// environments are those that need evidence: production where none is named.
func (e *proof) environments() []string {
	if len(e.p.Proofs.Environments) > 0 {
		return e.p.Proofs.Environments
	}
	return []string{"prod"}
}

// age is how many whole days lie between a day and the time by which is judged.
func (e *proof) age(day time.Time) int { return int(e.p.AsOf.Sub(day).Hours() / 24) }
