package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDependsonMissingTarget = &review.Check{
	ID: "flux-dependson-missing-target", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Dependencies},
	Doc: review.Doc{
		Title:  "waits for something that does not exist",
		What:   "Follows `dependsOn` of Flux Kustomizations and HelmReleases.",
		Why:    "It waits for ever: `dependency not found`. Nothing of it is applied, and nothing of what waits for it.",
		Fix:    "Mend the name, or take the entry out together with what it named.",
		Verify: "flux get kustomizations -A | grep -i dependency",
		Waive:  "What it names is made by something that is not in this repository; say what.",
		Effort: "small",
		Bad:    "dependsOn: [{name: infra-controler}]",
		Good:   "dependsOn: [{name: infra-controllers}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: dependencies, Then: "It will wait for ever."}.Run(p, c)
	}),
}

func dependencies(o *model.Object) []reference.To {
	kind := o.ID.GroupKind()
	if kind != kustomizationKind && kind != helmReleaseKind {
		return nil
	}
	var out []reference.To
	for i, d := range review.Items(o.Fields(), "spec", "dependsOn") {
		namespace := review.Text(d, "namespace")
		if namespace == "" {
			namespace = o.ID.Namespace
		}
		out = append(out, reference.To{Kind: kind, Namespace: namespace, Name: review.Text(d, "name"), Field: fmt.Sprintf("/spec/dependsOn/%d/name", i)})
	}
	return out
}
