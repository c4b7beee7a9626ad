package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileContributing = repo.StandardFile(review.Check{
	ID: "std-file-contributing", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no guide for contributors",
		What:   "In an audit, looks for CONTRIBUTING.md, which says how to change the repository. Case is ignored. Without one the result is unknown: GitHub may take it from the organisation's `.github` repository.",
		Why:    "Each newcomer asks the same questions, or guesses.",
		Fix:    "Write one page: how to validate a change, how it is reviewed, how it gets to production.",
		Verify: "git ls-files | grep -i 'CONTRIBUTING\\.md'",
		Waive:  "The README says this.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CONTRIBUTING.md"}, Shared: true})
