package checks

import (
	"bytes"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// tracesSomething reports whether something in a cluster takes or sends traces.
func tracesSomething(p *review.Pass, c *review.Cluster) bool {
	for _, o := range c.Kind(helmReleaseKind) {
		name := chartOf(c, o)
		if strings.HasPrefix(name, "tempo") || strings.HasPrefix(name, "jaeger") || strings.HasPrefix(name, "opentelemetry-") || name == "alloy" || name == "zipkin" {
			return true
		}
	}
	for _, o := range c.Workloads() {
		if bytes.Contains(o.JSON(), []byte("OTEL_EXPORTER_OTLP")) || bytes.Contains(o.JSON(), []byte("jaegertracing/")) || bytes.Contains(o.JSON(), []byte("opentelemetry-collector")) {
			return true
		}
	}
	return anyKind("OpenTelemetryCollector.opentelemetry.io", "Instrumentation.opentelemetry.io", "Jaeger.jaegertracing.io", "TempoStack.tempo.grafana.com", "Telemetry.telemetry.istio.io")(p, c)
}

// hasDashboards reports whether the repository keeps dashboards of Grafana.
func hasDashboards(p *review.Pass, c *review.Cluster) bool {
	if anyKind("GrafanaDashboard.grafana.integreatly.org", "Dashboard.grafana.crossplane.io")(p, c) {
		return true
	}
	for _, o := range c.Kind("ConfigMap") {
		if review.Labels(o.Fields(), "metadata", "labels")["grafana_dashboard"] != "" {
			return true
		}
	}
	for _, o := range releasesOf(c, "grafana", "kube-prometheus-stack", "victoria-metrics-k8s-stack") {
		trees, _ := releaseValues(c, o)
		for _, key := range []string{"dashboards", "dashboardProviders"} {
			if said(valueAt(trees, key)) || said(valueAt(trees, "grafana", key)) {
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

// hasObjectives reports whether something says how good is good enough.
func hasObjectives(p *review.Pass, c *review.Cluster) bool {
	for _, o := range c.Objects {
		switch o.ID.Group {
		case "sloth.slok.dev", "pyrra.dev", "openslo.com", "monitoring.googleapis.com":
			return true
		}
		for _, a := range alertsOf(o) {
			// The API server's own, in charts, are not this repository's.
			if name := strings.ToLower(a.name); (strings.Contains(name, "budget") || strings.Contains(name, "burn")) && !ofChart(p, o) {
				return true
			}
		}
	}
	for _, file := range p.Paths() {
		if base := strings.ToLower(path.Base(file)); strings.HasPrefix(base, "slo") && isDocument(file) {
			return true
		}
	}
	return false
}

// hasBackupSchedule reports whether something starts backups by the clock.
func hasBackupSchedule(p *review.Pass, c *review.Cluster) bool {
	for _, o := range releasesOf(c, "velero") {
		trees, _ := releaseValues(c, o)
		if said(valueAt(trees, "schedules")) {
			return true
		}
	}
	return anyKind("Schedule.velero.io")(p, c)
}
