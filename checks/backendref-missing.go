package checks

import (
	"encoding/json"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var backendrefMissing = &review.Check{
	ID: "backendref-missing", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Routes},
	Doc: review.Doc{
		Title:  "route to a service that does not exist",
		What:   "Checks that the Services named by Ingresses and Gateway API routes exist, and that their ports exist if the Service is rendered here.",
		Why:    "Every request to the route is answered with 500 or 503.",
		Fix:    "Correct the name or the port, or remove the rule together with the Service.",
		Verify: "kubectl get httproute,ingress -n NAMESPACE -o yaml | grep -A3 -E 'backendRefs|service:'; kubectl get services -n NAMESPACE",
		Waive:  "The Service comes from a chart that is not visible here.",
		Effort: "small",
		Bad:    "backendRefs: [{name: web, port: 8080}]   # the Service listens on 80",
		Good:   "backendRefs: [{name: web, port: 80}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: backendReferences, Made: reference.MadeByController, Then: "Requests will be answered with an error."}.Run(p, c)
		for _, o := range c.Objects {
			for _, b := range reference.Backends(o) {
				services := c.Near(o, c.Named(b.Kind, b.Namespace, b.Name))
				if len(services) != 1 || b.Port == nil || offers(services[0], b.Port) {
					continue
				}
				h := review.Hit{
					Object: o, Field: b.PortField, Title: "route leads to no port", Related: services,
					Message: fmt.Sprintf("%s sends requests to port %v of %s, which does not listen there.", o.ID, b.Port, services[0].ID),
				}
				if at := leftPort(p, services[0], b.Port); at != "" {
					h.Message = fmt.Sprintf("%s no longer listens on port %v, to which %s sends requests.", services[0].ID, b.Port, o.ID)
					h.Object, h.Field, h.About, h.Key, h.Related = services[0], at, o, b.PortField, []*model.Object{o}
				}
				p.Report(h)
			}
		}
	}),
}

func backendReferences(o *model.Object) []reference.To {
	var out []reference.To
	for _, b := range reference.Backends(o) {
		out = append(out, b.To)
	}
	return out
}

// leftPort leads to the port of a Service that was the one which a route still asks for,
// before the change; "" where it never listened there.
func leftPort(p *review.Pass, service *model.Object, port any) string {
	old := p.Before(service)
	if old == nil || !offers(old, port) {
		return ""
	}
	is := review.Items(service.Fields(), "spec", "ports")
	for i, was := range review.Items(old.Fields(), "spec", "ports") {
		for _, field := range []string{"port", "name"} {
			if was[field] == port && i < len(is) && len(is) == len(review.Items(old.Fields(), "spec", "ports")) {
				return fmt.Sprintf("/spec/ports/%d/%s", i, field)
			}
		}
	}
	return "/spec/ports"
}

// offers reports whether a Service listens on a port.
func offers(service *model.Object, port any) bool {
	if review.Text(service.Fields(), "spec", "type") == "ExternalName" || kube.OpenItems(service.Fields(), []string{"name", "port"}, "spec", "ports") {
		return true
	}
	for _, p := range review.Items(service.Fields(), "spec", "ports") {
		if n, ok := port.(json.Number); ok && p["port"] == n || port == p["name"] {
			return true
		}
	}
	return false
}
