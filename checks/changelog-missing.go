package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var changelogMissing = repo.StandardFile(review.Check{
	ID: "changelog-missing", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "no changelog",
		What:   "Looks, in an audit, for CHANGELOG.md: what changed between versions. Case is ignored.",
		Why:    "Those who upgrade must read the commits, and find breaking changes in production.",
		Fix:    "Keep a CHANGELOG.md; semantic-release and git-cliff write it from commit messages.",
		Verify: "git ls-files | grep -i 'CHANGELOG\\.md'",
		Waive:  "A repository that drives clusters and that nobody consumes by version.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CHANGELOG.md", "CHANGELOG", "CHANGES.md", "RELEASES.md", "HISTORY.md", "CHANGELOG/"}})
