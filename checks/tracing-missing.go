package checks

import (
	"bytes"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var tracingMissing = presence.Check(review.Check{
	ID: "tracing-missing", Area: review.Observability, Severity: review.Low, Tags: []review.Tag{review.Traces},
	Doc: review.Doc{
		Title:  "no request tracing",
		What:   "In every cluster that runs something, looks for a trace collector: Tempo, Jaeger, an OpenTelemetry collector, a mesh's Telemetry, an exporter's address in a container. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "When a request that passes through several services is slow, nobody can tell which of them is the cause.",
		Fix:    "Run a collector, and send it traces from the gateway first.",
		Verify: "kubectl get pods -A | grep -iE 'tempo|jaeger|otel'",
		Waive:  "A hosted service collects traces with an agent that is installed elsewhere.",
		Effort: "large",
	},
}, presence.Wanted{
	Needs:    presence.RunsSomething,
	Has:      tracesSomething,
	Absent:   "In %s nothing takes traces.",
	Searched: []string{"Tempo, Jaeger, OpenTelemetry and exporters' addresses in all rendered targets"},
})

// tracesSomething reports whether something in a cluster takes or sends traces.
func tracesSomething(p *review.Pass, c *review.Cluster) bool {
	for _, o := range c.Kind(flux.HelmRelease) {
		name := flux.Chart(c, o)
		if strings.HasPrefix(name, "tempo") || strings.HasPrefix(name, "jaeger") || strings.HasPrefix(name, "opentelemetry-") || name == "alloy" || name == "zipkin" {
			return true
		}
	}
	for _, o := range c.Workloads() {
		if bytes.Contains(o.JSON(), []byte("OTEL_EXPORTER_OTLP")) || bytes.Contains(o.JSON(), []byte("jaegertracing/")) || bytes.Contains(o.JSON(), []byte("opentelemetry-collector")) {
			return true
		}
	}
	return presence.AnyKind("OpenTelemetryCollector.opentelemetry.io", kube.Instrumentation, "Jaeger.jaegertracing.io", "TempoStack.tempo.grafana.com", kube.IstioTelemetry)(p, c)
}
