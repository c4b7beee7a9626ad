package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// retentions are the values by which a chart is told how long it keeps data.
var retentions = map[string][][]string{
	"kube-prometheus-stack":      {{"prometheus", "prometheusSpec", "retention"}, {"prometheus", "prometheusSpec", "retentionSize"}},
	"prometheus":                 {{"server", "retention"}, {"server", "retentionSize"}},
	"loki":                       {{"loki", "limits_config", "retention_period"}, {"loki", "structuredConfig", "limits_config", "retention_period"}},
	"tempo":                      {{"tempo", "retention"}},
	"tempo-distributed":          {{"compactor", "config", "compaction", "block_retention"}},
	"mimir-distributed":          {{"mimir", "structuredConfig", "limits", "compactor_blocks_retention_period"}},
	"victoria-metrics-k8s-stack": {{"vmsingle", "spec", "retentionPeriod"}, {"vmcluster", "spec", "retentionPeriod"}},
	"victoria-logs-single":       {{"server", "retentionPeriod"}, {"server", "retentionDiskSpaceUsage"}},
}

var retentionNotSet = &review.Check{
	ID: "retention-not-set", Area: review.Observability, Severity: review.Medium, Tags: []review.Tag{review.Metrics, review.Logs},
	Doc: review.Doc{
		Title:  "retention is not set",
		What:   "In an audit, reads the values of Prometheus, Loki, Tempo, Mimir and VictoriaMetrics releases for how long they keep their data. If values come from outside this repository, the result is unknown.",
		Why:    "The chart's default applies: ten days of metrics when you need last month's, or logs that are never deleted until the disk is full.",
		Fix:    "Set it: `prometheus.prometheusSpec.retention`, `loki.limits_config.retention_period` with the compactor's `retention_enabled`, and so on.",
		Verify: "kubectl get prometheus -A -o jsonpath='{.items[*].spec.retention}'",
		Waive:  "The chart's default is what you want; it is still better to write it down.",
		Effort: "small",
		Bad:    "values: {loki: {limits_config: {}}}",
		Good:   "values: {loki: {limits_config: {retention_period: 720h}}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		for _, o := range c.Kind(flux.HelmRelease) {
			paths, known := retentions[flux.Chart(c, o)]
			if !known {
				continue
			}
			p.Looked(1)
			trees, whole := flux.Values(c, o)
			set := false
			var searched []string
			for _, path := range paths {
				set = set || flux.Said(flux.ValueAt(trees, path...))
				searched = append(searched, "values "+review.Pointer(path...))
			}
			if !set {
				p.Report(review.Hit{Object: o, Field: "/metadata/name", Key: "retention", Verdict: review.NotSeenIf(!whole), Searched: searched,
					Message: fmt.Sprintf("%s: the values do not say how long data is kept; the default of the chart decides.", o.ID)})
			}
		}
	}).OfAudits(),
}
