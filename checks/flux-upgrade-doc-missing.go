package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxUpgradeDocMissing = repo.Documented(review.Check{
	ID: "flux-upgrade-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "Flux upgrades are not documented",
		What:   "If Flux applies the repository, looks for a section on upgrading Flux. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "Flux applies everything, including itself. After a failed upgrade it may not be able to roll back from Git.",
		Fix:    "Document how to change the version, what to check first (removed API versions above all), and how to go back.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "Renovate updates the version and someone reads the release notes; document this.",
		Effort: "medium",
		Good:   "## Upgrading Flux\n\nRaise the version.\nRead the notes.\nWatch `flux check`.",
	},
}, repo.Topic{
	About:   "upgrading Flux",
	Heading: pattern.New(`(?i)\b(flux(cd)?|gitops toolkit)\b.*\b(upgrad|updat|bump)|\b(upgrad|updat|bump)\w*\b.*\bflux`),
	Body:    nil,
	Wanted:  usesFlux,
})

// usesFlux reports whether Flux applies something of the repository.
func usesFlux(p *review.Pass) bool {
	for _, c := range p.Clusters {
		if len(c.Kind(flux.Kustomization)) > 0 {
			return true
		}
	}
	return false
}
