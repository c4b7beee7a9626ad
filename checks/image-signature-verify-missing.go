package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var imageSignatureVerifyMissing = presence.Check(review.Check{
	ID: "image-signature-verify-missing", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Signatures},
	Doc: review.Doc{
		Title:  "image signatures are not verified",
		What:   "In every cluster that runs something, looks for a policy that refuses images without a signature: Kyverno's verifyImages and ImageValidatingPolicy, sigstore's ClusterImagePolicy, Connaisseur, Ratify. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "Whoever can push to the registry, or change a tag in transit, decides what runs.",
		Fix:    "Sign images in the pipeline with cosign, and verify them with a Kyverno `verifyImages` rule, first in Audit mode.",
		Verify: "kubectl get clusterpolicies -o json | jq '.items[].spec.rules[].verifyImages'",
		Waive:  "The registry or the nodes' runtime verifies signatures; say which.",
		Effort: "large",
	},
}, presence.Wanted{
	Needs:    presence.RunsSomething,
	Has:      presence.VerifiesImages,
	Absent:   "In %s nothing verifies the signatures of images.",
	Searched: []string{"verifyImages, ImageValidatingPolicy, ClusterImagePolicy in all rendered targets"},
})
