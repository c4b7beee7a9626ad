package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceOpen = &review.Check{
	ID: "evidence-open", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "a document says that it is not ready",
		What:   "Reads the status that documents state: `BLOCKED`, `PENDING…`, `FAILED`, `REJECTED`, `INCOMPLETE` or `NOT_…` in backticks. It counts below a heading that ends in Status, on a line about a gate, an approval, a validation or readiness, and in a table cell below a heading about a matrix, a validation or a sign-off. Documents in the directory set by `evidence:` in the repository's file, and documents whose name has its own check, are judged there. Templates, decision records and examples are left out. Documents without a status are not counted as examined.",
		Why:    "Production fails first on a drill that is still to be held, a load test that did not pass or a handover that nobody confirmed. Whoever wrote the status knew.",
		Fix:    "Do what the document asks for, and set its status. Remove the document if it no longer applies.",
		Verify: "git grep -nE '`(BLOCKED|PENDING|FAILED)' -- '*.md'",
		Waive:  "The status is about something that is not part of this release; say what.",
		Effort: "large",
		Bad:    "## Status\n`PENDING_EXECUTION`",
		Good:   "## Status\n`COMPLETED`",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Paths() {
			if ext := strings.ToLower(path.Ext(file)); ext != ".md" && ext != ".markdown" || evidence.NotOwn.MatchString(file) || evidence.Known(file) ||
				p.Proofs.Dir != "" && strings.HasPrefix(file, path.Clean(p.Proofs.Dir)+"/") {
				continue
			}
			line, value, speaks := ownStatus(strings.Split(string(p.Read(file)), "\n"))
			if p.Looked(0); speaks {
				p.Looked(1, file)
			}
			if line > 0 {
				p.Report(review.Hit{File: file, Line: line, Key: "status", Message: fmt.Sprintf("`%s` states its own status as `%s`.", file, value)})
			}
		}
	}).OfAudits(),
}

var (
	// statusHeading matches a heading below which a document says how it stands.
	statusHeading = pattern.New(`(?i)^#+\s+(.*\s)?status\s*$`)
	// statusLine matches a line that says how a gate stands.
	statusLine = pattern.New("(?i)\\b(gate|approval|validation|readiness|drill|handover|sign-off)\\s+status\\b[^`|]*`([^`]+)`")
	// openValue matches a status that is no success.
	openValue  = pattern.New(`^(BLOCKED|PENDING\w*|FAILED|REJECTED|INCOMPLETE|NOT[_ ]\w+|TODO)$`)
	backticks  = pattern.New("^`([^`]+)`")
	statusCell = pattern.New("\\|\\s*`([^`|]+)`")
	// matrixHeading matches a heading below which a table says how things stand.
	matrixHeading = pattern.New(`(?i)^#+\s+.*\b(matrix|validation|sign-?off)\b`)
	heading       = pattern.New(`^#+\s`)
	// statusWord matches a value that is a status, whichever.
	statusWord = pattern.New(`^[A-Z][A-Z_ ]{2,}$`)
)

// ownStatus gives the first status that a document says of itself and that is no
// success; line 0 for none. It speaks if it says any. Fenced text is an example.
func ownStatus(lines []string) (line int, value string, speaks bool) {
	fenced, below, inMatrix := false, false, false
	for i, text := range lines {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~") {
			fenced = !fenced
		}
		if fenced || text == "" {
			continue
		}
		if heading.MatchString(text) {
			inMatrix = matrixHeading.MatchString(text)
		}
		var said []string
		if m := statusLine.FindStringSubmatch(text); m != nil {
			said = append(said, m[2])
		}
		if m := backticks.FindStringSubmatch(text); below && m != nil {
			said = append(said, m[1])
		}
		if inMatrix && strings.HasPrefix(text, "|") {
			for _, m := range statusCell.FindAllStringSubmatch(text, -1) {
				said = append(said, m[1])
			}
		}
		for _, s := range said {
			speaks = speaks || statusWord.MatchString(s)
			if openValue.MatchString(s) {
				return i + 1, s, true
			}
		}
		below = statusHeading.MatchString(text)
	}
	return 0, "", speaks
}
