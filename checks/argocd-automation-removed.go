package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdAutomationRemoved = &review.Check{
	ID: "argocd-automation-removed", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Drift},
	Doc: review.Doc{
		Title:  "application no longer syncs by itself",
		What:   "Looks for Argo CD Applications whose `syncPolicy.automated` the change removes or disables.",
		Why:    "From then on changes in the repository, security updates among them, wait until a person syncs the Application, and drift is not corrected.",
		Fix:    "Leave the file unchanged, and switch automated sync off in the cluster while you work.",
		Verify: "kubectl get applications -A -o json | jq -r '.items[] | select(.spec.syncPolicy.automated | not) | .metadata.name'",
		Waive:  "This Application is synced by hand on purpose; say by whom.",
		Effort: "small",
		Bad:    "syncPolicy: {}",
		Good:   "syncPolicy: {automated: {prune: true, selfHeal: true}}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change == review.Modified && c.Object.GroupKind() == kube.Application && automated(c.Base) && !automated(c.Head) {
			p.Report(review.Hit{Object: c.Head, Field: "/spec/syncPolicy/automated", Message: fmt.Sprintf("%s no longer syncs by itself: what changes in the repository waits until someone syncs it.", c.Object)})
		}
	}),
}

func automated(o *model.Object) bool {
	policy := review.Map(o.Fields(), "spec", "syncPolicy", "automated")
	enabled, said := review.Bool(policy, "enabled") // since Argo CD 3.1
	return policy != nil && (enabled || !said)
}
