package checks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var netpolPeerSelectorMutated = &review.Check{
	ID: "netpol-peer-selector-mutated", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Network},
	Doc: review.Doc{
		Title:  "label transformer changed a peer's selector",
		What:   "Looks at NetworkPolicy peers in another, named namespace whose pod selector requires the policy's own labels: labels on its metadata and in its own pod selector alike, as `commonLabels` and `includeSelectors` add them. A peer is left alone if a rendered pod of that namespace has the labels.",
		Why:    "The DNS server or the ingress gateway does not have your label `env: prod`. The peer matches nothing, and the intended connection is blocked.",
		Fix:    "Use `labels:` with `includeSelectors: false`, and write the labels into the selectors that need them.",
		Verify: "kubectl get pods -n PEER_NAMESPACE -l 'KEY=VALUE'   # the peer's whole selector",
		Waive:  "The pods of the other namespace have the labels and are created outside this repository.",
		Effort: "small",
		Bad:    "commonLabels: {env: prod}",
		Good:   "labels: [{pairs: {env: prod}, includeSelectors: false, includeTemplates: true}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(kube.NetworkPolicy) {
			own := review.Labels(o.Fields(), "metadata", "labels")
			selected := review.Labels(o.Fields(), "spec", "podSelector", "matchLabels")
			for _, peer := range peersElsewhere(o) {
				var written []string
				last := ""
				for _, key := range slices.Sorted(maps.Keys(peer.Labels)) {
					if v := peer.Labels[key]; own[key] == v && selected[key] == v && !carried(c, peer.Namespace, key, v) {
						written, last = append(written, key+"="+v), key
					}
				}
				if len(written) > 0 {
					p.Report(review.Hit{Object: o, Field: peer.Field + review.Pointer(last), Key: peer.Field,
						Message: fmt.Sprintf("%s selects the pods of namespace `%s` by %s, which are labels of the policy itself: a label transformer wrote them into the peer.", o.ID, peer.Namespace, text.And(text.Code(written)))})
				}
			}
		}
	}),
}

// peersElsewhere gives the peers of a policy in a namespace that they name and
// that is not the policy's.
func peersElsewhere(policy *model.Object) []kube.Peer {
	var out []kube.Peer
	for _, direction := range []struct{ rules, peers string }{{"ingress", "from"}, {"egress", "to"}} {
		for i, r := range review.Items(policy.Fields(), "spec", direction.rules) {
			for j, entry := range review.Items(r, direction.peers) {
				namespace := review.Text(entry, "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")
				labels := review.Labels(entry, "podSelector", "matchLabels")
				if namespace != "" && namespace != policy.ID.Namespace && len(labels) > 0 {
					out = append(out, kube.Peer{Namespace: namespace, Field: fmt.Sprintf("/spec/%s/%d/%s/%d/podSelector/matchLabels", direction.rules, i, direction.peers, j), Labels: labels})
				}
			}
		}
	}
	return out
}

// carried reports whether a rendered pod of a namespace carries a label.
func carried(c *review.Cluster, namespace, key, value string) bool {
	return slices.ContainsFunc(c.WorkloadsIn(namespace), func(o *model.Object) bool {
		return o.ID.Namespace == namespace && review.SelectedBy(o, map[string]string{key: value})
	})
}
