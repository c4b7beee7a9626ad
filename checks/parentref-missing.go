package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var parentrefMissing = &review.Check{
	ID: "parentref-missing", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Routes},
	Doc: review.Doc{
		Title:  "route is attached to no gateway",
		What:   "Checks that the Gateways in the `parentRefs` of Gateway API routes exist, and that the listener exists if one is named and the Gateway is rendered here.",
		Why:    "No gateway accepts the route: its hosts answer 404, or do not answer.",
		Fix:    "Correct the name, namespace or sectionName.",
		Verify: "kubectl get httproutes -A -o json | jq -r '.items[] | select((.status.parents // []) == []) | .metadata.namespace+\"/\"+.metadata.name'",
		Waive:  "Something outside this repository creates the Gateway; say what.",
		Effort: "small",
		Bad:    "parentRefs: [{name: edge}]                    # lives in another namespace",
		Good:   "parentRefs: [{name: edge, namespace: gateway}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: parentReferences, Made: reference.MadeByController, Then: "No gateway serves it."}.Run(p, c)
		for _, o := range c.Objects {
			for i, ref := range kube.ParentRefs(o) {
				section := review.Text(ref, "sectionName")
				gateways := c.Near(o, c.Named(kube.Gateway, kube.ParentNamespace(o, ref), review.Text(ref, "name")))
				if section == "" || len(gateways) != 1 || listens(gateways[0], section) {
					continue
				}
				p.Report(review.Hit{
					Object: o, Field: fmt.Sprintf("/spec/parentRefs/%d/sectionName", i), Title: "route is attached to no listener", Related: gateways,
					Message: fmt.Sprintf("%s names the listener `%s` of %s, which has no such listener.", o.ID, section, gateways[0].ID),
				})
			}
		}
	}),
}

func parentReferences(o *model.Object) []reference.To {
	var out []reference.To
	for i, ref := range kube.ParentRefs(o) {
		out = append(out, reference.To{Kind: kube.Gateway, Namespace: kube.ParentNamespace(o, ref), Name: review.Text(ref, "name"), Field: fmt.Sprintf("/spec/parentRefs/%d/name", i)})
	}
	return out
}

func listens(gateway *model.Object, section string) bool {
	if kube.OpenItems(gateway.Fields(), []string{"name"}, "spec", "listeners") {
		return true
	}
	for _, l := range review.Items(gateway.Fields(), "spec", "listeners") {
		if review.Text(l, "name") == section {
			return true
		}
	}
	return false
}
