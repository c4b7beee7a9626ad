package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileCodeowners = repo.StandardFile(review.Check{
	ID: "std-file-codeowners", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no code owners",
		What:   "In an audit, looks for CODEOWNERS: who must look at which change. Case is ignored.",
		Why:    "A change to production is approved by whoever is available, not by those who know the area.",
		Fix:    "Write a CODEOWNERS file and demand reviews by owners on the branch.",
		Verify: "git ls-files | grep -i 'CODEOWNERS'",
		Waive:  "A repository of one person.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CODEOWNERS"}})
