package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDecryptionMissing = &review.Check{
	ID: "flux-decryption-missing", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "encrypted files without decryption",
		What:   "Looks for Flux Kustomizations that apply a SOPS-encrypted object and have no `decryption` after all patches.",
		Why:    "The object is applied as it is in Git: the API server refuses its `sops` field, or the application gets `ENC[…]` as its password.",
		Fix:    "Set `decryption: {provider: sops, secretRef: {name: sops-age}}` on the Kustomization.",
		Verify: "flux get kustomizations -A | grep -i sops",
		Waive:  "Something else decrypts the object before it is applied.",
		Effort: "small",
		Bad:    "kind: Kustomization\nspec: {path: ./apps}   # and apps/secret.sops.yaml",
		Good:   "kind: Kustomization\nspec: {path: ./apps, decryption: {provider: sops, secretRef: {name: sops-age}}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		encrypted := map[*model.Object][]*model.Object{}
		var owners []*model.Object
		for _, o := range c.Kind(kube.Secret) {
			if review.Map(o.Fields(), "sops") == nil {
				continue
			}
			for _, t := range c.Targets(o) {
				if k := flux.Owner(c, t); k != nil {
					if encrypted[k] == nil {
						owners = append(owners, k)
					}
					encrypted[k] = append(encrypted[k], o)
				}
			}
		}
		for _, k := range owners {
			if review.Map(k.Fields(), "spec", "decryption") == nil {
				p.Report(review.Hit{Object: k, Field: "/spec/decryption", Related: encrypted[k],
					Message: fmt.Sprintf("%s applies %s, which SOPS encrypted, and has no `decryption`.", k.ID, text.Some(text.Names(encrypted[k])))})
			}
		}
	}),
}
