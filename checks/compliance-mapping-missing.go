package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var complianceMappingMissing = repo.Documented(review.Check{
	ID: "compliance-mapping-missing", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "controls are not mapped to requirements",
		What:   "Looks for a section that maps controls to the requirements of a standard, with at least one requirement number. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "At every audit, someone must search again for the evidence of each requirement.",
		Fix:    "Add a table with the requirement, the control, and the file that shows it.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "No standard applies to what runs here.",
		Effort: "medium",
		Good:   "## Compliance\n\n| control | file |\n|---|---|\n| CIS 5.3 | policy |",
	},
}, repo.Topic{
	About:   "how controls meet the demands of a standard",
	Heading: pattern.New(`(?i)\bcomplian(ce|t)\b|\bcontrols?\b.*\b(mapping|matrix)|\b(SOC ?2|ISO ?27001|PCI|HIPAA|NIST|CIS)\b`),
	Line:    pattern.New(`\b(CIS|ISO|NIST|PCI|AC|SC|AU|CC|A|CM|IA)[- .]?\d+[.(-]\d`),
	Lines:   1,
	Wanted:  repo.RendersSomething,
})
