package audit

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// rule is an alert of a PrometheusRule or a VMRule.
type rule struct {
	name, expr string
	of         *model.Object
}

// rules are the alerts that are rendered, each once.
func (v *Inventory) rules() []rule {
	var out []rule
	for _, t := range v.snapshot.Targets {
		for _, o := range t.Objects {
			if kind := o.ID.GroupKind(); kind != "PrometheusRule.monitoring.coreos.com" && kind != "VMRule.operator.victoriametrics.com" {
				continue
			}
			if v.seen[t.Target.Cluster+" "+o.ID.GroupKind()+" "+o.ID.Namespace+"/"+o.ID.Name] != o {
				continue // of another target of the same cluster
			}
			for _, g := range review.Items(o.Fields(), "spec", "groups") {
				for _, r := range review.Items(g, "rules") {
					if name := review.Text(r, "alert"); name != "" {
						out = append(out, rule{name, review.Text(r, "expr"), o})
					}
				}
			}
		}
	}
	return out
}

// alerts names the alerts that are rendered.
func (s shelf) alerts() []Said {
	all := s.rules()
	if len(all) == 0 {
		return nil
	}
	var names []string
	for _, r := range all {
		names = append(names, r.name)
	}
	return say(count(len(all), "alert")+": "+some(names, 12), nil)
}

// runsOut matches what measures when a certificate ends: cert-manager, the blackbox
// exporter and x509-exporter.
var runsOut = pattern.New(`certmanager_certificate_expiration|certmanager_certificate_ready|probe_ssl_earliest|x509_cert_not_after`)

// expiry says whether an alert tells that a certificate ends.
func (s shelf) expiry() []Said {
	certificates := len(s.filling(Certificates)) > 0 || s.Kinds["Certificate.cert-manager.io"] > 0
	for _, r := range s.rules() {
		if runsOut.MatchString(r.expr) {
			return say("the alert "+r.name+" tells when one runs out", nil)
		}
	}
	if !certificates {
		return nil
	}
	return lacks("no alert rule here tells when one runs out")
}

// traced matches program code that makes traces, carried what hands their context on.
var (
	traced  = words(`\bopentelemetry\b|go\.opentelemetry\.io|io\.opentelemetry`)
	carried = words(`traceparent|TraceContext|set_global_textmap|SetTextMapPropagator|\bpropagat(e|or|ors|ion)\b`)
)

// tracesInCode says where program code speaks of traces: whether they are on, it does
// not say.
func (s shelf) tracesInCode() []Said {
	found := s.code(traced, 1)
	if len(found) > 0 {
		found[0].Text = "program code can make them"
	}
	return found
}

// propagation says what hands the context of a request on from service to service: the
// propagators of an Instrumentation or of values, a mesh's tracing, program code, texts.
func (s shelf) propagation() []Said {
	var out []Said
	for _, t := range s.snapshot.Targets {
		for _, o := range t.Objects {
			if list, _ := review.Map(o.Fields(), "spec")["propagators"].([]any); o.ID.GroupKind() == "Instrumentation.opentelemetry.io" && len(list) > 0 && len(out) == 0 {
				out = say("Instrumentation "+strings.TrimPrefix(o.ID.Namespace+"/"+o.ID.Name, "/")+" names its propagators", nil)
			}
		}
	}
	found := s.code(carried, 1)
	if len(found) > 0 {
		found[0].Text = "program code speaks of it"
	}
	out = append(append(out, found...), s.sections(words(`propagat|trace context|correlation id`), 2)...)
	if len(out) == 0 && (len(s.filling(TracesRole)) > 0 || len(s.filling(Collector)) > 0 || len(s.code(traced, 1)) > 0) {
		return lacks("nothing here says how the context of a trace is handed on (the propagators of an Instrumentation, a mesh's Telemetry); whether the programs do is not visible")
	}
	return out
}

// some are the first of a list, and how many more there are.
func some(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
