package reference

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Backend is a Service that a route names, with its port.
type Backend struct {
	To
	Port      any // json.Number or a name; nil where none is named
	PortField string
}

// Backends gives the Services that an Ingress or a route of the Gateway API names.
func Backends(o *model.Object) []Backend {
	switch {
	case o.ID.GroupKind() == kube.Ingress:
		return ingressBackends(o)
	case o.ID.Group == kube.GatewayGroup && strings.HasSuffix(o.ID.Kind, "Route"):
		return routeBackends(o)
	}
	return nil
}

func ingressBackends(o *model.Object) []Backend {
	var out []Backend
	add := func(service map[string]any, at string) {
		if service == nil {
			return
		}
		b := Backend{To: To{Kind: kube.Service, Namespace: o.ID.Namespace, Name: review.Text(service, "name"), Field: at + "/name"}}
		for _, by := range []string{"number", "name"} {
			if v := review.Lookup(service, "port", by); v != nil {
				b.Port, b.PortField = v, at+"/port/"+by
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

func routeBackends(o *model.Object) []Backend {
	var out []Backend
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
			b := Backend{To: To{Kind: kube.Service, Namespace: namespace, Name: review.Text(ref, "name"), Field: at + "/name"}}
			if v := ref["port"]; v != nil {
				b.Port, b.PortField = v, at+"/port"
			}
			out = append(out, b)
		}
	}
	return out
}
