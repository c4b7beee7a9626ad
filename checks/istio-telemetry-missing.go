package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var istioTelemetryMissing = presence.Check(review.Check{
	ID: "istio-telemetry-missing", Area: review.Observability, Severity: review.Low, Tags: []review.Tag{review.Traces},
	Doc: review.Doc{
		Title:  "mesh without telemetry settings",
		What:   "If a cluster uses Istio, looks for a Telemetry object. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "The mesh uses its defaults: no traces, and possibly no access log.",
		Fix:    "Add a Telemetry in the root namespace with a tracing provider and a sampling rate.",
		Verify: "kubectl get telemetries -A",
		Waive:  "The mesh's defaults are enough for you.",
		Effort: "small",
	},
}, presence.Wanted{
	Needs:    presence.Mesh,
	Has:      presence.AnyKind(kube.IstioTelemetry),
	Absent:   "%s is part of a mesh in which no Telemetry says what is traced and logged.",
	Searched: []string{"Telemetries in all rendered targets"},
})
