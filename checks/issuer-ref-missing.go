package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var issuerRefMissing = &review.Check{
	ID: "issuer-ref-missing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.TLS, review.References},
	Doc: review.Doc{
		Title:  "certificate issuer does not exist",
		What:   "Follows the Issuers and ClusterIssuers that Certificates name, and that Ingresses and Gateways name by cert-manager's annotations.",
		Why:    "No certificate is issued, and none is renewed: the site goes dark on the day the old one ends.",
		Fix:    "Mend the name and the kind, or put the issuer back.",
		Verify: "kubectl get clusterissuers,issuers -A; kubectl get certificates -A",
		Waive:  "The issuer is made by something that is not in this repository; say what.",
		Effort: "small",
		Bad:    "issuerRef: {kind: ClusterIssuer, name: letsencrypt-produ}",
		Good:   "issuerRef: {kind: ClusterIssuer, name: letsencrypt-prod}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		dangling{of: issuerReferences, then: "No certificate will be issued or renewed."}.run(p, c)
	}),
}

func issuerReferences(o *model.Object) []reference {
	var out []reference
	switch {
	case o.ID.GroupKind() == "Certificate."+kube.CertManagerGroup:
		ref := review.Map(o.Fields(), "spec", "issuerRef")
		if g := review.Text(ref, "group"); g != "" && g != kube.CertManagerGroup {
			return nil
		}
		out = append(out, issuer(o, review.Text(ref, "kind"), review.Text(ref, "name"), "/spec/issuerRef/name"))
	case o.ID.GroupKind() == kube.Ingress, o.ID.GroupKind() == "Gateway."+kube.GatewayGroup:
		annotations := review.Labels(o.Fields(), "metadata", "annotations")
		for annotation, kind := range map[string]string{"cluster-issuer": "ClusterIssuer", "issuer": "Issuer"} {
			if name := annotations[kube.CertManagerGroup+"/"+annotation]; name != "" && annotations[kube.CertManagerGroup+"/issuer-group"] == "" {
				out = append(out, issuer(o, kind, name, review.Pointer("metadata", "annotations", kube.CertManagerGroup+"/"+annotation)))
			}
		}
	}
	return out
}

func issuer(o *model.Object, kind, name, field string) reference {
	if kind == "" {
		kind = "Issuer"
	}
	r := reference{kind: fmt.Sprintf("%s.%s", kind, kube.CertManagerGroup), name: name, field: field}
	if kind == "Issuer" {
		r.namespace = o.ID.Namespace
	}
	return r
}
