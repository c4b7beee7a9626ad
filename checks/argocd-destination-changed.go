package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdDestinationChanged = &review.Check{
	ID: "argocd-destination-changed", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Environments},
	Doc: review.Doc{
		Title:  "application moves to another cluster",
		What:   "Looks for Argo CD Applications whose `destination.server` or `destination.name` the change sets to another cluster.",
		Why:    "Argo CD creates everything in the new cluster and forgets the old one: what runs there is neither updated nor deleted, and its data does not move.",
		Fix:    "Add a second Application for the new cluster, move data and traffic, and delete the old one afterwards.",
		Verify: "kubectl get applications -A -o custom-columns=NAME:.metadata.name,SERVER:.spec.destination.server,CLUSTER:.spec.destination.name",
		Waive:  "The old cluster is gone, or is only named in another way now.",
		Effort: "medium",
		Bad:    "destination: {name: west, namespace: shop}   # was east",
		Good:   "# shop-west.yaml, beside shop-east.yaml\ndestination: {name: west, namespace: shop}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified || c.Object.GroupKind() != kube.Application {
			return
		}
		for _, field := range []string{"server", "name"} {
			was, is := argoDestination(c.Base, field), argoDestination(c.Head, field)
			if was == "" || is == "" || was == is {
				continue // one names it by its address, and the other by its name: they may be one
			}
			p.Report(review.Hit{Object: c.Head, Field: review.Pointer("spec", "destination", field), Key: "destination",
				Message: fmt.Sprintf("%s deploys to `%s` now, and deployed to `%s` before: what it applied there stays, and nothing manages it any more. Data does not move along.", c.Object, is, was)})
			return
		}
	}),
}

// argoDestination is the cluster of an Application, by its address or by its name.
func argoDestination(o *model.Object, field string) string {
	return review.Text(o.Fields(), "spec", "destination", field)
}
