package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// front matches the names of what is meant to take traffic from outside.
var front = pattern.New(`(?i)ingress|gateway|traefik|envoy|contour|haproxy|nginx-(internal|external)|istio|proxy|edge|load-?balancer`)

// internalMarks are annotations by which cloud providers keep a load balancer
// inside the network.
var internalMarks = []string{"aws-load-balancer-internal", "aws-load-balancer-scheme=internal", "azure-load-balancer-internal", "load-balancer-type=internal",
	"openstack-internal-load-balancer", "oci-load-balancer-internal", "hcloud-use-private"}

var serviceExposed = &review.Check{
	ID: "service-exposed", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.Exposure, review.Network},
	Doc: review.Doc{
		Title:  "service is exposed",
		What:   "Looks for Services of type LoadBalancer or NodePort, and for external IPs. Exposing a Service that was internal is high, a new one is medium. A gateway or ingress, and a load balancer that its annotations keep internal, are advice. For a chart that is not rendered, checks the type of its Services in the values.",
		Why:    "The Service can be reached from outside, bypassing the ingress with its TLS, authentication and rate limits. A NodePort is open on every node.",
		Fix:    "Keep it `ClusterIP` and route to it through the gateway. If it must be open, restrict the clients: `loadBalancerSourceRanges`.",
		Verify: "kubectl get services -A -o wide | grep -E 'LoadBalancer|NodePort'",
		Waive:  "The gateway does not support the protocol; say who reaches the Service.",
		Effort: "small",
		Bad:    "spec: {type: NodePort}",
		Good:   "spec: {type: ClusterIP}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != kube.Service {
			return
		}
		old := p.Before(o)
		opened := old != nil && old.ID == o.ID && exposure(old) == ""
		if kind := exposure(o); kind != "" {
			severity, was := review.Medium, ""
			if opened {
				severity, was = review.High, " It was internal before."
			}
			if front.MatchString(o.ID.Name) || internal(o) {
				severity = review.Low
			}
			p.Report(review.Hit{
				Object: o, Field: "/spec/type", Key: "type", Severity: severity,
				Message: fmt.Sprintf("%s is a %s: %s.%s", o.ID, kind, reach(kind), was),
			})
		}
		if ips := kube.Texts(review.Lookup(o.Fields(), "spec", "externalIPs")); len(ips) > 0 {
			p.Report(review.Hit{
				Object: o, Field: "/spec/externalIPs", Measure: len(ips),
				Message: fmt.Sprintf("%s takes the traffic of %s, which anyone who may create Services can do with any address (CVE-2020-8554).", o.ID, text.Some(text.Code(ips))),
			})
		}
	}).ChartValues(exposureInValues),
}

func exposure(o *model.Object) string {
	kind := review.Text(o.Fields(), "spec", "type")
	if kind == "LoadBalancer" || kind == "NodePort" {
		return kind
	}
	return ""
}

func reach(kind string) string {
	if kind == "NodePort" {
		return "it is open on every node"
	}
	return "it gets an address of its own, past the ingress"
}

func internal(o *model.Object) bool {
	for key, value := range review.Labels(o.Fields(), "metadata", "annotations") {
		for _, mark := range internalMarks {
			name, want, exact := strings.Cut(mark, "=")
			if strings.HasSuffix(key, name) && (exact && strings.EqualFold(value, want) || !exact && value != "false") {
				return true
			}
		}
	}
	return false
}

var serviceKey = pattern.New(`(?i)service$`)

func exposureInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		kind := s.Text()
		in := v.On(setting.Outer(s.Path))
		if s.Key != "type" || kind != "LoadBalancer" && kind != "NodePort" || in == nil {
			return
		}
		if around := v.On(setting.Outer(in.Path)); !serviceKey.MatchString(in.Key) && (around == nil || !serviceKey.MatchString(around.Key)) {
			return
		}
		h := review.Hit{Severity: review.Medium, Message: fmt.Sprintf("%s makes a Service a %s: %s.", setting.Name(v, s.Path), kind, reach(kind))}
		if v.Before != nil && v.Before.On(in.Path) != nil && (v.Was(s.Path) == nil || v.Was(s.Path).Text() == "ClusterIP") {
			h.Severity, h.Message = review.High, h.Message+" It was internal before, as far as the values show."
		}
		if front.MatchString(v.Release.ID.Name) || front.MatchString(s.Path) {
			h.Severity = review.Low
		}
		setting.Report(p, v, s, "", h)
	})
}
