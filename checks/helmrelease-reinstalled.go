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
		What:   "Looks for changes of a HelmRelease that helm-controller cannot make by an upgrade: another `releaseName`, `targetNamespace` or `storageNamespace`, or a chart of another name (unless `upgrade.chartNameChangeStrategy` is `InPlaceUpdate`). The name of a chart in Git is the one in its `Chart.yaml`, wherever it lies. A HelmRelease that moves to another namespace is reported as `objects-namespace-moved`.",
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
			if before == after || path[0] == "chart" && (before == "" || after == "" || keepsRelease(c.Head) || !namesChart(c.Base) || !namesChart(c.Head)) {
				continue
			}
			p.Report(review.Hit{Object: c.Head, Field: review.Pointer(at...), Key: path[len(path)-1],
				Message: fmt.Sprintf("%s: `%s` is `%s` and was `%s`. The release will be uninstalled and installed again.", c.Object, path[len(path)-1], after, before)})
		}
	}).AndFiles(renamedCharts),
}

// keepsRelease reports whether a release is upgraded to a chart of another name.
func keepsRelease(o *model.Object) bool {
	return review.Text(o.Fields(), "spec", "upgrade", "chartNameChangeStrategy") == "InPlaceUpdate"
}

// namesChart reports whether a release names its chart by the chart's own name; of a
// source of files it names a directory.
func namesChart(o *model.Object) bool {
	return review.Text(o.Fields(), "spec", "chart", "spec", "sourceRef", "kind") == "HelmRepository"
}

// renamedCharts tells of releases whose chart is called otherwise in its own metadata,
// which is what helm-controller 1.0 to 1.6 compares.
func renamedCharts(p *review.Pass) {
	if p.Audit || p.Side != model.Head {
		return
	}
	before := map[string]string{}
	for i := range p.BaseTargets {
		before[p.BaseTargets[i].Target.ID] = p.BaseTargets[i].ChartName
	}
	for i := range p.HeadTargets {
		t := &p.HeadTargets[i]
		was := before[t.Target.ID]
		if t.ChartName == "" || was == "" || was == t.ChartName {
			continue
		}
		o := p.AskedBy(t.Target.ID)
		if o == nil || keepsRelease(o) || namesChart(o) && p.Before(o) != nil && namesChart(p.Before(o)) {
			continue
		}
		p.Report(review.Hit{Object: o, Field: review.Pointer("spec", "chart", "spec", "chart"), Key: "chart name",
			Message: fmt.Sprintf("%s: its chart is called `%s` in its Chart.yaml, and was called `%s`. The release will be uninstalled and installed again.", o.ID, t.ChartName, was)})
	}
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
