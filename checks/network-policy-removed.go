package checks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var networkPolicyRemoved = &review.Check{
	ID: "network-policy-removed", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.Network},
	Doc: review.Doc{
		Title:  "network policy removed",
		What:   "Looks for NetworkPolicies (also Cilium's, Calico's and Istio's AuthorizationPolicies) that are no longer rendered. Also looks for NetworkPolicies that stop filtering one direction, or start to allow everybody in it (medium for certain ports, and for egress). Not reported if the policy only moves or is renamed, or if all that it covered is removed with it. Low if other policies still isolate what it covered, if it is removed with the HelmRelease that its labels name, or if its rules continue for pods with other labels that are not visible either.",
		Why:    "A pod that no policy selects can be reached from every pod in the cluster, and can reach every address. No error shows that a policy is gone, so nobody notices.",
		Fix:    "Keep the policy, or put its replacement into the same change.",
		Verify: "kubectl get networkpolicies -A",
		Waive:  "Another policy that is not visible here covers the same pods; name it.",
		Effort: "small",
		Bad:    "resources:\n- web.yaml\n# networkpolicy.yaml was here",
		Good:   "resources:\n- web.yaml\n- networkpolicy.yaml",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		switch {
		case c.Base == nil || !isNetworkPolicy(c.Base):
		case c.Change == review.Removed:
			policyGone(p, c)
		case c.Head != nil:
			directionGone(p, c)
		}
	}),
}

func policyGone(p *review.Pass, c review.Change) {
	if after := p.After(c.Base); after != nil && reflect.DeepEqual(after.Fields()["spec"], c.Base.Fields()["spec"]) {
		return // under another name it covers the same
	}
	if sameElsewhere(p, c.Base) {
		return // under a name that is not like its own
	}
	had, left := 0, []*model.Object{}
	for _, cluster := range p.Around() {
		if cluster.Before == nil || len(cluster.Before.Targets(c.Base)) == 0 {
			continue
		}
		had += len(kube.Covered(cluster.Before, c.Base))
		left = append(left, kube.Covered(cluster, c.Base)...)
	}
	if had > 0 && len(left) == 0 {
		return // what it covered goes with it
	}
	message := fmt.Sprintf("%s is removed from the cluster.", c.Object)
	if had == 0 {
		if after := p.After(c.Base); after != nil && reflect.DeepEqual(rulesOf(after), rulesOf(c.Base)) {
			p.Report(review.Hit{Object: c.Base, Gone: true, Severity: review.Low,
				Message: fmt.Sprintf("%s %s has the same rules, for pods with other labels.", message, after.ID)})
			return
		}
		if release := releaseGone(p, c.Base); release != nil {
			p.Report(review.Hit{Object: c.Base, Gone: true, Severity: review.Low,
				Message: fmt.Sprintf("%s According to its labels it covered the objects of %s, which is removed too.", message, release.ID)})
			return
		}
	}
	if len(left) > 0 && stillIsolated(p, c.Base, left) {
		p.Report(review.Hit{Object: c.Base, Gone: true, Severity: review.Low, Related: left,
			Message: fmt.Sprintf("%s Other policies still isolate %s: connections that only it allowed are refused now.", message, text.Some(text.Names(left)))})
		return
	}
	if len(left) > 0 {
		message += fmt.Sprintf(" It covered %s, which others may now reach freely.", text.Some(text.Names(left)))
	}
	if undenied(p, c.Base) {
		message += fmt.Sprintf(" Nothing denies by default in `%s` any more.", c.Object.Namespace)
	}
	p.Report(review.Hit{Object: c.Base, Gone: true, Message: message, Related: left})
}

// undenied reports whether a policy that goes was what denied by default in its namespace:
// netpol-default-deny-missing says no more of it then.
func undenied(p *review.Pass, policy *model.Object) bool {
	return slices.ContainsFunc(p.Around(), func(c *review.Cluster) bool {
		return c.Before != nil && !kube.ClusterWidePolicy(c) && slices.Contains(kube.Denying(c.Before, policy.ID.Namespace), policy) &&
			kube.DefaultDeny(c.Before, policy.ID.Namespace) && !kube.DefaultDeny(c, policy.ID.Namespace)
	})
}

// sameElsewhere reports whether head has a policy of the kind, the namespace and the
// whole spec of one that goes.
func sameElsewhere(p *review.Pass, policy *model.Object) bool {
	for _, cluster := range p.Around() {
		if cluster.Before == nil || len(cluster.Before.Targets(policy)) == 0 {
			continue
		}
		for _, o := range cluster.KindIn(policy.ID.GroupKind(), policy.ID.Namespace) {
			if cluster.Before.Find(o.ID.GroupKind(), o.ID.Namespace, o.ID.Name) == nil && reflect.DeepEqual(o.Fields()["spec"], policy.Fields()["spec"]) {
				return true
			}
		}
	}
	return false
}

// stillIsolated reports whether NetworkPolicies that stay cover all of some workloads
// in every direction in which one that goes did.
func stillIsolated(p *review.Pass, policy *model.Object, workloads []*model.Object) bool {
	if policy.ID.GroupKind() != kube.NetworkPolicy {
		return false
	}
	for direction, on := range kube.Directions(policy) {
		if !on {
			continue
		}
		covered := map[*model.Object]bool{}
		for _, cluster := range p.Around() {
			for _, o := range cluster.KindIn(kube.NetworkPolicy, policy.ID.Namespace) {
				if kube.Directions(o)[direction] {
					for _, w := range kube.Covered(cluster, o) {
						covered[w] = true
					}
				}
			}
		}
		for _, w := range workloads {
			if !covered[w] {
				return false
			}
		}
	}
	return true
}

// rulesOf is a policy without whom it selects.
func rulesOf(o *model.Object) map[string]any {
	out := maps.Clone(review.Map(o.Fields(), "spec"))
	delete(out, "podSelector")
	return out
}

// releaseGone gives a HelmRelease that leaves with a policy, and whose pods the policy
// selects as far as its labels tell; nil for none.
func releaseGone(p *review.Pass, policy *model.Object) *model.Object {
	labels, _ := kube.PolicySelector(policy)
	names := slices.Collect(maps.Values(labels))
	for _, cluster := range p.Around() {
		if cluster.Before == nil || len(cluster.Before.Targets(policy)) == 0 {
			continue
		}
		for _, r := range cluster.Before.KindIn(flux.HelmRelease, policy.ID.Namespace) {
			named := slices.Contains(names, r.ID.Name) || slices.Contains(names, review.Text(r.Fields(), "spec", "releaseName")) || slices.Contains(names, review.Text(r.Fields(), "spec", "chart", "spec", "chart"))
			if named && cluster.Find(flux.HelmRelease, r.ID.Namespace, r.ID.Name) == nil {
				return r
			}
		}
	}
	return nil
}

// directionGone tells when a NetworkPolicy no longer filters a direction that it
// filtered.
func directionGone(p *review.Pass, c review.Change) {
	if c.Object.GroupKind() != kube.NetworkPolicy {
		return
	}
	before, now := kube.Directions(c.Base), kube.Directions(c.Head)
	for _, d := range []string{"Ingress", "Egress"} {
		if before[d] && !now[d] {
			p.Report(review.Hit{
				Object: c.Head, Field: "/spec/policyTypes", Key: d, Title: "network policy filters less",
				Message: fmt.Sprintf("%s no longer filters %s.", c.Object, map[string]string{"Ingress": "what comes in", "Egress": "what goes out"}[d]),
			})
		}
		if before[d] && now[d] {
			opened(p, c, d)
		}
	}
}

// opened tells when a NetworkPolicy begins to let everybody through in a direction.
func opened(p *review.Pass, c review.Change, direction string) {
	field, peers := "ingress", "from"
	if direction == "Egress" {
		field, peers = "egress", "to"
	}
	for _, rule := range review.Items(c.Base.Fields(), "spec", field) {
		if forAll(rule, peers) != "" {
			return
		}
	}
	for i, rule := range review.Items(c.Head.Fields(), "spec", field) {
		whom := forAll(rule, peers)
		if whom == "" {
			continue
		}
		severity, said := review.Medium, map[string]string{"Ingress": "lets in", "Egress": "lets out to"}[direction]
		if direction == "Ingress" && len(review.Items(rule, "ports")) == 0 {
			severity = review.High // as if it were removed
		}
		p.Report(review.Hit{Object: c.Head, Field: fmt.Sprintf("/spec/%s/%d", field, i), Key: direction, Severity: severity, Title: "network policy is opened",
			Message: fmt.Sprintf("%s %s %s now.", c.Object, said, whom)})
		return
	}
}

// forAll says whom a rule of a NetworkPolicy is for, where that is everybody; ""
// otherwise. No peers, or an empty list of them, are all (networking.k8s.io/v1).
func forAll(rule map[string]any, peers string) string {
	list := review.Items(rule, peers)
	if len(list) == 0 {
		return "everybody"
	}
	for _, peer := range list {
		if cidr := review.Text(peer, "ipBlock", "cidr"); cidr == "0.0.0.0/0" || cidr == "::/0" {
			return "every address"
		}
		if namespaces, ok := peer["namespaceSelector"].(map[string]any); ok && len(namespaces) == 0 {
			if pods, narrowed := peer["podSelector"].(map[string]any); !narrowed || len(pods) == 0 {
				return "every pod of the cluster"
			}
		}
	}
	return ""
}

func isNetworkPolicy(o *model.Object) bool {
	return slices.Contains(kube.NetworkPolicyKinds, o.ID.GroupKind())
}
