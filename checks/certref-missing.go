package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var certrefMissing = &review.Check{
	ID: "certref-missing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.TLS, review.References},
	Doc: review.Doc{
		Title:  "certificate secret does not exist",
		What:   "Checks that the TLS Secrets named by Gateway listeners and Ingresses exist. A Certificate with that `secretName`, an ExternalSecret, a SealedSecret, and cert-manager's annotation on the object itself count as its source. In an audit, if a Certificate for the same host writes another Secret, the annotation counts only if its issuer exists; without the annotation the listener is reported if nobody reads what the Certificate writes.",
		Why:    "The listener is not programmed, or answers with a self-signed certificate that every browser refuses.",
		Fix:    "Use the same name in both places: the listener's `certificateRefs` and the Certificate's `secretName`.",
		Verify: "kubectl get gateways -A -o json | jq -r '.items[].spec.listeners[].tls.certificateRefs[]?.name'; kubectl get secrets -A --field-selector type=kubernetes.io/tls",
		Waive:  "The Secret is created by hand or by another repository; say which.",
		Effort: "small",
		Bad:    "tls: {certificateRefs: [{name: edge-cert}]}   # the Certificate writes edge-tls",
		Good:   "tls: {certificateRefs: [{name: edge-tls}]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		told := map[string]bool{}
		if p.Audit {
			told = otherSecret(p, c)
		}
		made := func(of *review.Cluster, r reference.To) bool {
			return told[r.String()] || reference.MadeByController(of, r)
		}
		reference.Dangling{Of: certificateReferences, Made: made, Then: "The host has no valid certificate."}.Run(p, c)
	}),
}

func certificateReferences(o *model.Object) []reference.To {
	if kind := o.ID.GroupKind(); kind != kube.Gateway && kind != kube.Ingress {
		return nil
	}
	for annotation := range review.Labels(o.Fields(), "metadata", "annotations") {
		if strings.HasPrefix(annotation, kube.CertManagerGroup+"/") || annotation == "kubernetes.io/tls-acme" {
			return nil
		}
	}
	return namedCertificates(o)
}

// namedCertificates are the TLS Secrets that an object names, whoever makes them.
func namedCertificates(o *model.Object) []reference.To {
	var out []reference.To
	switch o.ID.GroupKind() {
	case kube.Gateway:
		for i, l := range review.Items(o.Fields(), "spec", "listeners") {
			for j, ref := range review.Items(l, "tls", "certificateRefs") {
				namespace := review.Text(ref, "namespace")
				if namespace == "" {
					namespace = o.ID.Namespace
				}
				out = append(out, reference.To{Kind: kube.Secret, Namespace: namespace, Name: review.Text(ref, "name"),
					Field: fmt.Sprintf("/spec/listeners/%d/tls/certificateRefs/%d/name", i, j), Holder: listener(l)})
			}
		}
	case kube.Ingress:
		for i, t := range review.Items(o.Fields(), "spec", "tls") {
			out = append(out, reference.To{Kind: kube.Secret, Namespace: o.ID.Namespace, Name: review.Text(t, "secretName"), Field: fmt.Sprintf("/spec/tls/%d/secretName", i)})
		}
	}
	return out
}

// otherSecret reports, in an audit, a Gateway for whose host a Certificate writes another
// Secret than the listener reads, and tells which Secrets it spoke of: where cert-manager
// is to make one for the Gateway and the issuer is not there, or where it is not, and
// nobody reads what the Certificate writes.
func otherSecret(p *review.Pass, c *review.Cluster) map[string]bool {
	told := map[string]bool{}
	for _, o := range c.Kind(kube.Gateway) {
		issuers := reference.Issuers(o)
		if slices.ContainsFunc(issuers, func(r reference.To) bool { return len(c.Named(r.Kind, r.Namespace, r.Name)) > 0 }) {
			continue
		}
		hosts := map[string]string{} // by listener, as a reference's holder names it
		for _, l := range review.Items(o.Fields(), "spec", "listeners") {
			hosts[listener(l)] = review.Text(l, "hostname")
		}
		for _, r := range namedCertificates(o) {
			if r.Name == "" || reference.Writer(c, r) != nil || len(c.Named(r.Kind, r.Namespace, r.Name)) > 0 || reference.FromStore(c, r) || len(issuers) == 0 && reference.MadeByController(c, r) {
				continue
			}
			for _, cert := range c.Kind(kube.Certificate) {
				if covers(cert, hosts[r.Holder]) && (len(issuers) > 0 || !readByAny(c, cert)) {
					told[r.String()] = true
					p.Report(review.Hit{Object: o, Field: r.Field, Key: r.Field + " other", Verdict: review.NotSeenIf(!c.Complete && !flux.SeenIn(p, c, r.Namespace)), Related: []*model.Object{cert},
						Message: fmt.Sprintf("%s names %s, which nothing writes: %s writes `%s`%s for the same host.", reference.Subject(o, r), r, cert.ID, review.Text(cert.Fields(), "spec", "secretName"), abroad(cert, r))})
					break
				}
			}
		}
	}
	return told
}

// readByAny reports whether a Gateway or an Ingress reads what a Certificate writes: it
// is for that one, then.
func readByAny(c *review.Cluster, cert *model.Object) bool {
	for _, kind := range []string{kube.Gateway, kube.Ingress} {
		for _, o := range c.Kind(kind) {
			for _, r := range namedCertificates(o) {
				if r.Name == review.Text(cert.Fields(), "spec", "secretName") && review.SameNamespace(cert.ID.Namespace, r.Namespace) {
					return true
				}
			}
		}
	}
	return false
}

func listener(l map[string]any) string { return fmt.Sprintf("listener `%s`", review.Text(l, "name")) }

// abroad says in which namespace a Certificate writes, where that is another one than
// a Secret is looked for in.
func abroad(cert *model.Object, r reference.To) string {
	if review.SameNamespace(cert.ID.Namespace, r.Namespace) {
		return ""
	}
	return " in namespace " + cert.ID.Namespace
}

// covers reports whether a Certificate is for a host.
func covers(cert *model.Object, host string) bool {
	names, _ := review.Map(cert.Fields(), "spec")["dnsNames"].([]any)
	return host != "" && slices.Contains(names, any(host))
}
