package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var reconciliationSuspended = &review.Check{
	ID: "reconciliation-suspended", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.Drift},
	Doc: review.Doc{
		Title:  "reconciliation suspended",
		What:   "Looks for Flux objects with `suspend: true`, for CronJobs that the change suspends, and for objects that Flux is told to leave alone (`kustomize.toolkit.fluxcd.io/reconcile: disabled`, `…/ssa: Ignore`).",
		Why:    "From then on nothing of it is applied, including security updates, and drift is not corrected. Nobody is notified, and the suspension is easily forgotten.",
		Fix:    "Suspend by hand while you work (`flux suspend kustomization NAME`), and leave the file unchanged.",
		Verify: "flux get all -A | grep True.*suspended; kubectl get kustomizations,helmreleases -A -o json | jq -r '.items[] | select(.spec.suspend) | .metadata.name'",
		Waive:  "It must stay suspended for longer; say until when.",
		Effort: "small",
		Bad:    "spec: {suspend: true}",
		Good:   "spec: {suspend: false}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		leftAlone(p, o)
		if !flux.Belongs(o) && o.ID.GroupKind() != kube.CronJob {
			return
		}
		on, _ := review.Bool(o.Fields(), "spec", "suspend")
		switch {
		case !on:
		case flux.Belongs(o):
			p.Report(review.Hit{Object: o, Field: "/spec/suspend", Message: fmt.Sprintf("%s is suspended: changes to what it applies no longer reach the cluster.", o.ID)})
		default:
			p.Report(review.Hit{Object: o, Field: "/spec/suspend", Severity: review.Low, Title: "job suspended", Message: fmt.Sprintf("%s is suspended: it no longer runs.", o.ID)})
		}
	}),
}

// leavesAlone are the annotations and labels by which Flux skips an object, whatever case
// their value has. Source: kustomize-controller, fluxcd/pkg/ssa 0.84.
var leavesAlone = map[string]string{
	"kustomize.toolkit.fluxcd.io/reconcile": "disabled",
	"kustomize.toolkit.fluxcd.io/ssa":       "Ignore",
}

// leftAlone tells of an object that Flux neither makes nor changes.
func leftAlone(p *review.Pass, o *model.Object) {
	for _, list := range []string{"annotations", "labels"} {
		said := review.Labels(o.Fields(), "metadata", list)
		for _, key := range slices.Sorted(maps.Keys(leavesAlone)) {
			if !strings.EqualFold(said[key], leavesAlone[key]) || kube.AppliedByAnother(p, o, model.Flux) {
				continue
			}
			p.Report(review.Hit{Object: o, Field: review.Pointer("metadata", list, key), Title: "left alone by Flux",
				Message: fmt.Sprintf("%s has `%s: %s`: Flux does not create it, and no change of it reaches the cluster.", o.ID, key, said[key])})
			return
		}
	}
}
