package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileMakefile = repo.StandardFile(review.Check{
	ID: "std-file-makefile", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "no task runner",
		What:   "In an audit, looks for a Makefile, Taskfile or justfile, which says how things are run. Case is ignored.",
		Why:    "Everyone has the validation commands only in their own shell history.",
		Fix:    "Add a Makefile with the commands that the pipeline runs.",
		Verify: "git ls-files | grep -i 'Makefile'",
		Waive:  "The pipeline needs only one command.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{"Makefile", "Taskfile.yml", "Taskfile.yaml", "justfile", ".justfile", "mise.toml", ".mise.toml", "magefile.go", "Tiltfile", "package.json"}})
