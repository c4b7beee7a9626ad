package checks

import (
	"regexp"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var complianceMappingMissing = repo.Documented(review.Check{
	ID: "compliance-mapping-missing", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "nothing says which control meets which demand",
		What:   "Looks for a section that maps controls to the requirements of a standard, one of them by its number at least. A heading, or a file of that name, counts with three lines or more below it. Reported in audits only.",
		Why:    "The evidence for each requirement is searched for again at every audit.",
		Fix:    "Add a table: requirement, control, the file that shows it.",
		Verify: "Read it, and do what it says on a test cluster.",
		Waive:  "No standard applies to what runs here.",
		Effort: "medium",
		Good:   "## Compliance\n\n| control | file |\n|---|---|\n| CIS 5.3 | policy |",
	},
}, repo.Topic{
	About:   "how controls meet the demands of a standard",
	Heading: regexp.MustCompile(`(?i)\bcomplian(ce|t)\b|\bcontrols?\b.*\b(mapping|matrix)|\b(SOC ?2|ISO ?27001|PCI|HIPAA|NIST|CIS)\b`),
	Line:    regexp.MustCompile(`\b(CIS|ISO|NIST|PCI|AC|SC|AU|CC|A|CM|IA)[- .]?\d+[.(-]\d`),
	Lines:   1,
	Wanted:  repo.RendersSomething,
})
