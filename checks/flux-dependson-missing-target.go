package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDependsonMissingTarget = &review.Check{
	ID: "flux-dependson-missing-target", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Dependencies},
	Doc: review.Doc{
		Title:  "waits for something that does not exist",
		What:   "Follows `dependsOn` of Flux Kustomizations and HelmReleases.",
		Why:    "It waits for ever: `dependency not found`. Nothing of it is applied, and nothing of what waits for it.",
		Fix:    "Correct the name, or take the entry out together with what it named.",
		Verify: "flux get kustomizations -A | grep -i dependency",
		Waive:  "What it names is created by something outside this repository; say what.",
		Effort: "small",
		Bad:    "dependsOn: [{name: infra-controler}]",
		Good:   "dependsOn: [{name: infra-controllers}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: flux.Dependencies, Then: "It will wait for ever."}.Run(p, c)
	}),
}
