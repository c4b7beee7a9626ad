package update

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Ignored reports whether all that applies an object leaves what changes below a pointer as
// the cluster has it: Applications that ignore differences there, and do so in a sync too
// (argo-cd v3, normalizeTargetResources). Flux asks the API server before it looks at what
// its Kustomization ignores.
func Ignored(p *review.Pass, c review.Change, below string) bool {
	for _, target := range c.Targets {
		by := p.AskedBy(target)
		if tool(target) != model.ArgoCD || !slices.Contains(applicationOptions(by), "RespectIgnoreDifferences=true") {
			return false
		}
		ignored := review.IgnoredPaths(applicationSpec(by), c.Object)
		for _, f := range c.Fields {
			related := strings.HasPrefix(f.Path+"/", below+"/") || strings.HasPrefix(below+"/", f.Path+"/")
			if related && !slices.ContainsFunc(ignored, func(steps []string) bool { return review.Covers(steps, f.Path) }) {
				return false
			}
		}
	}
	return len(c.Targets) > 0
}
