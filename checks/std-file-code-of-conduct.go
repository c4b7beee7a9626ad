package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileCodeOfConduct = repo.StandardFile(review.Check{
	ID: "std-file-code-of-conduct", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no code of conduct",
		What:   "In an audit, looks for CODE_OF_CONDUCT.md, which says how people treat one another. Case is ignored. Without one the result is unknown: GitHub may take it from the organisation's `.github` repository.",
		Why:    "In a dispute there are no rules to refer to.",
		Fix:    "Add your organisation's code of conduct.",
		Verify: "git ls-files | grep -i 'CODE_OF_CONDUCT\\.md'",
		Waive:  "One team owns the repository.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CODE_OF_CONDUCT.md"}, Shared: true})
