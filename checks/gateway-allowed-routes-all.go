package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var gatewayAllowedRoutesAll = &review.Check{
	ID: "gateway-allowed-routes-all", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Listeners, review.Exposure},
	Doc: review.Doc{
		Title:  "every namespace may attach routes",
		What:   "Looks for Gateway listeners with `allowedRoutes.namespaces.from: All`.",
		Why:    "Whoever may create an HTTPRoute in any namespace can take over a host of the gateway, or some of its paths, and read the requests.",
		Fix:    "Select the namespaces by a label: `from: Selector`.",
		Verify: "kubectl get gateways -A -o json | jq -r '.items[] | select(any(.spec.listeners[]; .allowedRoutes.namespaces.from == \"All\")) | .metadata.name'",
		Waive:  "One team owns the cluster.",
		Effort: "small",
		Bad:    "allowedRoutes: {namespaces: {from: All}}",
		Good:   "allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {gateway: edge}}}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != kube.Gateway {
			return
		}
		for i, l := range review.Items(o.Fields(), "spec", "listeners") {
			if review.Text(l, "allowedRoutes", "namespaces", "from") == "All" {
				p.Report(review.Hit{Object: o, Field: fmt.Sprintf("/spec/listeners/%d/allowedRoutes/namespaces/from", i), Key: "routes " + review.Text(l, "name"),
					Message: fmt.Sprintf("%s, listener `%s`, takes routes from every namespace.", o.ID, review.Text(l, "name"))})
			}
		}
	}),
}
