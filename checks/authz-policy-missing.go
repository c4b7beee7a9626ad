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
		What:   "Looks, where a cluster uses Istio, for an AuthorizationPolicy. Only an audit tells; where a part of the cluster is not visible, it is said that this is not known.",
		Why:    "The mesh knows who calls, and lets everyone call everything.",
		Fix:    "Add an AuthorizationPolicy that allows nothing, in each namespace, and one for each caller that is needed.",
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
