package flux

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// SeenIn reports whether everything was seen that a named cluster applies to a
// namespace, charts aside. What is not seen of a Kustomization with a targetNamespace
// lands in that one, and `flux bootstrap` writes into its own. A cluster without a
// name is what nothing here applies: others may add to it.
func SeenIn(p *review.Pass, c *review.Cluster, namespace string) bool {
	return seenIn(p, c, namespace, func(model.Rendered) bool { return false })
}

// ObjectSeen reports whether a Flux object outside of Flux's own namespace would have
// been seen if something of the cluster made it: a chart hardly ever does, and what
// does not build applies nothing. If that is what would bring it, a file has it.
func ObjectSeen(p *review.Pass, c *review.Cluster, r reference.To) bool {
	return strings.HasSuffix(r.Kind, ".toolkit.fluxcd.io") && seenIn(p, c, r.Namespace, func(t model.Rendered) bool {
		return t.Status == model.StatusFailed && !reference.Written(p, r)
	})
}

func seenIn(p *review.Pass, c *review.Cluster, namespace string, appliesNothing func(model.Rendered) bool) bool {
	if c.Name == "" || namespace == "" || namespace == System {
		return false
	}
	for _, t := range p.HeadTargets {
		if t.Target.Cluster != c.Name || t.Target.Kind == model.Helm || t.Status == model.StatusAbsent || t.Known() {
			continue
		}
		if t.Problem != nil && t.Problem.Class == model.FluxSystemAbsent || appliesNothing(t) {
			continue
		}
		owner := Owner(c, t.Target.ID)
		if owner == nil {
			return false
		}
		if target := review.Text(owner.Fields(), "spec", "targetNamespace"); target == "" || target == namespace {
			return false
		}
	}
	return true
}
