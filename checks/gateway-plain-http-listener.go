package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var gatewayPlainHTTPListener = &review.Check{
	ID: "gateway-plain-http-listener", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Listeners, review.TLS},
	Doc: review.Doc{
		Title:  "gateway serves clear text",
		What:   "Looks for HTTP listeners of Gateways whose attached routes do more than redirect, and for HTTP servers of Istio Gateways without `httpsRedirect`. A listener without routes, or with redirects only, is not reported.",
		Why:    "Passwords and sessions cross the network in clear text, and anyone on the path may change the response.",
		Fix:    "Redirect: attach an HTTPRoute with `RequestRedirect` to https to the HTTP listener, and the real routes to the HTTPS listener.",
		Verify: "curl -sI http://HOST/ | head -1",
		Waive:  "The gateway is internal, and another layer encrypts its traffic.",
		Effort: "small",
		Bad:    "listeners: [{name: http, port: 80, protocol: HTTP}]   # and routes that serve",
		Good:   "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, g := range c.Kind(kube.Gateway) {
			for i, l := range review.Items(g.Fields(), "spec", "listeners") {
				if review.Text(l, "protocol") != "HTTP" {
					continue
				}
				if serving := servingRoutes(c, g, l); len(serving) > 0 {
					p.Report(review.Hit{Object: g, Field: fmt.Sprintf("/spec/listeners/%d/protocol", i), Key: "http " + review.Text(l, "name"), Related: serving,
						Message: fmt.Sprintf("%s, listener `%s`, serves %s in clear text.", g.ID, review.Text(l, "name"), text.Some(text.Names(serving)))})
				}
			}
		}
		for _, g := range c.Kind(kube.IstioGateway) {
			for i, s := range review.Items(g.Fields(), "spec", "servers") {
				redirect, _ := review.Bool(s, "tls", "httpsRedirect")
				if review.Text(s, "port", "protocol") == "HTTP" && !redirect {
					p.Report(review.Hit{Object: g, Field: fmt.Sprintf("/spec/servers/%d/port/protocol", i), Key: "http " + review.Text(s, "port", "name"),
						Message: fmt.Sprintf("%s serves clear text on port %v and does not redirect.", g.ID, review.Lookup(s, "port", "number"))})
				}
			}
		}
	}),
}

// servingRoutes gives the routes on a listener that answer requests themselves.
func servingRoutes(c *review.Cluster, gateway *model.Object, listener map[string]any) []*model.Object {
	var out []*model.Object
	for _, o := range c.Kind(kube.HTTPRoute) {
		for _, ref := range kube.ParentRefs(o) {
			section := review.Text(ref, "sectionName")
			if review.Text(ref, "name") != gateway.ID.Name || !review.SameNamespace(kube.ParentNamespace(o, ref), gateway.ID.Namespace) || section != review.Text(listener, "name") {
				continue
			}
			if !redirectsOnly(o) {
				out = append(out, o)
			}
			break
		}
	}
	return out
}

func redirectsOnly(route *model.Object) bool {
	rules := review.Items(route.Fields(), "spec", "rules")
	for _, r := range rules {
		redirect := false
		for _, f := range review.Items(r, "filters") {
			redirect = redirect || review.Text(f, "type") == "RequestRedirect"
		}
		if !redirect {
			return false
		}
	}
	return len(rules) > 0
}
