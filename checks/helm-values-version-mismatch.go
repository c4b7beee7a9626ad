package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/pin"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesVersionMismatch = &review.Check{
	ID: "helm-values-version-mismatch", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.HelmValues, review.Upgrades},
	Doc: review.Doc{
		Title:  "values file for another chart version",
		What:   "Compares the version in the name of a HelmRelease's values file with the chart's version. A file that is newer than the chart is medium; a chart that is newer than the file's name is low.",
		Why:    "Values are written for one version of a chart. Another version ignores keys that it does not know, and features that they should turn off stay on.",
		Fix:    "Update the chart and the values file in the same change.",
		Verify: "helm show values REPO/CHART --version VERSION | diff - helm-values/FILE",
		Waive:  "The file fits both versions.",
		Effort: "small",
		Bad:    "# chart version 10.1.1, values-12.0.1.yaml",
		Good:   "# chart version 12.0.1, values-12.0.1.yaml",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		fitted := fittingValues(c.Before)
		for _, v := range flux.ValuesFiles(c) {
			chart, file, fits := versionsOf(v)
			if fits {
				continue
			}
			h := review.Hit{Verdict: review.Sure, Object: v.Release, Field: "/spec/chart/spec/version", Key: "values of " + stemOf(v.Holder), Severity: review.Low,
				Message: fmt.Sprintf("%s runs the chart in version %s with values for %s (`%s`).", v.Release.ID, chart, file, v.Key.File)}
			if old := p.Before(v.Release); old != nil && fitted[old.ID.String()+" "+stemOf(v.Holder)+v.Pointer] == chart {
				h.Severity = review.Medium // the chart stayed, the values went
			}
			p.Report(h)
		}
	}),
}

// versionsOf gives the version of a release's chart and that in the name of a
// values file of it. They fit where one of them is none, too.
func versionsOf(v flux.ValuesFile) (chart, file string, fit bool) {
	chart = strings.TrimPrefix(pin.Text(review.Lookup(v.Release.Fields(), "spec", "chart", "spec", "version")), "v")
	file = fileVersion(v.Key.File)
	return chart, file, file == "" || !pin.Exact.MatchString(chart) || strings.HasPrefix(chart, file)
}

// fittingValues gives the chart's version for each release and object of values
// whose file fits it.
func fittingValues(c *review.Cluster) map[string]string {
	out := map[string]string{}
	if c == nil {
		return out
	}
	for _, v := range flux.ValuesFiles(c) {
		if chart, _, fit := versionsOf(v); fit {
			out[v.Release.ID.String()+" "+stemOf(v.Holder)+v.Pointer] = chart
		}
	}
	return out
}

// stemOf is an object's name without Kustomize's hash of its content.
func stemOf(o *model.Object) string {
	stem, _ := review.GeneratedName(o.ID.Name)
	return stem
}

var versionInName = pattern.New(`-v?(\d+\.\d+\.\d+)(?:[-.][A-Za-z0-9]+)*\.ya?ml$`)

// fileVersion is the version in the name of a values file; "" for none.
func fileVersion(file string) string {
	if m := versionInName.FindStringSubmatch(path.Base(file)); m != nil {
		return m[1]
	}
	return ""
}
