package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const handoffCells = 9

var evidenceEgressHandoff = evidence(review.Check{
	ID: "evidence-egress-handoff", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "access to the control plane is not handed over",
		What:   "Reads `controller-egress-handoff.md`: an approved value in backticks below `## Current Status`; below `## Validation Matrix` rows of nine cells that name their environment; and for each environment of the repository's file (prod without it) a last row without placeholder, with an approved result of the smoke check in the eighth cell and a reviewer in the ninth. It speaks where the repository's file names a directory of evidence, and only in an audit.",
		Why:    "The policy that lets the controller reach the API server holds an address that nobody has tried: it is blocked on the first day.",
		Fix:    "Apply the patch to the environment, run the smoke check, and let someone else sign.",
		Verify: "grep -n '^|' DIR/controller-egress-handoff.md",
		Waive:  "There is no such policy in the environment.",
		Effort: "large",
		Bad:    "## Current Status\n`PENDING_PLATFORM_VALIDATION`",
		Good:   "## Current Status\n`PASS`",
	},
}, named("controller-egress-handoff.md"), func(e *proof) {
	switch status, line := e.status("## Current Status"); {
	case line == 0:
		e.open(0, "status", "The handoff has no `## Current Status` with a value in backticks below it.")
	case !approved(status):
		e.open(line, "status", "The current status of the handoff is `%s`.", status)
	}
	last := map[string]row{}
	for _, r := range e.rows("## Validation Matrix") {
		if len(r.cells) < handoffCells || r.cells[1] == "" {
			e.open(r.line, "cells "+r.cells[0], "The row has %s; nine are needed, and the second names the environment.", text.Plural(len(r.cells), "cell"))
			continue
		}
		last[strings.ToLower(strings.Trim(r.cells[1], "`"))] = r
	}
	for _, environment := range e.environments() {
		r, there := last[strings.ToLower(environment)]
		if !there {
			e.open(0, "row "+environment, "The validation matrix has no row for the environment `%s`.", environment)
			continue
		}
		handoffRow(e, environment, r)
	}
})

// handoffRow judges the last row of an environment.
func handoffRow(e *proof, environment string, r row) {
	if stillOpen.MatchString(r.text) {
		e.open(r.line, "placeholder "+environment, "The last row of `%s` holds a placeholder.", environment)
	}
	if !approved(r.cells[7]) {
		e.open(r.line, "smoke "+environment, "The smoke check of `%s` says `%s`.", environment, strings.Trim(r.cells[7], "`"))
	}
	if reviewer := strings.Trim(r.cells[8], "` "); reviewer == "" || stillOpen.MatchString(reviewer) {
		e.open(r.line, "reviewer "+environment, "Nobody has signed the last row of `%s`.", environment)
	}
}
