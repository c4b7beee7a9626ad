package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var gatewayRateLimitMissing = &review.Check{
	ID: "gateway-rate-limit-missing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.RateLimits},
	Doc: review.Doc{
		Title:  "entrance without a rate limit",
		What:   "Looks, over all that a cluster applies, for Gateways (Gateway API and Istio) and Ingresses for which nothing bounds what one client may send: a BackendTrafficPolicy or RateLimitPolicy on the Gateway or a route of it, an EnvoyFilter with a rate limit, an Ingress controller's annotation, a filter of the route that leads to an extension. Entrances whose name says internal, private or mesh are left alone. On a pull request it speaks where the change takes the limit away, and (medium) where it adds a Gateway; an audit lists the rest.",
		Why:    "One client, broken or hostile, takes all of what is behind the entrance: passwords are guessed as fast as the servers answer, and everyone else waits.",
		Fix:    "Add a BackendTrafficPolicy with `rateLimit` for the Gateway; for ingress-nginx the annotation `nginx.ingress.kubernetes.io/limit-rps`; for Istio an EnvoyFilter with `local_ratelimit`.",
		Verify: "for i in $(seq 200); do curl -s -o /dev/null -w '%{http_code}\\n' https://HOST/; done | sort | uniq -c   # some must be 429",
		Waive:  "Requests are limited before they get here, at a CDN or a firewall; say where.",
		Effort: "medium",
		Bad:    "kind: Gateway   # and nothing that limits it",
		Good:   "kind: BackendTrafficPolicy\nspec:\n  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]\n  rateLimit: {type: Local, local: {rules: [{limit: {requests: 50, unit: Second}}]}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, kind := range []string{gatewayKind, istioGatewayKind, ingressKind} {
			for _, o := range c.Kind(kind) {
				if inward(o) || limited(c, o) {
					continue
				}
				lost := limitLost(p, c, o)
				if !p.Audit && !lost && kind == ingressKind {
					continue
				}
				rateLimitFinding(p, c, o, lost)
			}
		}
	}),
}

// limitLost reports whether the change took the limit of an entrance away.
func limitLost(p *review.Pass, c *review.Cluster, o *model.Object) bool {
	old := p.Before(o)
	return old != nil && c.Before != nil && limited(c.Before, old)
}

func rateLimitFinding(p *review.Pass, c *review.Cluster, o *model.Object, lost bool) {
	h := review.Hit{Object: o, Field: "/metadata/name", Key: "rate limit", Severity: review.Medium, Unknown: !c.Complete && !lost,
		Message:  fmt.Sprintf("%s: nothing bounds what one client may send.", o.ID),
		Searched: []string{"BackendTrafficPolicy, RateLimitPolicy, EnvoyFilter and annotations in all rendered targets"}}
	if lost {
		h.Severity, h.Message = review.High, fmt.Sprintf("%s loses its rate limit: from now on one client may send as much as it likes.", o.ID)
	}
	if p.Audit {
		h.Severity = review.High
	}
	p.Report(h)
}
