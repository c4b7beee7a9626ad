package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingNetworkPolicy = &review.Check{
	ID: "dangling-network-policy", ByLabels: true, Area: review.Security, Severity: review.High, Tags: []review.Tag{review.References, review.Network},
	Doc: review.Doc{
		Title:  "network policy selects no pod",
		What:   "Looks for NetworkPolicies whose selector, or a peer in their own namespace, matches no rendered workload. High if the policy selected pods before and their labels were changed. If it never did, operators or people may create the pods, and the result is unknown; a new policy in a namespace of which no workload is rendered is left to the audit. Selectors with expressions are left alone. A selector that the change alters is reported as `selector-changed`.",
		Why:    "A policy that selects nothing protects nothing, and no error shows it. A peer that matches nothing allows nobody, so the intended connection is blocked.",
		Fix:    "Make the selector match the pods' labels, or remove the policy together with its workload.",
		Verify: "kubectl get pods -n NAMESPACE -l KEY=VALUE",
		Waive:  "The pods are created outside this repository; say by what.",
		Effort: "small",
		Bad:    "podSelector: {matchLabels: {app: wbe}}   # the pods carry app: web",
		Good:   "podSelector: {matchLabels: {app: web}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(kube.NetworkPolicy) {
			labels, simple := kube.PolicySelector(o)
			if simple && len(labels) > 0 && !selectsSome(c, o, labels) && !reference.LabelledByController(c, o, labels) {
				danglingPolicy(p, c, o, labels)
			}
			for _, peer := range peersHere(o) {
				if !selectsSome(c, o, peer.Labels) && !reference.LabelledByController(c, o, peer.Labels) {
					p.Report(review.Hit{Object: o, Field: peer.Field, Key: "peer " + text.Labels(peer.Labels), Severity: review.Low, Verdict: review.NotSeen, Searched: []string{"workloads in all rendered targets"},
						Title: "peer of a network policy is not seen", Message: fmt.Sprintf("%s allows the pods `%s` of its namespace; no rendered workload carries these labels.", o.ID, text.Labels(peer.Labels))})
				}
			}
		}
	}),
}

// danglingPolicy reports a policy that selects nothing that is rendered.
func danglingPolicy(p *review.Pass, c *review.Cluster, o *model.Object, labels map[string]string) {
	h := review.Hit{Object: o, Field: "/spec/podSelector", Key: "selects", Verdict: review.NotSeen, Severity: review.Low, Searched: []string{"workloads in all rendered targets"},
		Message: fmt.Sprintf("%s selects `%s`; no rendered workload carries these labels.", o.ID, text.Labels(labels))}
	old := p.Before(o)
	if old == nil || c.Before == nil {
		if p.Audit || p.Side == model.Base || len(c.WorkloadsIn(o.ID.Namespace)) > 0 { // else it may stand apart from what it guards, as all policies of a library do
			p.Report(h)
		}
		return
	}
	before, _ := kube.PolicySelector(old)
	had := c.Before.Near(old, c.Before.Selected(old.ID.Namespace, before))
	switch {
	case len(had) == 0:
	case kube.Unseen(p, c, had):
		return
	case text.Labels(before) != text.Labels(labels):
		return // told as selector-changed
	default:
		after := p.After(had[0])
		if after == nil {
			return // what it covered is gone
		}
		pod, _ := review.PodOf(after)
		h = review.Hit{Object: after, Field: kube.ChangedPodLabel(pod, after, labels), Key: "policy " + o.ID.Name, Related: []*model.Object{o},
			Message: fmt.Sprintf("%s is no longer selected by %s, which now selects nothing. It is open to whatever the policy kept out.", after.ID, o.ID)}
	}
	p.Report(h)
}

func selectsSome(c *review.Cluster, o *model.Object, labels map[string]string) bool {
	return len(c.Selected(o.ID.Namespace, labels)) > 0
}

// peersHere gives the peers of a policy in its own namespace that are selected by
// labels.
func peersHere(policy *model.Object) []kube.Peer {
	var out []kube.Peer
	for _, direction := range []struct{ rules, peers string }{{"ingress", "from"}, {"egress", "to"}} {
		for i, r := range review.Items(policy.Fields(), "spec", direction.rules) {
			for j, entry := range review.Items(r, direction.peers) {
				labels := review.Labels(entry, "podSelector", "matchLabels")
				if entry["namespaceSelector"] == nil && len(labels) > 0 && review.Lookup(entry, "podSelector", "matchExpressions") == nil {
					out = append(out, kube.Peer{Namespace: policy.ID.Namespace, Field: fmt.Sprintf("/spec/%s/%d/%s/%d/podSelector", direction.rules, i, direction.peers, j), Labels: labels})
				}
			}
		}
	}
	return out
}
