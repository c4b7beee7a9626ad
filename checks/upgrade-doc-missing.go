package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var upgradeDocMissing = repo.Documented(review.Check{
	ID: "upgrade-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "upgrades of charts and clusters are not documented",
		What:   "Looks for a section on upgrades. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "A new major version of a chart is merged because the pipeline is green, although its release notes require a migration first.",
		Fix:    "Document who upgrades what, how often, what to read first, and how it is tested.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "It is described in your organisation's handbook; say where.",
		Effort: "medium",
		Good:   "## Upgrades\n\nRead the notes.\nTry it on test.\nThen merge.",
	},
}, repo.Topic{
	About:   "upgrading",
	Heading: pattern.New(`(?i)\bupgrad(e|es|ing)\b`),
	Body:    nil,
	Wanted:  repo.RendersSomething,
})
