package checks

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// networkPolicyKinds are the objects that filter traffic between pods.
var networkPolicyKinds = []string{
	"NetworkPolicy.networking.k8s.io", "CiliumNetworkPolicy.cilium.io", "CiliumClusterwideNetworkPolicy.cilium.io",
	"NetworkPolicy.crd.projectcalico.org", "GlobalNetworkPolicy.crd.projectcalico.org", "NetworkPolicy.projectcalico.org", "GlobalNetworkPolicy.projectcalico.org",
	"AdminNetworkPolicy.policy.networking.k8s.io", "BaselineAdminNetworkPolicy.policy.networking.k8s.io", "ClusterNetworkPolicy.policy.networking.k8s.io",
	"AuthorizationPolicy.security.istio.io",
}

// policySelector is the matchLabels by which a policy selects pods; ok is false
// where it selects in another way.
func policySelector(o *model.Object) (labels map[string]string, ok bool) {
	for _, at := range []string{"podSelector", "endpointSelector", "selector"} {
		selector := review.Lookup(o.Fields(), "spec", at)
		m, isMap := selector.(map[string]any)
		if selector == nil || !isMap {
			continue
		}
		return review.Labels(m, "matchLabels"), m["matchExpressions"] == nil
	}
	return nil, review.Lookup(o.Fields(), "spec", "selector") == nil
}

// covered gives the workloads of a cluster that a policy speaks of.
func covered(c *review.Cluster, policy *model.Object) []*model.Object {
	labels, ok := policySelector(policy)
	if !ok {
		return nil
	}
	if len(labels) == 0 {
		return c.WorkloadsIn(policy.ID.Namespace)
	}
	return c.Selected(policy.ID.Namespace, labels)
}
