package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmreleaseReinstalled = &review.Check{
	ID: "helmrelease-reinstalled", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Upgrades, review.Pruning},
	Doc: review.Doc{
		Title:  "release will be uninstalled first",
		What:   "Looks for changes of a HelmRelease that helm-controller cannot make by an upgrade: another `releaseName`, `targetNamespace` or `storageNamespace`, or another chart (unless `upgrade.chartNameChangeStrategy` is `InPlaceUpdate`). A HelmRelease that moves to another namespace is reported as `objects-namespace-moved`.",
		Why:    "helm-controller uninstalls the existing release and installs the new one. In between nothing of it runs, and what the uninstall deletes is lost, including the chart's volume claims with their data.",
		Fix:    "Keep the names, or move on purpose: back up the release's data, and plan the downtime.",
		Verify: "helm -n NAMESPACE get manifest RELEASE | grep -A3 'kind: PersistentVolumeClaim'",
		Waive:  "The release holds no data and may be down for some minutes.",
		Effort: "medium",
		Bad:    "targetNamespace: shop-v2   # was shop",
		Good:   "targetNamespace: shop",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified || c.Object.GroupKind() != flux.HelmRelease {
			return
		}
		for _, path := range [][]string{{"releaseName"}, {"targetNamespace"}, {"storageNamespace"}, {"chart", "spec", "chart"}} {
			at := append([]string{"spec"}, path...)
			before, after := identityOf(c.Base, at), identityOf(c.Head, at)
			if before == after || path[0] == "chart" && (before == "" || after == "" || review.Text(c.Head.Fields(), "spec", "upgrade", "chartNameChangeStrategy") == "InPlaceUpdate") {
				continue
			}
			p.Report(review.Hit{Object: c.Head, Field: review.Pointer(at...), Key: path[len(path)-1],
				Message: fmt.Sprintf("%s: `%s` is `%s` and was `%s`. The release will be uninstalled and installed again.", c.Object, path[len(path)-1], after, before)})
		}
	}),
}

// identityOf is a field that a release is known by, with what helm-controller 1.6
// takes where it is not set.
func identityOf(o *model.Object, at []string) string {
	if set := review.Text(o.Fields(), at...); set != "" {
		return set
	}
	switch at[len(at)-1] {
	case "targetNamespace", "storageNamespace":
		return o.ID.Namespace
	case "releaseName":
		if target := review.Text(o.Fields(), "spec", "targetNamespace"); target != "" {
			return target + "-" + o.ID.Name
		}
		return o.ID.Name
	}
	return ""
}
