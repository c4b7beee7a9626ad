package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileGitignore = repo.StandardFile(review.Check{
	ID: "std-file-gitignore", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "no .gitignore",
		What:   "In an audit, looks for `.gitignore`, which says what must not be committed. Case is ignored.",
		Why:    "Sooner or later a kubeconfig, a decrypted file or a Terraform state is committed.",
		Fix:    "List kubeconfigs, decrypted files, keys and state files in .gitignore.",
		Verify: "git ls-files | grep -i '\\.gitignore'",
		Waive:  "No file that could be committed by mistake exists here.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{".gitignore"}})
