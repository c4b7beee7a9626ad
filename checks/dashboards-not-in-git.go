package checks

import (
	"bytes"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var dashboardsNotInGit = presence.Check(review.Check{
	ID: "dashboards-not-in-git", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Dashboards},
	Doc: review.Doc{
		Title:  "Grafana without dashboards in Git",
		What:   "If a cluster installs Grafana, looks for dashboards: JSON files with panels, ConfigMaps with the label grafana_dashboard, GrafanaDashboards, `dashboards` or `dashboardProviders` in the values. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "The dashboards exist only in Grafana's database. They are lost with it, and changes to them are not reviewed.",
		Fix:    "Export them as JSON, and load them from ConfigMaps with the label `grafana_dashboard`.",
		Verify: "kubectl get configmaps -A -l grafana_dashboard",
		Waive:  "Dashboards come from a chart or another repository; say which.",
		Effort: "medium",
	},
}, presence.Wanted{
	Needs:    presence.OfCharts("grafana", "kube-prometheus-stack", "grafana-operator", "victoria-metrics-k8s-stack"),
	Has:      hasDashboards,
	Absent:   "%s brings Grafana, and no dashboard is in this repository.",
	Searched: []string{"*.json with panels and schemaVersion", "ConfigMaps with the label grafana_dashboard, GrafanaDashboards", "dashboards and dashboardProviders in the values"},
})

// hasDashboards reports whether the repository keeps dashboards of Grafana.
func hasDashboards(p *review.Pass, c *review.Cluster) bool {
	if presence.AnyKind("GrafanaDashboard.grafana.integreatly.org", "Dashboard.grafana.crossplane.io")(p, c) {
		return true
	}
	for _, o := range c.Kind(kube.ConfigMap) {
		if review.Labels(o.Fields(), "metadata", "labels")["grafana_dashboard"] != "" {
			return true
		}
	}
	for _, o := range flux.Releases(c, "grafana", "kube-prometheus-stack", "victoria-metrics-k8s-stack") {
		trees, _ := flux.Values(c, o)
		for _, key := range []string{"dashboards", "dashboardProviders"} {
			if flux.Said(flux.ValueAt(trees, key)) || flux.Said(flux.ValueAt(trees, "grafana", key)) {
				return true
			}
		}
	}
	for _, file := range p.Paths() {
		if path.Ext(file) == ".json" && strings.Contains(strings.ToLower(file), "dashboard") {
			if content := p.Read(file); bytes.Contains(content, []byte(`"panels"`)) && bytes.Contains(content, []byte(`"schemaVersion"`)) {
				return true
			}
		}
	}
	return false
}
