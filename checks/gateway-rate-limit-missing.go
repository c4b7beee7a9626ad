package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var gatewayRateLimitMissing = &review.Check{
	ID: "gateway-rate-limit-missing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.RateLimits},
	Doc: review.Doc{
		Title:  "entry point without a rate limit",
		What:   "Looks, among all that a cluster applies, for Gateways (Gateway API and Istio) and Ingresses without a rate limit: a BackendTrafficPolicy or RateLimitPolicy on the Gateway or one of its routes, an EnvoyFilter with a rate limit, an Ingress controller's annotation, or a route filter that refers to an extension. Entry points whose name says internal, private or mesh are left alone. On a pull request it reports if the change removes the limit, and (medium) if it adds a Gateway beside others, of which more than one in ten has a limit. An audit lists the rest; if an ingress or gateway controller is released but its entry points are not here, the result is unknown.",
		Why:    "One faulty or hostile client can use up all capacity behind the entry point: passwords are guessed at full speed, and all other clients wait.",
		Fix:    "Add a BackendTrafficPolicy with `rateLimit` for the Gateway; for ingress-nginx the annotation `nginx.ingress.kubernetes.io/limit-rps`; for Istio an EnvoyFilter with `local_ratelimit`.",
		Verify: "for i in $(seq 200); do curl -s -o /dev/null -w '%{http_code}\\n' https://HOST/; done | sort | uniq -c   # some must be 429",
		Waive:  "Requests are limited earlier, at a CDN or a firewall; say where.",
		Effort: "medium",
		Bad:    "kind: Gateway   # and nothing that limits it",
		Good:   "kind: BackendTrafficPolicy\nspec:\n  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]\n  rateLimit: {type: Local, local: {rules: [{limit: {requests: 50, unit: Second}}]}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, kind := range []string{kube.Gateway, kube.IstioGateway, kube.Ingress} {
			for _, o := range c.Kind(kind) {
				if inward(o) {
					continue
				}
				if p.Looked(1, o.ID.String()); limited(c, o) {
					continue
				}
				lost := limitLost(p, c, o)
				if !p.Audit && !lost && (kind == kube.Ingress || custom.Unheard(p, o, ofKind(kind), limited)) {
					continue
				}
				rateLimitFinding(p, c, o, lost)
			}
		}
		entrancesElsewhere(p, c)
	}),
}

// ofKind gives the like of an entrance.
func ofKind(kind string) func(*review.Cluster) []*model.Object {
	return func(c *review.Cluster) []*model.Object { return c.Kind(kind) }
}

// gatewayCharts bring what listens at the edge, without the Gateways and Ingresses
// that make it listen.
var gatewayCharts = []string{"gateway-helm", "gateway", "ingress-nginx", "traefik", "contour", "kong", "kgateway", "nginx-gateway-fabric", "haproxy-ingress"}

// entrancesElsewhere tells, in an audit, of a cluster that brings an entrance and has
// neither Gateways nor limits here: they are in another repository, or nowhere.
func entrancesElsewhere(p *review.Pass, c *review.Cluster) {
	releases := flux.Releases(c, gatewayCharts...)
	if !p.Audit || len(releases) == 0 || len(c.Kind(kube.Gateway))+len(c.Kind(kube.IstioGateway))+len(c.Kind(kube.Ingress)) > 0 {
		return
	}
	p.Report(review.Hit{Object: releases[0], Field: "/metadata/name", Key: "rate limit elsewhere", Related: releases[1:], Verdict: review.NotSeen,
		Message:  fmt.Sprintf("%s installs an ingress or gateway controller. This repository has none of its Gateways or Ingresses, and no rate limit; whether its users set one is not visible here.", text.And(text.Names(releases))),
		Searched: []string{"Gateways, Ingresses and BackendTrafficPolicies in all rendered targets"}})
}

// limitLost reports whether the change took the limit of an entrance away.
func limitLost(p *review.Pass, c *review.Cluster, o *model.Object) bool {
	old := p.Before(o)
	return old != nil && c.Before != nil && limited(c.Before, old)
}

func rateLimitFinding(p *review.Pass, c *review.Cluster, o *model.Object, lost bool) {
	h := review.Hit{Object: o, Field: "/metadata/name", Key: "rate limit", Severity: review.Medium, Verdict: review.NotSeenIf(!c.Complete && !lost),
		Message:  fmt.Sprintf("%s: nothing limits the requests of one client.", o.ID),
		Searched: []string{"BackendTrafficPolicy, RateLimitPolicy, EnvoyFilter and annotations in all rendered targets"}}
	if lost {
		h.Severity, h.Message = review.High, fmt.Sprintf("%s loses its rate limit: from now on one client may send any number of requests.", o.ID)
	}
	if p.Audit {
		h.Severity = review.High
	}
	p.Report(h)
}

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
	kube.KgatewayTrafficPolicy:                   "rateLimit",
}

// limited reports whether something in the cluster bounds what one client may
// send to an entrance.
func limited(c *review.Cluster, entrance *model.Object) bool {
	if entrance.ID.GroupKind() == kube.Ingress {
		for annotation := range review.Map(entrance.Fields(), "metadata", "annotations") {
			if slices.ContainsFunc(limitAnnotations, func(begin string) bool { return strings.HasPrefix(annotation, begin) }) {
				return true
			}
		}
		return false
	}
	for _, kind := range []string{kube.EnvoyFilter, "WasmPlugin.extensions.istio.io"} {
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
		if held[route.ID.Kind+" "+route.ID.Name] || kube.HasExtensionFilter(route) {
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

// routesOf gives the Gateway API routes that are attached to a Gateway.
func routesOf(c *review.Cluster, gateway *model.Object) []*model.Object {
	var out []*model.Object
	for _, kind := range []string{kube.HTTPRoute, kube.GRPCRoute} {
		for _, o := range c.Kind(kind) {
			if slices.ContainsFunc(kube.ParentRefs(o), func(ref map[string]any) bool {
				return review.Text(ref, "name") == gateway.ID.Name && review.SameNamespace(kube.ParentNamespace(o, ref), gateway.ID.Namespace)
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
