package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileReadme = repo.StandardFile(review.Check{
	ID: "std-file-readme", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "no README",
		What:   "In an audit, looks for README.md, which says what the repository is. Case is ignored.",
		Why:    "Someone who is new, or on call in an outage, cannot find their way around.",
		Fix:    "Say what the repository drives, how it is laid out, and how a change gets to production.",
		Verify: "git ls-files | grep -i 'README\\.md'",
		Waive:  "Almost never.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"README.md", "README", "README.rst", "README.adoc"}})
