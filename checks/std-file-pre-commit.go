package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFilePreCommit = repo.StandardFile(review.Check{
	ID: "std-file-pre-commit", Area: review.Testing, Severity: review.Low, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "no pre-commit hooks",
		What:   "In an audit, looks for .pre-commit-config.yaml: hooks that find mistakes before a push. Case is ignored.",
		Why:    "The pipeline finds a secret that was committed by mistake only after it was pushed.",
		Fix:    "Add hooks that look for secrets and for broken YAML.",
		Verify: "git ls-files | grep -i '\\.pre-commit-config\\.yaml'",
		Waive:  "The pipeline finds everything, and the server blocks pushes of secrets.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{".pre-commit-config.yaml", ".pre-commit-config.yml", "lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".husky/", "trunk.yaml", ".trunk/"}})
