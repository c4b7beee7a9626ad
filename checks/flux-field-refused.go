package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// fluxDuration is what Flux' own definitions take for a duration (the pattern of
// kustomize-controller 1.9, helm-controller 1.6 and source-controller 1.9).
var fluxDuration = pattern.New(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

// durationFields are the names of Flux' fields that hold a duration, wherever they
// stand in a spec.
var durationFields = map[string]bool{"interval": true, "retryInterval": true, "timeout": true}

// intervalRequired are the kinds that are refused without an interval.
var intervalRequired = map[string]bool{
	flux.Kustomization: true, flux.HelmRelease: true,
	flux.GitRepository: true, flux.OCIRepository: true,
}

// freeFields hold what is not Flux' own.
var freeFields = map[string]bool{"values": true, "patches": true, "postRenderers": true, "postBuild": true, "commonMetadata": true}

var fluxFieldRefused = &review.Check{
	ID: "flux-field-refused", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Sources},
	Doc: review.Doc{
		Title:  "Flux refuses the object",
		What:   "Looks in Flux objects for invalid durations (`10 minutes`), for a missing `interval` where it is required, and for CEL expressions (`healthCheckExprs`, `readyExpr`, `resourceFilter`, `commitStatusExpr`) that cannot be parsed or, except in health checks, name a variable that there is not.",
		Why:    "The API server refuses an object with an invalid duration, and the whole Kustomization that applies it fails. An expression that does not compile stalls its Kustomization and all that depend on it, and a Receiver or Provider with one does nothing.",
		Fix:    "Write durations as numbers with a unit: `10m`, `1h30m`. Correct the expression where the message says.",
		Verify: "kubectl apply --server-side --dry-run=server -f FILE",
		Waive:  "Another version of Flux accepts it.",
		Effort: "small",
		Bad:    "interval: 10 minutes",
		Good:   "interval: 10m",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if !flux.Belongs(o) {
			return
		}
		spec, _ := o.Fields()["spec"].(map[string]any)
		w := fluxFields{Pass: p, object: o}
		if spec != nil && spec["interval"] == nil && intervalRequired[o.ID.GroupKind()] {
			w.report("/spec/interval", fmt.Sprintf("%s has no `interval`, which it must have.", o.ID))
		}
		w.walk(spec, "/spec")
	}),
}

// fluxFields looks for what Flux refuses in one object.
type fluxFields struct {
	*review.Pass
	object *model.Object
}

func (w fluxFields) report(field, message string) {
	w.Report(review.Hit{Object: w.object, Field: field, Key: field, Message: message})
}

func (w fluxFields) walk(value any, at string) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			here := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
			text, isText := child.(string)
			switch {
			case at == "/spec" && freeFields[key], model.Redacted(child), isText && strings.Contains(text, "${"):
			case durationFields[key] && child != nil && !(isText && fluxDuration.MatchString(text)):
				if _, more := child.(map[string]any); !more {
					w.report(here, fmt.Sprintf("%s: `%v` is no duration: write it as `10m` or `1h30m`.", w.object.ID, child))
				}
			case isText && strings.HasPrefix(at, "/spec/healthCheckExprs/") && key != "apiVersion" && key != "kind":
				if err := policy.Syntax(text); err != nil { // its names are the object's, which Flux does not know
					w.report(here, fmt.Sprintf("%s: the expression cannot be parsed: %s", w.object.ID, err))
				}
			case isText && len(w.variables(at, key)) > 0:
				if err := policy.Names(text, w.variables(at, key)...); err != nil {
					w.report(here, fmt.Sprintf("%s: the expression %s", w.object.ID, err))
				}
			default:
				w.walk(child, here)
			}
		}
	case []any:
		for i, child := range v {
			w.walk(child, fmt.Sprintf("%s/%d", at, i))
		}
	}
}

// variables are what an expression in a field may name; none where it is no expression
// (kustomize-controller 1.9 and helm-controller 1.6, checkDependencies;
// notification-controller 1.9, newFilterExpression and newCommitStatusExpression).
func (w fluxFields) variables(at, key string) []string {
	kind := w.object.ID.Kind
	switch {
	case key == "readyExpr" && (kind == "Kustomization" || kind == "HelmRelease"):
		return []string{"self", "dep"}
	case kind == "Receiver" && (at == "/spec" && key == "resourceFilter" || strings.HasPrefix(at, "/spec/resources/") && key == "filter"):
		return []string{"res", "req", "claims"}
	case kind == "Provider" && at == "/spec" && key == "commitStatusExpr":
		return []string{"event", "alert", "provider"}
	}
	return nil
}
