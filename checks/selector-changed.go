package checks

import (
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// selectorFields says where each kind keeps the labels by which it selects pods.
var selectorFields = map[string][]string{
	"Service":                                 {"spec", "selector"},
	"NetworkPolicy.networking.k8s.io":         {"spec", "podSelector", "matchLabels"},
	"CiliumNetworkPolicy.cilium.io":           {"spec", "endpointSelector", "matchLabels"},
	pdbKind:                                   {"spec", "selector", "matchLabels"},
	"PodMonitor.monitoring.coreos.com":        {"spec", "selector", "matchLabels"},
	"AuthorizationPolicy.security.istio.io":   {"spec", "selector", "matchLabels"},
	"PeerAuthentication.security.istio.io":    {"spec", "selector", "matchLabels"},
	"RequestAuthentication.security.istio.io": {"spec", "selector", "matchLabels"},
	"ServiceMonitor.monitoring.coreos.com":    {"spec", "selector", "matchLabels"},
}

var selectorChanged = &review.Check{
	ID: "selector-changed", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "selector selects other pods",
		What:   "Compares the labels by which Services, network policies, PodDisruptionBudgets, monitors and Istio policies select pods. Quiet where the same rendered workloads match before and after, as when a transformer adds a label to all of them. A Service that selects nothing any more is told as `dangling-service`, a workload's own selector as `immutable-field-change`.",
		Why:    "The object goes on to exist and does its work for other pods, or for none: traffic goes elsewhere, a policy protects nothing, an alert never fires.",
		Fix:    "Make the selector and the labels of the pods that are meant equal.",
		Verify: "kubectl get pods -n NAMESPACE -l KEY=VALUE",
		Waive:  "It is meant to select other pods from now on.",
		Effort: "small",
		Bad:    "podSelector: {matchLabels: {app: wbe}}",
		Good:   "podSelector: {matchLabels: {app: web}}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		path := selectorFields[c.Object.GroupKind()]
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
		case len(old) > 0 && len(current) == 0 && (c.Object.Kind == "Service" || c.Object.GroupKind() == pdbKind):
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
			Object: c.Head, Field: changedKey(path, before, now), Key: "selector", Severity: severity,
			Message: fmt.Sprintf("%s selected by `%s` and selects by `%s` now. %s", c.Object, text.Labels(before), text.Labels(now), what),
		})
	}),
}

// selected gives what matches on both sides, by kind and name.
func selected(p *review.Pass, c review.Change, before, now map[string]string) (old, current []string) {
	list := func(cluster *review.Cluster, on *model.Object, labels map[string]string) []string {
		var found []*model.Object
		switch {
		case c.Object.Kind == "ServiceMonitor":
			found = servicesWith(cluster, on.ID.Namespace, labels)
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
	for _, cluster := range p.Clusters {
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

func servicesWith(c *review.Cluster, namespace string, labels map[string]string) []*model.Object {
	var out []*model.Object
	for _, s := range c.Kind("Service") {
		if review.SameNamespace(s.ID.Namespace, namespace) && len(labels) > 0 && carries(review.Labels(s.Fields(), "metadata", "labels"), labels) {
			out = append(out, s)
		}
	}
	return out
}

func carries(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

// changedKey points at the label that differs.
func changedKey(path []string, before, now map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(now)) {
		if before[k] != now[k] {
			return review.Pointer(append(slices.Clone(path), k)...)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(before)) {
		if _, ok := now[k]; !ok {
			return review.Pointer(append(slices.Clone(path), k)...)
		}
	}
	return review.Pointer(path...)
}
