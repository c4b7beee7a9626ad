package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
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
		What:   "Looks for Ingresses without `spec.tls`, except where an annotation configures TLS in another way. Low, because many controllers have their own certificate for all hosts, which is not visible here; medium if the change removes `tls`.",
		Why:    "Without a certificate for its host, traffic is in clear text, or uses the controller's own certificate, which browsers refuse.",
		Fix:    "Add `tls:` with the hosts and the certificate's Secret.",
		Verify: "curl -sI https://HOST/ | head -1",
		Waive:  "The controller has a default certificate, or a proxy in front of it terminates TLS.",
		Effort: "small",
		Bad:    "spec: {rules: [{host: shop.acme.test, …}]}",
		Good:   "spec:\n  tls: [{hosts: [shop.acme.test], secretName: shop-tls}]\n  rules: [{host: shop.acme.test, …}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != kube.Ingress || servesTLS(o) {
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
