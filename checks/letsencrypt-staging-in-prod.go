package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var letsencryptStagingInProd = &review.Check{
	ID: "letsencrypt-staging-in-prod", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.TLS, review.Environments},
	Doc: review.Doc{
		Title:  "staging certificate issuer in production",
		What:   "Looks for Certificates, Ingresses and Gateways that use an issuer with `staging` in its name, in targets or namespaces of production, and for a change from another issuer to such a one in any environment.",
		Why:    "No browser trusts Let's Encrypt's staging authority: every visitor sees a warning, and every client fails.",
		Fix:    "Use the production issuer.",
		Verify: "openssl s_client -connect HOST:443 -servername HOST </dev/null 2>/dev/null | openssl x509 -noout -issuer",
		Waive:  "A rehearsal in production with an end date.",
		Effort: "small",
		Bad:    "issuerRef: {kind: ClusterIssuer, name: letsencrypt-staging}",
		Good:   "issuerRef: {kind: ClusterIssuer, name: letsencrypt-prod}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Objects {
			for _, r := range reference.Issuers(o) {
				if !reference.Staging(r.Name) {
					continue
				}
				inProduction := repo.Production.MatchString(o.ID.Namespace) || repo.Production.MatchString(c.Name)
				for _, t := range c.Targets(o) {
					inProduction = inProduction || repo.Production.MatchString(t)
				}
				if inProduction || cameFromOther(p, o) {
					p.Report(review.Hit{Object: o, Field: r.Field, Message: fmt.Sprintf("%s asks `%s` for its certificate, which no browser trusts.", o.ID, r.Name)})
				}
			}
		}
	}),
}

// cameFromOther reports whether the object named another issuer before.
func cameFromOther(p *review.Pass, o *model.Object) bool {
	old := p.Before(o)
	if old == nil || old == o {
		return false
	}
	for _, r := range reference.Issuers(old) {
		if r.Name != "" && !reference.Staging(r.Name) {
			return true
		}
	}
	return false
}
