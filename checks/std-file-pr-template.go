package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFilePRTemplate = repo.StandardFile(review.Check{
	ID: "std-file-pr-template", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Ownership},
	Doc: review.Doc{
		Title:  "no pull request template",
		What:   "In an audit, looks for pull_request_template.md, which says what a change must describe. Case is ignored. Without one the result is unknown: GitHub may take it from the organisation's `.github` repository.",
		Why:    "Only the author decides whether a change says how it was tested and how to roll it back.",
		Fix:    "In `.github/pull_request_template.md`, ask what changes, how it was tested, and how to roll it back.",
		Verify: "git ls-files | grep -i 'pull_request_template\\.md'",
		Waive:  "One person owns the repository.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"pull_request_template.md", "pull_request_template/", "merge_request_templates/"}, Shared: true})
