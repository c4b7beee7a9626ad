package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var otelInstrumentationMissing = presence.Check(review.Check{
	ID: "otel-instrumentation-missing", Area: review.Observability, Severity: review.Low, Tags: []review.Tag{review.Traces},
	Doc: review.Doc{
		Title:  "OpenTelemetry operator without instrumentation",
		What:   "If a cluster installs the OpenTelemetry operator, looks for an Instrumentation. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "The operator is installed, but no application is instrumented.",
		Fix:    "Add an Instrumentation for the languages that you run, and the annotation on the workloads.",
		Verify: "kubectl get instrumentations -A",
		Waive:  "The operator is used only for its collectors.",
		Effort: "small",
	},
}, presence.Wanted{
	Needs:    presence.OfCharts("opentelemetry-operator", "opentelemetry-kube-stack"),
	Has:      presence.AnyKind(kube.Instrumentation),
	Absent:   "%s brings the operator, and no Instrumentation says what it is to trace.",
	Searched: []string{"Instrumentations in all rendered targets"},
})
