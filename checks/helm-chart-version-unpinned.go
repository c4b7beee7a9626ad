package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/pin"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmChartVersionUnpinned = &review.Check{
	ID: "helm-chart-version-unpinned", Area: review.SupplyChain, Severity: review.Critical, Tags: []review.Tag{review.Charts, review.Upgrades},
	Doc: review.Doc{
		Title:  "chart version is not pinned",
		What:   "Looks at the chart version of HelmReleases, HelmCharts and Argo CD Applications that read a Helm repository. It must be one exact version. These are not exact: empty, `*`, a range, a wildcard, a word such as `latest`, and 0.0.0 with any suffix. A chart from a Git repository has no version; `source-ref-mutable` checks its ref.",
		Why:    "The cluster upgrades itself on the day somebody publishes a chart, without review, in all environments at once. A rollback to last week's commit does not restore last week's chart.",
		Fix:    "Write the version that runs now, and let Renovate or Dependabot propose the next one.",
		Verify: "kubectl get helmreleases -A -o custom-columns=NAME:.metadata.name,WANTED:.spec.chart.spec.version,RUNS:.status.history[0].chartVersion",
		Waive:  "A development cluster that follows a chart on purpose.",
		Effort: "small",
		Bad:    "version: \">=1.0.0\"",
		Good:   "version: \"1.14.2\"",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, c := range charts(o) {
			if pinnedVersion(c.version) {
				continue
			}
			said := fmt.Sprintf("follows `%s`, which is no exact version", c.version)
			if c.version == "" {
				said = "names no version, so it takes the newest"
			}
			p.Report(review.Hit{Object: o, Field: c.field, Measure: looseness(c.version), Message: fmt.Sprintf("%s: the chart `%s` %s. It upgrades itself, unreviewed.", o.ID, c.name, said)})
		}
	}),
}

type chart struct{ name, version, field string }

// charts gives the charts that an object takes from a Helm repository.
func charts(o *model.Object) []chart {
	read := func(fields map[string]any, at, name, version string) []chart {
		return []chart{{name: review.Text(fields, name), version: pin.Text(fields[version]), field: at + "/" + version}}
	}
	switch o.ID.GroupKind() {
	case flux.HelmRelease:
		spec := review.Map(o.Fields(), "spec", "chart", "spec")
		if kind := review.Text(spec, "sourceRef", "kind"); spec == nil || kind == "GitRepository" || kind == "Bucket" {
			return nil
		}
		return read(spec, "/spec/chart/spec", "chart", "version")
	case flux.HelmChart:
		spec := review.Map(o.Fields(), "spec")
		if review.Text(spec, "sourceRef", "kind") != "HelmRepository" {
			return nil
		}
		return read(spec, "/spec", "chart", "version")
	case kube.Application:
		var out []chart
		if s := review.Map(o.Fields(), "spec", "source"); review.Text(s, "chart") != "" {
			out = append(out, read(s, "/spec/source", "chart", "targetRevision")...)
		}
		for i, s := range review.Items(o.Fields(), "spec", "sources") {
			if review.Text(s, "chart") != "" {
				out = append(out, read(s, fmt.Sprint("/spec/sources/", i), "chart", "targetRevision")...)
			}
		}
		return out
	}
	return nil
}

// looseness orders versions that move: within bounds, without an upper bound,
// without any.
func looseness(version string) int {
	switch {
	case version == "" || version == "*" || pin.Moves(version):
		return 3
	case strings.HasPrefix(version, ">") && !strings.Contains(version, "<"):
		return 2
	}
	return 1
}

// pinnedVersion reports whether a chart's version is one exact version.
func pinnedVersion(v string) bool {
	return pin.Exact.MatchString(v) && !pin.StandIn.MatchString(v)
}
