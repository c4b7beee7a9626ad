package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var secretStrategyDocMissing = repo.Documented(review.Check{
	ID: "secret-strategy-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "use of several secret tools is not documented",
		What:   "If the repository keeps secrets in more than one way (SOPS, SealedSecrets, ExternalSecrets; the controller or a text about it counts), looks for a section that says which way is for which secrets. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "People choose one at random, keys are rotated in only one of two places, and read access must be audited twice.",
		Fix:    "Write one section: which way is for which secrets, who may read them, how they are rotated.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "One of the ways is being removed; say by when.",
		Effort: "medium",
		Good:   "## Secrets\n\nSOPS for what the cluster needs to start.\nExternalSecrets for the rest.\nRotate them in the vault.",
	},
}, repo.Topic{
	About:   "which way of keeping secrets is for what",
	Heading: pattern.New(`(?i)\bsecrets?\b`),
	Body:    pattern.New(`(?is)sops.*(sealed|external.?secret|vault)|(sealed|external.?secret|vault).*sops`),
	Wanted:  severalSecretWays,
})

// severalSecretWays reports whether secrets are kept in more than one way.
func severalSecretWays(p *review.Pass) bool {
	ways := map[string]bool{"sops": repo.SpeaksOfSops(p)}
	for _, c := range p.Clusters {
		ways["sealed"] = ways["sealed"] || len(c.Kind(kube.SealedSecret))+len(flux.Releases(c, "sealed-secrets")) > 0
		ways["external"] = ways["external"] || len(c.Kind(kube.ExternalSecret))+len(flux.Releases(c, "external-secrets")) > 0
	}
	n := 0
	for _, used := range ways {
		if used {
			n++
		}
	}
	return n > 1
}
