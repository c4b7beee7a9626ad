package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileCodeowners = repo.StandardFile(review.Check{
	ID: "std-file-codeowners", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no code owners",
		What:   "Looks, in an audit, for CODEOWNERS: who must look at which change. Upper and lower case are the same.",
		Why:    "A change to production is approved by whoever is there, and nobody is asked who knows it.",
		Fix:    "Write a CODEOWNERS file and demand reviews by owners on the branch.",
		Verify: "git ls-files | grep -i 'CODEOWNERS'",
		Waive:  "A repository of one person.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CODEOWNERS"}})
