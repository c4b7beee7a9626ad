package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var netpolDefaultDenyMissing = &review.Check{
	ID: "netpol-default-deny-missing", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Network},
	Doc: review.Doc{
		Title:  "namespace without default-deny policy",
		What:   "Looks, among all that a cluster applies, for Namespaces with workloads or releases in which no network policy selects every pod in both directions. Cluster-wide policies of Cilium, Calico and the admin API, and Kyverno rules that generate policies, count. If every workload has its own policy, it is medium. In an audit it is critical. On a pull request it is high if the change adds the namespace or removes the last policy, and medium if no namespace of the repository has policies at all. On a pull request, a new namespace is left to the audit if the repository has three or more similar ones and at most one in ten of them has such a policy.",
		Why:    "Without a default, every pod may reach every other pod in the cluster and every external address. From one compromised application, an attacker can reach all others.",
		Fix:    "Add a policy that selects all pods and allows nothing, then one for each connection that is needed, DNS first.",
		Verify: "kubectl get networkpolicies -A; for a test, from a pod: nc -zv other-service.other-namespace 80",
		Waive:  "The network is filtered elsewhere, for instance by a service mesh in strict mode with authorization policies.",
		Effort: "medium",
		Bad:    "kind: Namespace   # and no NetworkPolicy",
		Good:   "kind: NetworkPolicy\nmetadata: {name: default-deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if kube.ClusterWidePolicy(c) {
			return
		}
		for _, n := range kube.TeamNamespaces(c) {
			name := n.ID.Name
			lost := c.Before != nil && kube.DefaultDeny(c.Before, name)
			if !inhabited(c, name) || kube.DefaultDeny(c, name) || !p.Audit && !c.CompleteIn(name) && !lost && p.Before(n) != nil {
				continue
			}
			if p.Side == model.Base && deserted(p, c, name) {
				continue // it has no policy as before, and is not mended
			}
			h := review.Hit{Object: n, Field: "/metadata/name", Verdict: review.NotSeenIf(!c.CompleteIn(name)), Searched: []string{"network policies in all rendered targets"}}
			h.Severity = review.Critical
			if !p.Audit {
				h.Severity, h.Verdict = review.High, review.NotSeenIf(!c.CompleteIn(name) && !lost)
			}
			if c.Before != nil {
				h.Since = leaving(p, c, name)
			}
			h.Message = fmt.Sprintf("%s has no policy that denies by default: every pod in it can be reached from anywhere, and can reach everything.", n.ID)
			switch {
			case everyWorkloadCovered(c, name):
				h.Severity = review.Medium
				h.Message = fmt.Sprintf("%s has no policy that denies by default. Every rendered workload has its own policy, but the next workload may not.", n.ID)
			case !p.Audit && !lost && !policiesAreUsual(p, c, n):
				h.Severity = review.Medium
			}
			if custom.Lacks(p, n, kube.TeamNamespaces, func(c *review.Cluster, other *model.Object) bool { return kube.DefaultDeny(c, other.ID.Name) }) ||
				custom.NotWritten(p, n, "kind: Namespace", "NetworkPolicy") {
				continue
			}
			p.Report(h)
		}
	}),
}

// leaving gives the policy of base that is gone, and that denied by default in a namespace;
// where each workload had one of its own, the first that covered one which stays. nil for
// none.
func leaving(p *review.Pass, c *review.Cluster, namespace string) *model.Object {
	for _, o := range kube.Denying(c.Before, namespace) {
		if p.After(o) == nil {
			return o
		}
	}
	if !everyWorkloadCovered(c.Before, namespace) {
		return nil
	}
	for _, kind := range kube.NetworkPolicyKinds {
		for _, o := range c.Before.KindIn(kind, namespace) {
			if p.After(o) == nil && len(kube.Covered(c, o)) > 0 {
				return o
			}
		}
	}
	return nil
}

// deserted reports whether all workloads of a namespace of base leave it.
func deserted(p *review.Pass, c *review.Cluster, namespace string) bool {
	workloads := c.WorkloadsIn(namespace)
	return len(workloads) > 0 && !slices.ContainsFunc(workloads, func(o *model.Object) bool {
		after := p.After(o)
		return after != nil && after.ID.Namespace == namespace
	})
}

// inhabited reports whether something runs in a namespace.
func inhabited(c *review.Cluster, namespace string) bool {
	for _, o := range c.WorkloadsIn(namespace) {
		if o.ID.Namespace == namespace {
			return true
		}
	}
	for _, o := range c.Kind(flux.HelmRelease) {
		if o.ID.Namespace == namespace || review.Text(o.Fields(), "spec", "targetNamespace") == namespace {
			return true
		}
	}
	return false
}

func everyWorkloadCovered(c *review.Cluster, namespace string) bool {
	has := map[*model.Object]bool{}
	for _, kind := range kube.NetworkPolicyKinds {
		for _, o := range c.Kind(kind) {
			if review.SameNamespace(o.ID.Namespace, namespace) {
				for _, w := range kube.Covered(c, o) {
					has[w] = true
				}
			}
		}
	}
	some := false
	for _, o := range c.WorkloadsIn(namespace) {
		if !has[o] {
			return false
		}
		some = true
	}
	return some
}

// policiesAreUsual reports whether the namespaces of a cluster have policies. For
// one that was there before, it counts what was: the first policy of another
// makes it no worse.
func policiesAreUsual(p *review.Pass, c *review.Cluster, namespace *model.Object) bool {
	if c.Before != nil && p.Before(namespace) != nil {
		return usesPolicies(c.Before)
	}
	return usesPolicies(c)
}

func usesPolicies(c *review.Cluster) bool {
	for _, kind := range kube.NetworkPolicyKinds {
		if len(c.Kind(kind)) > 0 {
			return true
		}
	}
	return false
}
