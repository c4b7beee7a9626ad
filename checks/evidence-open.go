package checks

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceOpen = &review.Check{
	ID: "evidence-open", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "the repository says itself that it is not ready",
		What:   "Reads what documents say of themselves: a value in backticks below a heading that ends in Status, or on a line that speaks of a gate, an approval, a validation or the readiness, which is `BLOCKED`, `PENDING…`, `FAILED`, `REJECTED`, `INCOMPLETE` or `NOT_…`. Documents in the directory that `evidence:` of the repository's file names are judged by checks of their own. Templates, decision records and examples are left out.",
		Why:    "A drill that is still to be held, a load test that did not pass and a handover that nobody confirmed are what production fails on first. Whoever wrote the status knew.",
		Fix:    "Do what the document asks for, and set its status; remove the document if it is no longer meant.",
		Verify: "git grep -nE '`(BLOCKED|PENDING|FAILED)' -- '*.md'",
		Waive:  "The status is of something that is not part of this release; say what.",
		Effort: "large",
		Bad:    "## Status\n`PENDING_EXECUTION`",
		Good:   "## Status\n`COMPLETED`",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Paths() {
			if ext := strings.ToLower(path.Ext(file)); ext != ".md" && ext != ".markdown" || notOwnStatus.MatchString(file) ||
				p.Proofs.Dir != "" && strings.HasPrefix(file, path.Clean(p.Proofs.Dir)+"/") {
				continue
			}
			if line, value := openStatus(strings.Split(string(p.Read(file)), "\n")); line > 0 {
				p.Report(review.Hit{File: file, Line: line, Key: "status", Message: fmt.Sprintf("`%s` says of itself `%s`.", file, value)})
			}
		}
	}).OfAudits(),
}

var (
	// notOwnStatus matches documents whose status is of something else.
	notOwnStatus = regexp.MustCompile(`(?i)(^|/)(adrs?|decisions?|proposals?|templates?|examples?|samples?|vendor|node_modules|changelog)(/|[^/]*\.m)`)
	// statusHeading matches a heading below which a document says how it stands.
	statusHeading = regexp.MustCompile(`(?i)^#+\s+(.*\s)?status\s*$`)
	// statusLine matches a line that says how a gate stands.
	statusLine = regexp.MustCompile("(?i)\\b(gate|approval|validation|readiness|drill|handover|sign-off)\\s+status\\b[^`|]*`([^`]+)`")
	// openValue matches a status that is no success.
	openValue = regexp.MustCompile(`^(BLOCKED|PENDING\w*|FAILED|REJECTED|INCOMPLETE|NOT[_ ]\w+|TODO)$`)
	backticks = regexp.MustCompile("^`([^`]+)`")
)

// openStatus gives the first status that a document says of itself and that is no
// success; line 0 for none. Fenced text is an example.
func openStatus(lines []string) (line int, value string) {
	fenced, below := false, false
	for i, text := range lines {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~") {
			fenced = !fenced
		}
		if fenced || text == "" {
			continue
		}
		if m := statusLine.FindStringSubmatch(text); m != nil && openValue.MatchString(m[2]) {
			return i + 1, m[2]
		}
		if m := backticks.FindStringSubmatch(text); below && m != nil && openValue.MatchString(m[1]) {
			return i + 1, m[1]
		}
		below = statusHeading.MatchString(text)
	}
	return 0, ""
}
