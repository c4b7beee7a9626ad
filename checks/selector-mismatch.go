package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// selectingKinds are the workloads whose selector must match their own pods.
var selectingKinds = []string{kube.Deployment, kube.StatefulSet, kube.DaemonSet, kube.ReplicaSet, kube.Rollout}

var selectorMismatch = &review.Check{
	ID: "selector-mismatch", ByLabels: true, Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "selector does not match its own pods",
		What:   "Looks for Deployments, StatefulSets, DaemonSets and ReplicaSets whose `selector` does not match the labels of their own pod template. A missing selector is reported as `schema-invalid`.",
		Why:    "The API server refuses the object: `selector` does not match template `labels`.",
		Fix:    "Add the selector's labels to the template. The selector of an existing workload cannot change: change the labels.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "Never; it cannot be applied.",
		Effort: "small",
		Bad:    "selector: {matchLabels: {app: web}}\ntemplate: {metadata: {labels: {app: wbe}}}",
		Good:   "selector: {matchLabels: {app: web}}\ntemplate: {metadata: {labels: {app: web}}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if !slices.Contains(selectingKinds, o.ID.GroupKind()) {
			return
		}
		raw := review.Map(o.Fields(), "spec", "selector")
		if raw == nil || review.Map(o.Fields(), "spec", "template") == nil {
			return
		}
		if review.Unsettled(review.Lookup(raw, "matchLabels")) || review.Unsettled(review.Lookup(o.Fields(), "spec", "template", "metadata", "labels")) {
			return
		}
		have := review.Labels(o.Fields(), "spec", "template", "metadata", "labels")
		matches, why := kube.Selects(raw, have)
		if matches {
			return
		}
		p.Report(review.Hit{Object: o, Field: "/spec/selector", Message: fmt.Sprintf("%s: %s. It will be refused.", o.ID, why)})
	}),
}
