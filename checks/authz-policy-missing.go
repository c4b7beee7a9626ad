package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var authzPolicyMissing = presence.Check(review.Check{
	ID: "authz-policy-missing", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.MeshTLS},
	Doc: review.Doc{
		Title:  "mesh without authorization policies",
		What:   "If a cluster uses Istio, looks for an AuthorizationPolicy. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "The mesh authenticates callers, but every workload may still call every other one.",
		Fix:    "In each namespace, add an AuthorizationPolicy that allows nothing, and one for each caller that is needed.",
		Verify: "kubectl get authorizationpolicies -A",
		Waive:  "The applications authorize calls themselves.",
		Effort: "medium",
	},
}, presence.Wanted{
	Needs:    presence.Mesh,
	Has:      presence.AnyKind(kube.AuthorizationPolicy),
	Absent:   "%s is part of a mesh in which no AuthorizationPolicy says who may call whom.",
	Searched: []string{"AuthorizationPolicies in all rendered targets"},
})
