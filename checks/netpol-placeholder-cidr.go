package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var netpolPlaceholderCIDR = &review.Check{
	ID: "netpol-placeholder-cidr", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Network},
	Doc: review.Doc{
		Title:  "address block is a placeholder",
		What:   "Looks at the address blocks of NetworkPolicies for placeholders: loopback, documentation ranges and 255.255.255.255 cannot be the intended address.",
		Why:    "The rule allows nothing: the intended connection fails in the cluster, and works in every test without policies.",
		Fix:    "Write the real address, in an overlay for each environment if it differs.",
		Verify: "kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes, for the API server's address",
		Waive:  "The policy denies on purpose until the address is known.",
		Effort: "small",
		Bad:    "ipBlock: {cidr: 127.255.255.255/32}",
		Good:   "ipBlock: {cidr: 10.96.0.1/32}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != kube.NetworkPolicy {
			return
		}
		for _, direction := range []struct{ rules, peers string }{{"ingress", "from"}, {"egress", "to"}} {
			for i, r := range review.Items(o.Fields(), "spec", direction.rules) {
				for j, peer := range review.Items(r, direction.peers) {
					if cidr := review.Text(peer, "ipBlock", "cidr"); nobody(cidr) {
						p.Report(review.Hit{Object: o, Field: fmt.Sprintf("/spec/%s/%d/%s/%d/ipBlock/cidr", direction.rules, i, direction.peers, j), Key: direction.rules + " " + cidr,
							Message: fmt.Sprintf("%s allows `%s`, which is nobody's address.", o.ID, cidr)})
					}
				}
			}
		}
	}),
}

// nobody reports whether an address block can belong to no peer: loopback (RFC
// 1122), documentation (RFC 5737, RFC 3849), broadcast.
func nobody(cidr string) bool {
	return slices.ContainsFunc([]string{"127.", "192.0.2.", "198.51.100.", "203.0.113.", "255.255.255.255", "2001:db8:"}, func(p string) bool { return strings.HasPrefix(cidr, p) })
}
