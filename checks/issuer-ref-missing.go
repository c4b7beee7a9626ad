package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var issuerRefMissing = &review.Check{
	ID: "issuer-ref-missing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.TLS, review.References},
	Doc: review.Doc{
		Title:  "certificate issuer does not exist",
		What:   "Checks that the Issuers and ClusterIssuers exist that Certificates refer to, and that Ingresses and Gateways name in cert-manager's annotations.",
		Why:    "No certificate is issued or renewed: clients refuse the site when the current one expires.",
		Fix:    "Correct the name and the kind, or restore the issuer.",
		Verify: "kubectl get clusterissuers,issuers -A; kubectl get certificates -A",
		Waive:  "Something outside this repository creates the issuer; say what.",
		Effort: "small",
		Bad:    "issuerRef: {kind: ClusterIssuer, name: letsencrypt-produ}",
		Good:   "issuerRef: {kind: ClusterIssuer, name: letsencrypt-prod}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: reference.Issuers, Then: "No certificate will be issued or renewed."}.Run(p, c)
	}),
}
