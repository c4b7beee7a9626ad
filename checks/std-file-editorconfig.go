package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileEditorconfig = repo.StandardFile(review.Check{
	ID: "std-file-editorconfig", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "no .editorconfig",
		What:   "In an audit, looks for `.editorconfig`, which says how files are indented. Case is ignored.",
		Why:    "Editors indent differently, and in YAML the indentation has a meaning.",
		Fix:    "Add one with two spaces for YAML and a newline at the end.",
		Verify: "git ls-files | grep -i '\\.editorconfig'",
		Waive:  "A formatter in the pipeline does it.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{".editorconfig"}})
