package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileIssueTemplate = repo.StandardFile(review.Check{
	ID: "std-file-issue-template", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no issue templates",
		What:   "Looks, in an audit, for ISSUE_TEMPLATE/: what a report has to say. Upper and lower case are the same. Without one it is said that this is not known: GitHub may take it from the organisation.",
		Why:    "Reports come without version, cluster or steps, and each costs a round of questions.",
		Fix:    "Add templates for a bug and for a wish in `.github/ISSUE_TEMPLATE/`.",
		Verify: "git ls-files | grep -i 'ISSUE_TEMPLATE'",
		Waive:  "Issues are kept elsewhere.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"ISSUE_TEMPLATE/", "issue_template.md"}, Shared: true})
