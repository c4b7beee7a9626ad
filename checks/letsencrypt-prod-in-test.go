package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// testEnvironment matches directories and namespaces of what is no production.
var testEnvironment = pattern.New(`(?i)(^|[/._-])(test|testing|dev|development|staging|stage|sandbox|preview|qa|e2e)($|[/._-])`)

var letsencryptProdInTest = &review.Check{
	ID: "letsencrypt-prod-in-test", Area: review.Security, Severity: review.Low, Tags: []review.Tag{review.TLS, review.Environments},
	Doc: review.Doc{
		Title:  "production certificate issuer in a test environment",
		What:   "Looks for Certificates, Ingresses and Gateways that use an issuer with `prod` in its name, in targets or namespaces of a test environment, if the repository also has a staging issuer. A change from the staging issuer to it is medium.",
		Why:    "Let's Encrypt limits the certificates per week for each domain. A test environment that is recreated often uses them up, and production cannot renew. Every requested name is also published in the transparency logs.",
		Fix:    "Use the staging issuer.",
		Verify: "kubectl get certificates -A -o custom-columns=NS:.metadata.namespace,NAME:.metadata.name,ISSUER:.spec.issuerRef.name",
		Waive:  "Clients of the test environment cannot be given another root certificate.",
		Effort: "small",
		Bad:    "# overlays/test\nissuerRef: {kind: ClusterIssuer, name: letsencrypt-prod}",
		Good:   "# overlays/test\nissuerRef: {kind: ClusterIssuer, name: letsencrypt-staging}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if !stagingIssuerKnown(p) {
			return
		}
		for _, o := range c.Objects {
			for _, r := range reference.Issuers(o) {
				if !strings.Contains(strings.ToLower(r.Name), "prod") || !inTestEnvironment(c, o) {
					continue
				}
				h := review.Hit{Object: o, Field: r.Field, Message: fmt.Sprintf("%s asks `%s` for its certificate, in a test environment.", o.ID, r.Name)}
				if old := p.Before(o); old != nil && old != o && namesStaging(old) {
					h.Severity, h.Message = review.Medium, fmt.Sprintf("%s asked a staging issuer for its certificate and asks `%s` now, in a test environment.", o.ID, r.Name)
				}
				p.Report(h)
			}
		}
	}),
}

// inTestEnvironment reports whether an object stands in a test environment, and
// nowhere else.
func inTestEnvironment(c *review.Cluster, o *model.Object) bool {
	if testEnvironment.MatchString(o.ID.Namespace) || testEnvironment.MatchString(c.Name) {
		return true
	}
	for _, t := range c.Targets(o) {
		if !testEnvironment.MatchString(t) {
			return false
		}
	}
	return len(c.Targets(o)) > 0
}

// stagingIssuerKnown reports whether some object of the side is, or names, an
// issuer for staging.
func stagingIssuerKnown(p *review.Pass) bool {
	for _, c := range p.Clusters {
		for _, kind := range []string{kube.ClusterIssuer, kube.Issuer} {
			for _, o := range c.Kind(kind) {
				if reference.Staging(o.ID.Name) {
					return true
				}
			}
		}
		for _, o := range c.Objects {
			if namesStaging(o) {
				return true
			}
		}
	}
	return false
}

func namesStaging(o *model.Object) bool {
	for _, r := range reference.Issuers(o) {
		if reference.Staging(r.Name) {
			return true
		}
	}
	return false
}
