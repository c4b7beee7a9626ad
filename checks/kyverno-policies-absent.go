package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var kyvernoPoliciesAbsent = present(review.Check{
	ID: "kyverno-policies-absent", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "a policy engine without policies",
		What:   "Looks, where a cluster installs Kyverno, for a policy of any of its kinds, the kyverno-policies chart included. Only an audit tells; where a part of the cluster is not visible, it is said that this is not known.",
		Why:    "Everyone believes that the engine guards the cluster. It lets everything through.",
		Fix:    "Install the Pod Security policies of the kyverno-policies chart in Audit, look at the reports, then enforce.",
		Verify: "kubectl get clusterpolicies,policies -A",
		Waive:  "The policies come from another repository; say which.",
		Effort: "medium",
	},
}, presence{
	needs: releases("kyverno"),
	has: func(p *review.Pass, c *review.Cluster) bool {
		return anyKind(kyvernoKinds...)(p, c) || len(flux.Releases(c, "kyverno-policies")) > 0
	},
	absent:   "%s brings a policy engine, and no policy comes with it.",
	searched: []string{"Kyverno policies in all rendered targets"},
})
