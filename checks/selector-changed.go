package checks

import (
	"fmt"
	"slices"
	"sort"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var selectorChanged = &review.Check{
	ID: "selector-changed", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "selector selects other pods",
		What:   "Compares the labels by which Services, network policies, PodDisruptionBudgets, monitors and Istio policies select pods. Not reported if the same rendered workloads match before and after, for instance when a transformer adds a label to all of them. A Service that selects nothing any more is reported as `dangling-service`, a workload's own selector as `immutable-field-change`.",
		Why:    "The object still exists, but applies to other pods or to none: traffic goes elsewhere, a policy protects nothing, an alert never fires.",
		Fix:    "Make the selector match the labels of the intended pods.",
		Verify: "kubectl get pods -n NAMESPACE -l KEY=VALUE",
		Waive:  "It should select other pods from now on.",
		Effort: "small",
		Bad:    "podSelector: {matchLabels: {app: wbe}}",
		Good:   "podSelector: {matchLabels: {app: web}}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		path := kube.SelectorFields[c.Object.GroupKind()]
		if c.Change != review.Modified || path == nil {
			return
		}
		before, now := review.Labels(c.Base.Fields(), path...), review.Labels(c.Head.Fields(), path...)
		if text.Labels(before) == text.Labels(now) || len(before) == 0 && c.Object.Kind == "Service" {
			return
		}
		old, current := selected(p, c, before, now)
		switch {
		case len(old) > 0 && slices.Equal(old, current):
			return
		case len(old) > 0 && len(current) == 0 && (c.Object.Kind == "Service" || c.Object.GroupKind() == kube.PodDisruptionBudget):
			return // told by dangling-service and pdb-ineffective
		}
		severity, what := review.High, ""
		switch {
		case len(current) == 0 && len(old) == 0:
			severity, what = review.Medium, "The pods are not rendered here, so what it selects now cannot be seen."
		case len(current) == 0:
			what = fmt.Sprintf("It selected %s and selects nothing now.", text.Some(old))
		case len(old) == 0:
			severity, what = review.Medium, fmt.Sprintf("It selected nothing and selects %s now.", text.Some(current))
		default:
			what = fmt.Sprintf("It selected %s and selects %s now.", text.Some(old), text.Some(current))
		}
		p.Report(review.Hit{
			Object: c.Head, Field: kube.ChangedLabel(path, before, now), Key: "selector", Severity: severity,
			Message: fmt.Sprintf("%s selects by `%s` now, and by `%s` before. %s", c.Object, text.Labels(now), text.Labels(before), what),
		})
	}),
}

// selected gives what matches on both sides, by kind and name.
func selected(p *review.Pass, c review.Change, before, now map[string]string) (old, current []string) {
	list := func(cluster *review.Cluster, on *model.Object, labels map[string]string) []string {
		var found []*model.Object
		switch {
		case c.Object.Kind == "ServiceMonitor":
			found = kube.ServicesWith(cluster, on.ID.Namespace, labels)
		case len(labels) == 0:
			found = cluster.Near(on, cluster.WorkloadsIn(on.ID.Namespace))
		default:
			found = cluster.Near(on, cluster.Selected(on.ID.Namespace, labels))
		}
		out := make([]string, len(found))
		for i, o := range found {
			out[i] = o.ID.Kind + " " + o.ID.Name
		}
		sort.Strings(out)
		return slices.Compact(out)
	}
	for _, cluster := range p.Around() {
		if len(cluster.Targets(c.Head)) == 0 {
			continue
		}
		current = append(current, list(cluster, c.Head, now)...)
		if cluster.Before != nil {
			old = append(old, list(cluster.Before, c.Base, before)...)
		}
	}
	return old, current
}
