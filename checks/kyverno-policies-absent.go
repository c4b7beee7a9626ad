package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var kyvernoPoliciesAbsent = presence.Check(review.Check{
	ID: "kyverno-policies-absent", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "Kyverno without policies",
		What:   "If a cluster installs Kyverno, looks for a policy of any of its kinds, including those of the kyverno-policies chart. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "Kyverno is installed and people rely on it, but it has no policy to apply: it allows everything.",
		Fix:    "Install the Pod Security policies of the kyverno-policies chart in Audit mode, look at the reports, then enforce.",
		Verify: "kubectl get clusterpolicies,policies -A",
		Waive:  "The policies come from another repository; say which.",
		Effort: "medium",
	},
}, presence.Wanted{
	Needs: presence.OfCharts("kyverno"),
	Has: func(p *review.Pass, c *review.Cluster) bool {
		return presence.AnyKind(presence.KyvernoKinds...)(p, c) || len(flux.Releases(c, "kyverno-policies")) > 0
	},
	Absent:   "%s brings a policy engine, and no policy comes with it.",
	Searched: []string{"Kyverno policies in all rendered targets"},
})
