package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const handoffCells = 9

var evidenceEgressHandoff = evidence.Check(review.Check{
	ID: "evidence-egress-handoff", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "egress to the control plane is not handed over",
		What:   "Reads `controller-egress-handoff.md`. It must have an approved value in backticks below `## Current Status`, and below `## Validation Matrix` rows of nine cells that name their environment. For each environment in the repository's file (prod by default), the last row must have no placeholder, an approved result of the smoke check in the eighth cell and a reviewer in the ninth. Reported in audits only: reads the file in the directory set by `evidence:` in the repository's file, otherwise any file with that name that is not an example.",
		Why:    "The policy that lets the controller reach the API server contains an address that nobody has tested. If it is wrong, the controller is blocked from the first day.",
		Fix:    "Apply the patch to the environment, run the smoke check, and let someone else sign off.",
		Verify: "grep -n '^|' DIR/controller-egress-handoff.md",
		Waive:  "The environment has no such policy.",
		Effort: "large",
		Bad:    "## Current Status\n`PENDING_PLATFORM_VALIDATION`",
		Good:   "## Current Status\n`PASS`",
	},
}, evidence.Named(evidence.Handoff), evidence.Handoff, func(e *evidence.Proof) {
	switch status, line := e.Status("## Current Status"); {
	case line == 0:
		e.Open(0, "status", "The handoff has no `## Current Status` with a value in backticks below it.")
	case !evidence.Approved(status):
		e.Open(line, "status", "The current status of the handoff is `%s`.", status)
	}
	last := map[string]evidence.Row{}
	for _, r := range e.Rows("## Validation Matrix") {
		if len(r.Cells) < handoffCells || r.Cells[1] == "" {
			e.Open(r.Line, "cells "+r.Cells[0], "The row has %s; nine are needed, and the second names the environment.", text.Plural(len(r.Cells), "cell"))
			continue
		}
		last[strings.ToLower(strings.Trim(r.Cells[1], "`"))] = r
	}
	for _, environment := range e.Environments() {
		r, there := last[strings.ToLower(environment)]
		if !there {
			e.Open(0, "row "+environment, "The validation matrix has no row for the environment `%s`.", environment)
			continue
		}
		handoffRow(e, environment, r)
	}
})

// handoffRow judges the last row of an environment.
func handoffRow(e *evidence.Proof, environment string, r evidence.Row) {
	if evidence.Placeholder.MatchString(r.Text) {
		e.Open(r.Line, "placeholder "+environment, "The last row of `%s` holds a placeholder.", environment)
	}
	if !evidence.Approved(r.Cells[7]) {
		e.Open(r.Line, "smoke "+environment, "The smoke check of `%s` says `%s`.", environment, strings.Trim(r.Cells[7], "`"))
	}
	if reviewer := strings.Trim(r.Cells[8], "` "); reviewer == "" || evidence.Placeholder.MatchString(reviewer) {
		e.Open(r.Line, "reviewer "+environment, "Nobody has signed the last row of `%s`.", environment)
	}
}
