package reference

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Issuers gives the issuers of cert-manager that an object names.
func Issuers(o *model.Object) []To {
	var out []To
	switch {
	case o.ID.GroupKind() == kube.Certificate:
		ref := review.Map(o.Fields(), "spec", "issuerRef")
		if g := review.Text(ref, "group"); g != "" && g != kube.CertManagerGroup {
			return nil
		}
		out = append(out, issuer(o, review.Text(ref, "kind"), review.Text(ref, "name"), "/spec/issuerRef/name"))
	case o.ID.GroupKind() == kube.Ingress, o.ID.GroupKind() == kube.Gateway:
		annotations := review.Labels(o.Fields(), "metadata", "annotations")
		for annotation, kind := range map[string]string{"cluster-issuer": "ClusterIssuer", "issuer": "Issuer"} {
			if name := annotations[kube.CertManagerGroup+"/"+annotation]; name != "" && annotations[kube.CertManagerGroup+"/issuer-group"] == "" {
				out = append(out, issuer(o, kind, name, review.Pointer("metadata", "annotations", kube.CertManagerGroup+"/"+annotation)))
			}
		}
	}
	return out
}

func issuer(o *model.Object, kind, name, field string) To {
	if kind == "" {
		kind = "Issuer"
	}
	r := To{Kind: fmt.Sprintf("%s.%s", kind, kube.CertManagerGroup), Name: name, Field: field}
	if kind == "Issuer" {
		r.Namespace = o.ID.Namespace
	}
	return r
}

// Staging reports whether an issuer is called like one of Let's Encrypt's
// staging environment.
func Staging(issuer string) bool { return strings.Contains(strings.ToLower(issuer), "staging") }
