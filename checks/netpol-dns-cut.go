package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var netpolDNSCut = &review.Check{
	ID: "netpol-dns-cut", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Network},
	Doc: review.Doc{
		Title:  "network policy cuts off name resolution",
		What:   "Looks, when a change adds or narrows a NetworkPolicy, for workloads that it isolates for egress and that no policy of their namespace lets out to port 53. A rule without ports counts if it leads out of the namespace. If policies of Cilium, Calico or the admin API are rendered, nothing is reported.",
		Why:    "The pods can resolve no names any more: nearly every connection that they open fails, to Services of the cluster too.",
		Fix:    "Allow egress to the cluster's DNS, UDP and TCP port 53, in the same change.",
		Verify: "kubectl exec -n NAMESPACE deploy/NAME -- nslookup kubernetes.default",
		Waive:  "The pods open no connections by name.",
		Effort: "small",
		Bad:    "spec: {podSelector: {}, policyTypes: [Egress]}   # and nothing that allows DNS",
		Good:   "egress:\n- to: [{namespaceSelector: {}}]\n  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if otherPolicies(c) {
			return
		}
		lets := map[*model.Object]bool{}
		by := map[*model.Object][]*model.Object{} // isolating policies ▶ workloads
		for _, policy := range c.Kind(kube.NetworkPolicy) {
			for _, w := range kube.Covered(c, policy) {
				lets[w] = lets[w] || resolves(policy)
			}
		}
		for _, policy := range c.Kind(kube.NetworkPolicy) {
			if !kube.Directions(policy)["Egress"] {
				continue
			}
			for _, w := range kube.Covered(c, policy) {
				if !lets[w] && w.ID.Namespace == policy.ID.Namespace {
					by[policy] = append(by[policy], w)
				}
			}
		}
		for _, policy := range slices.SortedFunc(maps.Keys(by), func(a, b *model.Object) int { return strings.Compare(a.ID.String(), b.ID.String()) }) {
			them := "them"
			if len(by[policy]) == 1 {
				them = "it"
			}
			p.Report(review.Hit{Object: policy, Field: "/spec", Key: "dns", Related: by[policy], Verdict: review.NotSeenIf(!c.CompleteIn(policy.ID.Namespace)),
				Searched: []string{"NetworkPolicies in all rendered targets"},
				Message:  fmt.Sprintf("%s isolates %s, and no policy lets %s out to port 53: names are not resolved any more.", policy.ID, text.Some(text.Names(by[policy])), them)})
		}
	}).OfChanges(),
}

// otherPolicies reports whether something besides NetworkPolicies may let pods out.
func otherPolicies(c *review.Cluster) bool {
	return kube.ClusterWidePolicy(c) || slices.ContainsFunc(kube.NetworkPolicyKinds, func(kind string) bool {
		return kind != kube.NetworkPolicy && len(c.Kind(kind)) > 0
	})
}

// resolves reports whether a policy lets its pods out to port 53.
func resolves(policy *model.Object) bool {
	return slices.ContainsFunc(review.Items(policy.Fields(), "spec", "egress"), func(rule map[string]any) bool {
		ports, peers := review.Items(rule, "ports"), review.Items(rule, "to")
		if len(ports) == 0 {
			return len(peers) == 0 || slices.ContainsFunc(peers, func(peer map[string]any) bool { return peer["namespaceSelector"] != nil || peer["ipBlock"] != nil })
		}
		return slices.ContainsFunc(ports, coversDNS)
	})
}

// coversDNS reports whether an entry of a rule's ports may be the one of DNS: a port by
// name may be any.
func coversDNS(port map[string]any) bool {
	if protocol := review.Text(port, "protocol"); protocol == "SCTP" {
		return false
	}
	from, numbered := review.Int(port, "port")
	to, ranged := review.Int(port, "endPort")
	return !numbered || from == 53 || ranged && from <= 53 && to >= 53
}
