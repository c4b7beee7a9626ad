package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceSecurityControls = evidence.Check(review.Check{
	ID: "evidence-security-controls", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "security controls are not validated",
		What:   "Reads the table below `## Validation Matrix` of `security-controls-validation.md`. It must have at least one row, no placeholder in a row, no blocked or pending value in the fourth and fifth cell (encryption, audit log), and an approved result in the sixth. Reported in audits only: reads the file in the directory set by `evidence:` in the repository's file, otherwise any file with that name that is not an example.",
		Why:    "Encryption at rest and audit logs are assumed to be on, but nobody has verified this on the cluster.",
		Fix:    "Check each cluster, and record what you saw, when, and with which command.",
		Verify: "grep -n '^|' DIR/security-controls-validation.md",
		Waive:  "The evidence is kept elsewhere; say where.",
		Effort: "large",
		Bad:    "| 2026-02-09 | prod | `<cluster>` | `PENDING` | `PENDING` | `BLOCKED` |",
		Good:   "| 2026-03-01 | prod | eu-1 | PASS | PASS | PASS |",
	},
}, evidence.Named(evidence.Controls), evidence.Controls, func(e *evidence.Proof) {
	rows := e.Rows("## Validation Matrix")
	if len(rows) == 0 {
		e.Open(0, "rows", "The validation matrix has no rows.")
	}
	for _, r := range rows {
		if evidence.Placeholder.MatchString(r.Text) {
			e.Open(r.Line, "placeholder "+row(r), "The row holds a placeholder instead of evidence of the environment.")
		}
		for i := 3; i < min(5, len(r.Cells)); i++ {
			if evidence.Blocked(r.Cells[i]) {
				e.Open(r.Line, "blocked "+row(r), "The row says `%s`.", evidence.Verdict(r.Cells[i]))
			}
		}
		result := ""
		if len(r.Cells) > 5 {
			result = evidence.Verdict(r.Cells[5])
		}
		if !evidence.Approved(result) {
			e.Open(r.Line, "result "+row(r), "The result of the row is `%s`, which approves nothing.", result)
		}
	}
})

// row names a row: by its day and its environment.
func row(r evidence.Row) string { return strings.Join(r.Cells[:min(2, len(r.Cells))], " ") }
