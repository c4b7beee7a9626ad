package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var stdFileDockerignore = repo.StandardFile(review.Check{
	ID: "std-file-dockerignore", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Images},
	Doc: review.Doc{
		Title:  "no .dockerignore",
		What:   "If images are built, an audit looks for `.dockerignore`, which says what must not get into an image. Case is ignored.",
		Why:    "The build sends everything to the daemon and may copy `.git` and secrets into the image.",
		Fix:    "Add a .dockerignore that excludes everything except what the image needs.",
		Verify: "git ls-files | grep -i '\\.dockerignore'",
		Waive:  "The Dockerfile copies single files only.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{".dockerignore"}, Wanted: repo.BuildsImages})
