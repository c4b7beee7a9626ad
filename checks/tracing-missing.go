package checks

import (
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var tracingMissing = present(review.Check{
	ID: "tracing-missing", Area: review.Observability, Severity: review.Low, Tags: []review.Tag{review.Traces},
	Doc: review.Doc{
		Title:  "nothing traces requests",
		What:   "Looks, in every cluster that runs something, for what takes traces: Tempo, Jaeger, an OpenTelemetry collector, a mesh's Telemetry, an exporter's address in a container. Only an audit tells; where a part of the cluster is not visible, it is said that this is not known.",
		Why:    "A request that is slow crosses six programs, and each of them says that it was not the one.",
		Fix:    "Run a collector, and send it traces from the gateway first.",
		Verify: "kubectl get pods -A | grep -iE 'tempo|jaeger|otel'",
		Waive:  "A hosted service takes traces by an agent that is installed elsewhere.",
		Effort: "large",
	},
}, presence{
	needs:    runsSomething,
	has:      tracesSomething,
	absent:   "In %s nothing takes traces.",
	searched: []string{"Tempo, Jaeger, OpenTelemetry and exporters' addresses in all rendered targets"},
})
