package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileLicense = repo.StandardFile(review.Check{
	ID: "std-file-license", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "no licence",
		What:   "In an audit, looks for LICENSE, which says who may use and change the repository. Case is ignored.",
		Why:    "Without one, nobody outside your organisation may use it, and people inside do not know whether they may.",
		Fix:    "Add the licence that your organisation uses.",
		Verify: "git ls-files | grep -i 'LICENSE'",
		Waive:  "A private repository that only its owners use.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"}})
