package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var changelogMissing = repo.StandardFile(review.Check{
	ID: "changelog-missing", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "no changelog",
		What:   "In an audit, looks for CHANGELOG.md, which says what changed between versions. Case is ignored.",
		Why:    "People who upgrade must read the commits, and find breaking changes in production.",
		Fix:    "Keep a CHANGELOG.md; semantic-release and git-cliff write it from commit messages.",
		Verify: "git ls-files | grep -i 'CHANGELOG\\.md'",
		Waive:  "The repository drives clusters, and nobody consumes it by version.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"CHANGELOG.md", "CHANGELOG", "CHANGES.md", "RELEASES.md", "HISTORY.md", "CHANGELOG/"}})
