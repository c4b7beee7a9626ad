package checks

import (
	"encoding/json"
	"fmt"
	"strings"

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
			for _, b := range backends(o) {
				services := c.Near(o, c.Named(b.Kind, b.Namespace, b.Name))
				if len(services) != 1 || b.port == nil || offers(services[0], b.port) {
					continue
				}
				p.Report(review.Hit{
					Object: o, Field: b.portField, Title: "route leads to no port", Related: services,
					Message: fmt.Sprintf("%s sends requests to port %v of %s, which does not listen there.", o.ID, b.port, services[0].ID),
				})
			}
		}
	}),
}

// backend is a Service that a route names, with its port.
type backend struct {
	reference.To
	port      any // json.Number or a name; nil where none is named
	portField string
}

func backendReferences(o *model.Object) []reference.To {
	var out []reference.To
	for _, b := range backends(o) {
		out = append(out, b.To)
	}
	return out
}

func backends(o *model.Object) []backend {
	switch {
	case o.ID.GroupKind() == kube.Ingress:
		return ingressBackends(o)
	case o.ID.Group == kube.GatewayGroup && strings.HasSuffix(o.ID.Kind, "Route"):
		return routeBackends(o)
	}
	return nil
}

func ingressBackends(o *model.Object) []backend {
	var out []backend
	add := func(service map[string]any, at string) {
		if service == nil {
			return
		}
		b := backend{To: reference.To{Kind: kube.Service, Namespace: o.ID.Namespace, Name: review.Text(service, "name"), Field: at + "/name"}}
		for _, by := range []string{"number", "name"} {
			if v := review.Lookup(service, "port", by); v != nil {
				b.port, b.portField = v, at+"/port/"+by
			}
		}
		out = append(out, b)
	}
	add(review.Map(o.Fields(), "spec", "defaultBackend", "service"), "/spec/defaultBackend/service")
	for i, r := range review.Items(o.Fields(), "spec", "rules") {
		for j, path := range review.Items(r, "http", "paths") {
			add(review.Map(path, "backend", "service"), fmt.Sprintf("/spec/rules/%d/http/paths/%d/backend/service", i, j))
		}
	}
	return out
}

func routeBackends(o *model.Object) []backend {
	var out []backend
	for i, r := range review.Items(o.Fields(), "spec", "rules") {
		for j, ref := range review.Items(r, "backendRefs") {
			if k := review.Text(ref, "kind"); k != "" && k != "Service" || review.Text(ref, "group") != "" {
				continue
			}
			at := fmt.Sprintf("/spec/rules/%d/backendRefs/%d", i, j)
			namespace := review.Text(ref, "namespace")
			if namespace == "" {
				namespace = o.ID.Namespace
			}
			b := backend{To: reference.To{Kind: kube.Service, Namespace: namespace, Name: review.Text(ref, "name"), Field: at + "/name"}}
			if v := ref["port"]; v != nil {
				b.port, b.portField = v, at+"/port"
			}
			out = append(out, b)
		}
	}
	return out
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
