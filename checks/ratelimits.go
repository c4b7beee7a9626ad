package checks

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const (
	gatewayKind      = "Gateway." + gatewayGroup
	istioGatewayKind = "Gateway.networking.istio.io"
	envoyFilterKind  = "EnvoyFilter.networking.istio.io"
)

// limitAnnotations are annotations of an Ingress, by their beginning, that bound
// what one client may send, or hand it to something that does.
var limitAnnotations = []string{
	"nginx.ingress.kubernetes.io/limit-", "nginx.org/limit-req-", "haproxy.org/rate-limit-", "haproxy-ingress.github.io/limit-",
	"alb.ingress.kubernetes.io/wafv2-acl-arn", "alb.ingress.kubernetes.io/waf-acl-id", "appgw.ingress.kubernetes.io/waf-policy-for-path", "konghq.com/plugins",
	"traefik.ingress.kubernetes.io/router.middlewares", "cloud.google.com/backend-config",
}

// limitKinds are policies that bound what one client may send, with the field
// that makes them so; "" where the kind does nothing else.
var limitKinds = map[string]string{
	"BackendTrafficPolicy.gateway.envoyproxy.io": "rateLimit",
	"RateLimitPolicy.kuadrant.io":                "",
	"RateLimitPolicy.gateway.nginx.org":          "",
	"GCPBackendPolicy.networking.gke.io":         "",
	"TrafficPolicy.gateway.kgateway.dev":         "rateLimit",
}

// limited reports whether something in the cluster bounds what one client may
// send to an entrance.
func limited(c *review.Cluster, entrance *model.Object) bool {
	if entrance.ID.GroupKind() == ingressKind {
		for annotation := range review.Map(entrance.Fields(), "metadata", "annotations") {
			if slices.ContainsFunc(limitAnnotations, func(begin string) bool { return strings.HasPrefix(annotation, begin) }) {
				return true
			}
		}
		return false
	}
	for _, kind := range []string{envoyFilterKind, "WasmPlugin.extensions.istio.io"} {
		for _, f := range c.Kind(kind) {
			if text := string(f.JSON()); strings.Contains(text, "ratelimit") || strings.Contains(text, "rate_limit") {
				return true
			}
		}
	}
	held := limitedNames(c)
	if held["*"] || held["Gateway "+entrance.ID.Name] {
		return true
	}
	for _, route := range routesOf(c, entrance) {
		if held[route.ID.Kind+" "+route.ID.Name] || limitedByFilter(route) {
			return true
		}
	}
	return false
}

// limitedNames gives the kinds and names that policies of rate limits speak of,
// and the Services behind routes.
func limitedNames(c *review.Cluster) map[string]bool {
	out := map[string]bool{}
	for kind, field := range limitKinds {
		for _, policy := range c.Kind(kind) {
			spec := review.Map(policy.Fields(), "spec")
			if field != "" && spec[field] == nil {
				continue
			}
			refs := append(review.Items(spec, "targetRefs"), review.Map(spec, "targetRef"))
			for _, ref := range refs {
				out[review.Text(ref, "kind")+" "+review.Text(ref, "name")] = true
			}
			if spec["targetSelectors"] != nil {
				out["*"] = true // by labels: which ones is not read here
			}
		}
	}
	return out
}

// limitedByFilter reports whether a route's own filters lead to an extension:
// what that does is not read, and it may be a limit.
func limitedByFilter(route *model.Object) bool {
	for _, r := range review.Items(route.Fields(), "spec", "rules") {
		for _, f := range review.Items(r, "filters") {
			if review.Text(f, "type") == "ExtensionRef" {
				return true
			}
		}
	}
	return false
}

// routesOf gives the Gateway API routes that are attached to a Gateway.
func routesOf(c *review.Cluster, gateway *model.Object) []*model.Object {
	var out []*model.Object
	for _, kind := range []string{"HTTPRoute.", "GRPCRoute."} {
		for _, o := range c.Kind(kind + gatewayGroup) {
			if slices.ContainsFunc(parents(o), func(ref map[string]any) bool {
				return review.Text(ref, "name") == gateway.ID.Name && review.SameNamespace(parentNamespace(o, ref), gateway.ID.Namespace)
			}) {
				out = append(out, o)
			}
		}
	}
	return out
}

// inward reports whether a name says that the entrance is not for the outside.
func inward(o *model.Object) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(o.ID.Name), func(r rune) bool { return r == '-' || r == '.' }) {
		if word == "internal" || word == "private" || word == "mesh" || word == "waypoint" || word == "eastwest" {
			return true
		}
	}
	return false
}
