package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileReadme = repo.StandardFile(review.Check{
	ID: "std-file-readme", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "no README",
		What:   "Looks, in an audit, for README.md: what the repository is. Upper and lower case are the same.",
		Why:    "Nobody who comes in the night of an outage finds the way.",
		Fix:    "Say what the repository drives, how it is laid out, and how a change gets to production.",
		Verify: "git ls-files | grep -i 'README\\.md'",
		Waive:  "Never, hardly.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"README.md", "README", "README.rst", "README.adoc"}})
