package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileSecurity = repo.StandardFile(review.Check{
	ID: "std-file-security", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no security policy",
		What:   "In an audit, looks for SECURITY.md, which says where to report a vulnerability. Case is ignored. Without one the result is unknown: GitHub may take it from the organisation's `.github` repository.",
		Why:    "People who find a vulnerability open a public issue, or tell nobody.",
		Fix:    "Write in SECURITY.md whom to contact, how, and how soon they will answer.",
		Verify: "git ls-files | grep -i 'SECURITY\\.md'",
		Waive:  "People know it from another place; say where.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"SECURITY.md", "SECURITY"}, Shared: true})
