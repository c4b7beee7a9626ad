package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// adminPrograms are programs for operators that let everyone in who reaches
// them; true is for those that ask for a password of their own.
var adminPrograms = map[string]bool{"prometheus": false, "alertmanager": false, "longhorn": false, "jaeger": false, "thanos": false, "hubble": false, "kubecost": false,
	"opencost": false, "goldilocks": false, "policy-reporter": false, "rollouts": false, "kiali": true, "grafana": true, "headlamp": true}

var gatewayAuthMissing = &review.Check{
	ID: "gateway-auth-missing", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Authentication, review.Exposure},
	Doc: review.Doc{
		Title:  "admin interface without a login",
		What:   "In an audit, looks for HTTPRoutes and Ingresses to admin interfaces without authentication. They are recognised by the first word of the host or the name of the service (prometheus, alertmanager, longhorn, jaeger and similar; low for grafana and headlamp, which have their own login). Authentication can be a SecurityPolicy, a RequestAuthentication or AuthorizationPolicy, a filter that refers to an extension, or an annotation for authentication.",
		Why:    "Anyone who can reach the host can silence alerts, delete volumes, or read what every service does.",
		Fix:    "Attach a SecurityPolicy with OIDC to the route, or put oauth2-proxy in front of it.",
		Verify: "curl -s -o /dev/null -w '%{http_code}\\n' https://HOST/   # 401 or a redirect to a login",
		Waive:  "The host can be reached only from the internal network; say how that is enforced.",
		Effort: "medium",
		Bad:    "hostnames: [prometheus.example.org]   # and no SecurityPolicy",
		Good:   "kind: SecurityPolicy\nspec: {targetRefs: [{kind: HTTPRoute, name: prometheus}], oidc: {…}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		asked := authenticated(c)
		for _, kind := range []string{kube.HTTPRoute, kube.Ingress} {
			for _, o := range c.Kind(kind) {
				program := adminProgram(o)
				if program == "" || asked["*"] || asked[o.ID.Kind+" "+o.ID.Name] || asksItself(o) {
					continue
				}
				behind := false
				for _, ref := range kube.ParentRefs(o) {
					behind = behind || asked["Gateway "+review.Text(ref, "name")]
				}
				if behind {
					continue
				}
				h := review.Hit{Object: o, Field: "/metadata/name", Key: "auth", Verdict: review.NotSeenIf(!flux.AllSeen(c)), Searched: []string{"SecurityPolicies, RequestAuthentications, AuthorizationPolicies and annotations in all rendered targets"},
					Message: fmt.Sprintf("%s leads to %s, without authentication in front of it.", o.ID, program)}
				if adminPrograms[program] {
					h.Severity = review.Low
				}
				p.Report(h)
			}
		}
	}).OfAudits(),
}

// adminProgram is the operators' program that an entrance leads to; "" for none.
func adminProgram(o *model.Object) string {
	var words []string
	hosts, _ := review.Lookup(o.Fields(), "spec", "hostnames").([]any)
	for _, h := range hosts {
		if s, ok := h.(string); ok {
			words = append(words, s)
		}
	}
	for _, r := range review.Items(o.Fields(), "spec", "rules") {
		words = append(words, review.Text(r, "host"))
		for _, b := range review.Items(r, "backendRefs") {
			words = append(words, review.Text(b, "name"))
		}
	}
	for _, w := range words {
		first, _, _ := strings.Cut(strings.ToLower(w), ".")
		for _, program := range slices.Sorted(maps.Keys(adminPrograms)) {
			if first == program || strings.HasPrefix(first, program+"-") || strings.HasSuffix(first, "-"+program) {
				return program
			}
		}
	}
	return ""
}

// authenticated gives the kinds and names before which something asks who it is;
// "*" where a mesh does, which is not followed further.
func authenticated(c *review.Cluster) map[string]bool {
	out := map[string]bool{}
	for _, kind := range []string{"SecurityPolicy.gateway.envoyproxy.io", "AuthPolicy.kuadrant.io", kube.KgatewayTrafficPolicy} {
		for _, policy := range c.Kind(kind) {
			spec := review.Map(policy.Fields(), "spec")
			for _, ref := range append(review.Items(spec, "targetRefs"), review.Map(spec, "targetRef")) {
				out[review.Text(ref, "kind")+" "+review.Text(ref, "name")] = true
			}
			if spec["targetSelectors"] != nil {
				out["*"] = true
			}
		}
	}
	for _, kind := range []string{kube.RequestAuthentication, kube.AuthorizationPolicy} {
		if len(c.Kind(kind)) > 0 {
			out["*"] = true
		}
	}
	return out
}

// asksItself reports whether an entrance says that someone asks: by an
// annotation, or by a filter whose extension is not read here.
func asksItself(o *model.Object) bool {
	for annotation := range review.Map(o.Fields(), "metadata", "annotations") {
		if strings.Contains(annotation, "/auth") || strings.Contains(annotation, "middlewares") || strings.Contains(annotation, "oauth") || strings.Contains(annotation, "konghq.com/plugins") {
			return true
		}
	}
	return kube.HasExtensionFilter(o)
}
