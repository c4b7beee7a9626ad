package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rollbackDocMissing = repo.Documented(review.Check{
	ID: "rollback-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Rollback},
	Doc: review.Doc{
		Title:  "rollback is not documented",
		What:   "Looks for a section on rolling back. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "In an outage someone rolls back by hand, and Flux applies the broken version again ten minutes later.",
		Fix:    "Document the steps: revert the commit, suspend what must wait, and handle a database that was migrated.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "It is described in your organisation's handbook; say where.",
		Effort: "medium",
		Good:   "## Rollback\n\nRevert the commit.\nReconcile.\nWatch it.",
	},
}, repo.Topic{
	About:   "going back to an earlier state",
	Heading: pattern.New(`(?i)\broll(ing)?[ -]?back|\brevert(ing)?\b`),
	Body:    nil,
	Wanted:  repo.RendersSomething,
})
