package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// presence is something that a cluster should have where it has something else.
type presence struct {
	// needs gives what makes it needed, at which the finding stands; none is that
	// the check does not apply. A nil object is the cluster as a whole.
	needs func(*review.Pass, *review.Cluster) []*model.Object
	has   func(*review.Pass, *review.Cluster) bool
	// absent is the message; its %s is the object, or the cluster.
	absent   string
	searched []string
}

// present makes the check that it is there. Only an audit tells, and where a
// part of the cluster cannot be seen, absence is not known.
func present(c review.Check, s presence) *review.Check {
	c.Run = review.Clusters(func(p *review.Pass, cluster *review.Cluster) {
		list := s.needs(p, cluster)
		if len(list) == 0 {
			return
		}
		p.Looked(1)
		if s.has(p, cluster) {
			return
		}
		h := review.Hit{Key: "absent", Unknown: !flux.AllSeen(cluster), Searched: s.searched, Message: fmt.Sprintf(s.absent, text.InCluster(cluster))}
		if list[0] != nil {
			h.Object, h.Field, h.Message = list[0], "/metadata/name", fmt.Sprintf(s.absent, list[0].ID.String())
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// releases is a needs for the HelmReleases of charts.
func releases(charts ...string) func(*review.Pass, *review.Cluster) []*model.Object {
	return func(_ *review.Pass, c *review.Cluster) []*model.Object { return flux.Releases(c, charts...) }
}

// runsSomething needs a thing in every cluster that runs workloads or releases.
func runsSomething(_ *review.Pass, c *review.Cluster) []*model.Object {
	if len(c.Workloads())+len(c.Kind(flux.HelmRelease)) == 0 {
		return nil
	}
	return []*model.Object{nil}
}

// mesh gives what shows that a cluster runs Istio.
func mesh(_ *review.Pass, c *review.Cluster) []*model.Object {
	out := flux.Releases(c, "istiod")
	for _, o := range c.Objects {
		if o.ID.Group == "networking.istio.io" || o.ID.Group == "security.istio.io" {
			out = append(out, o)
		}
	}
	return out
}

// anyKind reports whether a cluster has an object of one of the kinds.
func anyKind(kinds ...string) func(*review.Pass, *review.Cluster) bool {
	return func(_ *review.Pass, c *review.Cluster) bool {
		for _, kind := range kinds {
			if len(c.Kind(kind)) > 0 {
				return true
			}
		}
		return false
	}
}

// kyvernoKinds are the policies of Kyverno.
var kyvernoKinds = []string{"ClusterPolicy.kyverno.io", "Policy.kyverno.io", "ValidatingPolicy.policies.kyverno.io", "ImageValidatingPolicy.policies.kyverno.io",
	"MutatingPolicy.policies.kyverno.io", "GeneratingPolicy.policies.kyverno.io", "NamespacedValidatingPolicy.policies.kyverno.io"}

// kyvernoRules gives the rules of every Kyverno policy.
func kyvernoRules(c *review.Cluster) []map[string]any {
	var out []map[string]any
	for _, kind := range kyvernoKinds[:2] {
		for _, o := range c.Kind(kind) {
			out = append(out, review.Items(o.Fields(), "spec", "rules")...)
		}
	}
	return out
}

// verifiesImages reports whether something refuses images without a signature.
func verifiesImages(p *review.Pass, c *review.Cluster) bool {
	for _, r := range kyvernoRules(c) {
		if r["verifyImages"] != nil {
			return true
		}
	}
	return anyKind("ImageValidatingPolicy.policies.kyverno.io", "ClusterImagePolicy.policy.sigstore.dev", "Verifier.config.ratify.deislabs.io", "ImagePolicy.config.openshift.io", "ClusterImagePolicy.config.openshift.io")(p, c) ||
		len(flux.Releases(c, "connaisseur", "ratify")) > 0
}
