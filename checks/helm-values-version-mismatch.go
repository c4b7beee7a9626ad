package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesVersionMismatch = &review.Check{
	ID: "helm-values-version-mismatch", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.HelmValues, review.Upgrades},
	Doc: review.Doc{
		Title:  "values file of another chart version",
		What:   "Where the values file of a HelmRelease has a version in its name, compares it with the chart's. Values that went ahead of the chart are medium; a chart that went ahead of a file that merely keeps its old name is low.",
		Why:    "Values are written for one version of a chart: keys that another does not know are ignored, and what they were to switch off stays on.",
		Fix:    "Raise the chart and the values file in the same change.",
		Verify: "helm show values REPO/CHART --version VERSION | diff - helm-values/FILE",
		Waive:  "The file fits both versions.",
		Effort: "small",
		Bad:    "# chart version 10.1.1, values-12.0.1.yaml",
		Good:   "# chart version 12.0.1, values-12.0.1.yaml",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, v := range valuesFiles(c) {
			spec := review.Map(v.release.Fields(), "spec", "chart", "spec")
			chart := strings.TrimPrefix(versionText(spec["version"]), "v")
			file := fileVersion(v.key.File)
			if file == "" || !exactVersion.MatchString(chart) || strings.HasPrefix(chart, file) {
				continue
			}
			h := review.Hit{Certain: true, Object: v.release, Field: "/spec/chart/spec/version", Key: "values of " + v.holder.ID.Name, Severity: review.Low,
				Message: fmt.Sprintf("%s runs the chart in version %s with values for %s (`%s`).", v.release.ID, chart, file, v.key.File)}
			if old := p.Before(v.release); old != nil && strings.TrimPrefix(versionText(review.Lookup(old.Fields(), "spec", "chart", "spec", "version")), "v") == chart {
				h.Severity = review.Medium // the chart stayed, the values went
			}
			p.Report(h)
		}
	}),
}
