package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// tlsElsewhere are parts of annotations by which an ingress controller is told
// of TLS outside `spec.tls`.
var tlsElsewhere = []string{"certificate-arn", "ssl-certificate", "ssl-cert", "pre-shared-cert", "managed-certificates", "router.tls", "router.entrypoints", "ssl-redirect", "ssl-passthrough", "tls-acme", "appgw-ssl"}

var ingressTLSMissing = &review.Check{
	ID: "ingress-tls-missing", Area: review.Security, Severity: review.Low, Tags: []review.Tag{review.TLS, review.Routes},
	Doc: review.Doc{
		Title:  "ingress without TLS",
		What:   "Looks for Ingresses without `spec.tls`, except where an annotation configures TLS in another way. Low, because many controllers have their own certificate for all hosts, which is not visible here; medium if the change removes `tls`. Also looks for hosts of `rules` that no entry of `tls` covers, each by itself, where there are entries and all of them name hosts: low, medium if the change does it. Not for controllers that choose certificates without these hosts (AWS, Traefik), or that an annotation gives one.",
		Why:    "Without a certificate for its host, traffic is in clear text, or uses the controller's own certificate, which browsers refuse.",
		Fix:    "Add `tls:` with all hosts of `rules` and the certificate's Secret.",
		Verify: "curl -sI https://HOST/ | head -1",
		Waive:  "The controller has a default certificate, or a proxy in front of it terminates TLS.",
		Effort: "small",
		Bad:    "spec: {rules: [{host: shop.acme.test, …}]}",
		Good:   "spec:\n  tls: [{hosts: [shop.acme.test], secretName: shop-tls}]\n  rules: [{host: shop.acme.test, …}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != kube.Ingress {
			return
		}
		if servesTLS(o) {
			hostsWithoutTLS(p, o)
			return
		}
		h := review.Hit{Object: o, Field: "/spec/tls", Message: fmt.Sprintf("%s names no certificate for its hosts.", o.ID)}
		if old := p.Before(o); old != nil && old.ID == o.ID && servesTLS(old) {
			h.Severity, h.Title = review.Medium, "TLS removed from ingress"
			h.Message = fmt.Sprintf("%s named a certificate before, and names none now.", o.ID)
		}
		p.Report(h)
	}),
}

// byHosts are the annotations among tlsElsewhere that leave it to `spec.tls` which
// certificate a host has.
var byHosts = []string{"ssl-redirect", "tls-acme"}

// hostsWithoutTLS tells of hosts that the Ingress serves, and that none of its
// certificates is for.
func hostsWithoutTLS(p *review.Pass, o *model.Object) {
	hosts, covered := uncovered(o)
	var before []bareHost
	old := p.Before(o)
	hadTLS := old != nil && len(review.Items(old.Fields(), "spec", "tls")) > 0
	if hadTLS {
		before, _ = uncovered(old)
	}
	for _, host := range hosts {
		h := review.Hit{Object: o, Field: fmt.Sprintf("/spec/rules/%d/host", host.rule), Key: "host " + host.name, Severity: review.Low, Title: "host without a certificate",
			Message: fmt.Sprintf("%s serves `%s`, and `spec.tls` is for %s alone: no certificate that it names is for this host.", o.ID, host.name, text.Some(text.Code(covered)))}
		if hadTLS && !slices.ContainsFunc(before, func(b bareHost) bool { return b.name == host.name }) {
			h.Severity = review.Medium
		}
		p.Report(h)
	}
}

// bareHost is a host that no certificate is for, and the first rule that has it.
type bareHost struct {
	rule int
	name string
}

// uncovered gives the hosts of an Ingress that no entry of its `tls` covers, and the hosts
// that are; none where all are, or where that is not decided by these.
func uncovered(o *model.Object) (hosts []bareHost, covered []string) {
	switch class := review.Text(o.Fields(), "spec", "ingressClassName"); {
	case class == "alb", strings.Contains(class, "traefik"), class == "tailscale":
		return nil, nil
	}
	for key := range review.Labels(o.Fields(), "metadata", "annotations") {
		names := func(part string) bool { return strings.Contains(key, part) }
		if slices.ContainsFunc(tlsElsewhere, names) && !slices.ContainsFunc(byHosts, names) || strings.Contains(key, "traefik") {
			return nil, nil
		}
	}
	for _, t := range review.Items(o.Fields(), "spec", "tls") {
		hosts, _ := t["hosts"].([]any)
		if len(hosts) == 0 {
			return nil, nil // it is for all
		}
		for _, h := range hosts {
			name, _ := h.(string)
			if name == "" || strings.Contains(name, "$") {
				return nil, nil
			}
			covered = append(covered, name)
		}
	}
	if len(covered) == 0 {
		return nil, nil
	}
	for i, r := range review.Items(o.Fields(), "spec", "rules") {
		host := review.Text(r, "host")
		if host == "" || strings.Contains(host, "$") || slices.ContainsFunc(covered, func(c string) bool { return hostMatches(c, host) }) ||
			slices.ContainsFunc(hosts, func(b bareHost) bool { return b.name == host }) {
			continue
		}
		hosts = append(hosts, bareHost{i, host})
	}
	return hosts, covered
}

// hostMatches reports whether a certificate's host is a name, or has it under its wildcard.
func hostMatches(of, host string) bool {
	of, host = strings.ToLower(of), strings.ToLower(host)
	_, parent, _ := strings.Cut(host, ".")
	return of == host || of == "*."+parent
}

func servesTLS(ingress *model.Object) bool {
	if len(review.Items(ingress.Fields(), "spec", "tls")) > 0 || review.Text(ingress.Fields(), "spec", "ingressClassName") == "tailscale" {
		return true
	}
	for key := range review.Labels(ingress.Fields(), "metadata", "annotations") {
		for _, part := range tlsElsewhere {
			if strings.Contains(key, part) {
				return true
			}
		}
	}
	return false
}
