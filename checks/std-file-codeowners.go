package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileCodeowners = repo.StandardFile(review.Check{
	ID: "std-file-codeowners", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no code owners",
		What:   "In an audit, looks for CODEOWNERS, which says who must review which change. Case is ignored.",
		Why:    "A change to production is approved by whoever is available, not by those who know the area.",
		Fix:    "Write a CODEOWNERS file and require reviews by code owners on the branch.",
		Verify: "git ls-files | grep -i 'CODEOWNERS'",
		Waive:  "One person owns the repository.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CODEOWNERS"}})
