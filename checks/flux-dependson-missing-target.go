package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDependsonMissingTarget = &review.Check{
	ID: "flux-dependson-missing-target", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Dependencies},
	Doc: review.Doc{
		Title:  "dependsOn something that does not exist",
		What:   "Checks that the targets of `dependsOn` in Flux Kustomizations and HelmReleases exist.",
		Why:    "It waits forever: `dependency not found`. It is not applied, and neither is anything that depends on it.",
		Fix:    "Correct the name, or remove the entry together with the object that it named.",
		Verify: "flux get kustomizations -A | grep -i dependency",
		Waive:  "Something outside this repository creates the target; say what.",
		Effort: "small",
		Bad:    "dependsOn: [{name: infra-controler}]",
		Good:   "dependsOn: [{name: infra-controllers}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: flux.Dependencies, Then: "It will wait for ever."}.Run(p, c)
	}),
}
