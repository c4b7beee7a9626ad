package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxPathMissing = &review.Check{
	ID: "flux-path-missing", Area: review.FluxArea, Severity: review.Critical, Tags: []review.Tag{review.Sources},
	Doc: review.Doc{
		Title:  "Kustomization applies a directory that does not exist",
		What:   "Looks at the `path` of Flux Kustomizations. Reports a directory that was in this repository before the change and is not now, and a path that the change moves from an existing directory to one that does not exist. A path that never existed here may be in another repository.",
		Why:    "The Kustomization fails with `path not found`: the cluster keeps its current state and gets no updates from this directory, nor from anything that depends on it.",
		Fix:    "Correct the path, or restore the directory.",
		Verify: "flux get kustomizations -A --status-selector ready=false",
		Waive:  "The Kustomization reads another repository that has the directory.",
		Effort: "small",
		Bad:    "path: ./apps/produciton",
		Good:   "path: ./apps/production",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(flux.Kustomization) {
			dir := kustomizationPath(o)
			old := p.Before(o)
			if p.Served(dir) || old == nil || strings.Contains(dir, "${") { // what a variable hides is not visible, not missing
				continue
			}
			was := kustomizationPath(old)
			switch link := p.Linked(dir); {
			case link != "" && p.ServedBefore(dir):
				p.Report(review.Hit{Verdict: review.Sure, Object: o, Field: "/spec/path", Message: fmt.Sprintf("%s applies `%s`, and `%s` is a symbolic link now: Flux leaves symbolic links out of what it fetches, and finds nothing there.", o.ID, dir, link)})
			case p.ServedBefore(dir):
				p.Report(review.Hit{Verdict: review.Sure, Object: o, Field: "/spec/path", Message: fmt.Sprintf("%s applies `%s`, which this change removes.", o.ID, dir)})
			case was != dir && p.ServedBefore(was) && review.Text(o.Fields(), "spec", "sourceRef", "name") == review.Text(old.Fields(), "spec", "sourceRef", "name"):
				p.Report(review.Hit{Verdict: review.Sure, Object: o, Field: "/spec/path", Message: fmt.Sprintf("%s applied `%s` and applies `%s` now, which does not exist.", o.ID, was, dir)})
			}
		}
	}).OfChanges(),
}

// kustomizationPath is the directory that a Flux Kustomization applies.
func kustomizationPath(o *model.Object) string {
	return path.Clean(strings.TrimLeft(review.Text(o.Fields(), "spec", "path"), "/"))
}
