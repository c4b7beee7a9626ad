package kube

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// NetworkPolicyKinds are the objects that filter traffic between pods.
var NetworkPolicyKinds = []string{
	NetworkPolicy, CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy,
	"NetworkPolicy.crd.projectcalico.org", CalicoGlobalNetworkPolicyCRD, "NetworkPolicy.projectcalico.org", CalicoGlobalNetworkPolicy,
	AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy,
	AuthorizationPolicy,
}

// PolicySelector is the matchLabels by which a policy selects pods; ok is false
// where it selects in another way.
func PolicySelector(o *model.Object) (labels map[string]string, ok bool) {
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

// Covered gives the workloads of a cluster that a policy speaks of.
func Covered(c *review.Cluster, policy *model.Object) []*model.Object {
	labels, ok := PolicySelector(policy)
	if !ok {
		return nil
	}
	if len(labels) == 0 {
		return c.WorkloadsIn(policy.ID.Namespace)
	}
	return c.Selected(policy.ID.Namespace, labels)
}

// Directions gives what a NetworkPolicy filters, as the API defaults it.
func Directions(o *model.Object) map[string]bool {
	out := map[string]bool{}
	types := Texts(review.Lookup(o.Fields(), "spec", "policyTypes"))
	for _, t := range types {
		out[t] = true
	}
	if len(types) == 0 {
		egress, _ := review.Lookup(o.Fields(), "spec", "egress").([]any)
		out["Ingress"], out["Egress"] = true, len(egress) > 0
	}
	return out
}

// Peer is one of a policy's peers in another namespace, selected by labels.
type Peer struct {
	Namespace, Field string
	Labels           map[string]string
}

// ClusterWidePolicy reports whether something may deny by default in every
// namespace.
func ClusterWidePolicy(c *review.Cluster) bool {
	for _, kind := range []string{CiliumClusterwideNetworkPolicy, CalicoGlobalNetworkPolicyCRD, CalicoGlobalNetworkPolicy,
		AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy} {
		if len(c.Kind(kind)) > 0 {
			return true
		}
	}
	for _, o := range c.Kind(KyvernoClusterPolicy) {
		for _, r := range review.Items(o.Fields(), "spec", "rules") {
			if kind := review.Text(r, "generate", "kind"); kind == "NetworkPolicy" || kind == "CiliumNetworkPolicy" {
				return true
			}
		}
	}
	return false
}

// DefaultDeny reports whether policies of a namespace select all pods, in both directions.
func DefaultDeny(c *review.Cluster, namespace string) bool {
	filtered := map[string]bool{}
	for _, o := range Denying(c, namespace) {
		if o.ID.Group != "networking.k8s.io" {
			return true
		}
		for d, on := range Directions(o) {
			filtered[d] = filtered[d] || on
		}
	}
	return filtered["Ingress"] && filtered["Egress"]
}

// Denying gives the policies of a namespace that select all of its pods.
func Denying(c *review.Cluster, namespace string) (out []*model.Object) {
	for _, kind := range NetworkPolicyKinds {
		for _, o := range c.Kind(kind) {
			if labels, simple := PolicySelector(o); review.SameNamespace(o.ID.Namespace, namespace) && simple && len(labels) == 0 {
				out = append(out, o)
			}
		}
	}
	return out
}
