package presence

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// KyvernoKinds are the policies of Kyverno.
var KyvernoKinds = []string{kube.KyvernoClusterPolicy, kube.KyvernoPolicy, "ValidatingPolicy.policies.kyverno.io", kube.KyvernoImageValidatingPolicy,
	"MutatingPolicy.policies.kyverno.io", "GeneratingPolicy.policies.kyverno.io", "NamespacedValidatingPolicy.policies.kyverno.io"}

// KyvernoRules gives the rules of every Kyverno policy.
func KyvernoRules(c *review.Cluster) []map[string]any {
	var out []map[string]any
	for _, kind := range KyvernoKinds[:2] {
		for _, o := range c.Kind(kind) {
			out = append(out, review.Items(o.Fields(), "spec", "rules")...)
		}
	}
	return out
}

// VerifiesImages reports whether something refuses images without a signature.
func VerifiesImages(p *review.Pass, c *review.Cluster) bool {
	for _, r := range KyvernoRules(c) {
		if r["verifyImages"] != nil {
			return true
		}
	}
	return AnyKind(kube.KyvernoImageValidatingPolicy, "ClusterImagePolicy.policy.sigstore.dev", "Verifier.config.ratify.deislabs.io", "ImagePolicy.config.openshift.io", "ClusterImagePolicy.config.openshift.io")(p, c) ||
		len(flux.Releases(c, "connaisseur", "ratify")) > 0
}
