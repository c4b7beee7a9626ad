package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileIssueTemplate = repo.StandardFile(review.Check{
	ID: "std-file-issue-template", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no issue templates",
		What:   "In an audit, looks for ISSUE_TEMPLATE/, which says what a report must contain. Case is ignored. Without one the result is unknown: GitHub may take it from the organisation's `.github` repository.",
		Why:    "Reports arrive without version, cluster or steps, and someone has to ask for each of them.",
		Fix:    "Add templates for bugs and feature requests in `.github/ISSUE_TEMPLATE/`.",
		Verify: "git ls-files | grep -i 'ISSUE_TEMPLATE'",
		Waive:  "Issues are kept elsewhere.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"ISSUE_TEMPLATE/", "issue_template.md"}, Shared: true})
