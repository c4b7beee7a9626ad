package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var reconciliationSuspended = &review.Check{
	ID: "reconciliation-suspended", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.Drift},
	Doc: review.Doc{
		Title:  "reconciliation suspended",
		What:   "Looks for Flux objects with `suspend: true`, and for CronJobs that the change suspends.",
		Why:    "From then on nothing of it is applied, including security updates, and drift is not corrected. Nobody is notified, and the suspension is easily forgotten.",
		Fix:    "Suspend by hand while you work (`flux suspend kustomization NAME`), and leave the file unchanged.",
		Verify: "flux get all -A | grep True.*suspended; kubectl get kustomizations,helmreleases -A -o json | jq -r '.items[] | select(.spec.suspend) | .metadata.name'",
		Waive:  "It must stay suspended for longer; say until when.",
		Effort: "small",
		Bad:    "spec: {suspend: true}",
		Good:   "spec: {suspend: false}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
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
