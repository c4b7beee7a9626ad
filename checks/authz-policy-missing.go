package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var authzPolicyMissing = presence.Check(review.Check{
	ID: "authz-policy-missing", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.MeshTLS},
	Doc: review.Doc{
		Title:  "mesh without authorization",
		What:   "Looks, where a cluster uses Istio, for an AuthorizationPolicy. Reported in audits only. Where a part of the cluster is not visible, the result is unknown.",
		Why:    "The mesh authenticates callers, but every workload may still call every other.",
		Fix:    "Add an AuthorizationPolicy that allows nothing to each namespace, and one for each caller that is needed.",
		Verify: "kubectl get authorizationpolicies -A",
		Waive:  "Calls are authorized in the programs themselves.",
		Effort: "medium",
	},
}, presence.Wanted{
	Needs:    presence.Mesh,
	Has:      presence.AnyKind(kube.AuthorizationPolicy),
	Absent:   "%s is part of a mesh in which no AuthorizationPolicy says who may call whom.",
	Searched: []string{"AuthorizationPolicies in all rendered targets"},
})
