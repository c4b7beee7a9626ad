package checks

import (
	"fmt"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var resourceCommentedOut = &review.Check{
	ID: "resource-commented-out", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "entry turned into a comment",
		What:   "Looks in kustomizations for list entries (resources, components, patches, files of generators) that the change turns into comments.",
		Why:    "It is a quick way around an error: what the entry brought is pruned from the cluster, and years later nobody knows whether the comment was intended.",
		Fix:    "Correct what made the error, or remove the line and the file; history keeps both.",
		Verify: "git log -p -- FILE",
		Waive:  "It comes back in the next change; say which.",
		Effort: "small",
		Bad:    "resources:\n- web.yaml\n# - networkpolicy.yaml",
		Good:   "resources:\n- web.yaml\n- networkpolicy.yaml",
	},
	Run: review.Files(func(p *review.Pass) {
		if p.Side == model.Base {
			return
		}
		for _, file := range p.Changed() {
			if !repo.IsKustomization(file) {
				continue
			}
			before := scan.Entries(p.ReadBase(file), "")
			now := scan.Entries(p.Read(file), "")
			for _, c := range scan.Entries(p.Read(file), "#") {
				was := slices.ContainsFunc(before, func(e scan.Entry) bool { return e.Text == c.Text })
				still := slices.ContainsFunc(now, func(e scan.Entry) bool { return e.Text == c.Text })
				if was && !still {
					p.Report(review.Hit{File: file, Line: c.Line, Key: c.Text, Message: fmt.Sprintf("`%s` was part of `%s` and is a comment now: what it brings leaves the render.", c.Text, path.Dir(file))})
				}
			}
		}
	}).OfChanges(),
}
