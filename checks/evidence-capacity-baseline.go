package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var gateStatus = pattern.New("Current gate status[^\\n]*?`([^`]+)`")

var evidenceCapacityBaseline = evidence.Check(review.Check{
	ID: "evidence-capacity-baseline", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "capacity is not proven",
		What:   "Reads `capacity-baselines.md`: the first value in backticks after the words `Current gate status` must be one of APPROVED, PASS, PASSED, READY, COMPLETED. Reported in audits only: reads the file in the directory set by `evidence:` in the repository's file, otherwise any file with that name that is not an example.",
		Why:    "No load test shows that the system can handle the promised load. Customers may be the first to find out.",
		Fix:    "Run the load test on a managed cluster, record it as a row, and set the gate status.",
		Verify: "grep -n 'Current gate status' DIR/capacity-baselines.md",
		Waive:  "The first customers are internal, and the load is known to be small.",
		Effort: "large",
		Bad:    "Current gate status (2026-02-08): `BLOCKED`",
		Good:   "Current gate status (2026-03-01): `APPROVED`",
	},
}, evidence.Named(evidence.Capacity), evidence.Capacity, func(e *evidence.Proof) {
	for i, text := range e.Lines {
		m := gateStatus.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if !evidence.Approved(m[1]) {
			e.Open(i+1, "gate", "The gate status of the capacity baselines is `%s`.", m[1])
		}
		return
	}
	e.Open(0, "gate", "The capacity baselines have no `Current gate status` with a value in backticks.")
})
