package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ServiceSelector gives the labels by which a Service selects pods; none for one
// that selects nothing on purpose.
func ServiceSelector(o *model.Object) map[string]string {
	if o.ID.GroupKind() != Service || review.Text(o.Fields(), "spec", "type") == "ExternalName" {
		return nil
	}
	return review.Labels(o.Fields(), "spec", "selector")
}

// ServiceTargets gives the workloads whose pods a Service sends traffic to.
func ServiceTargets(c *review.Cluster, service *model.Object) []*model.Object {
	return c.Near(service, c.Selected(service.ID.Namespace, ServiceSelector(service)))
}

// BehindService reports whether a Service sends traffic to the workload.
func BehindService(c *review.Cluster, o *model.Object) bool {
	return len(ServicesOf(c, o)) > 0
}

// ServicesOf gives the Services that send traffic to a workload, found for the
// whole cluster at once: there may be thousands of both.
func ServicesOf(c *review.Cluster, o *model.Object) []*model.Object {
	return c.Made("services", func() any {
		out := map[*model.Object][]*model.Object{}
		for _, s := range c.Kind(Service) {
			for _, w := range c.Selected(s.ID.Namespace, ServiceSelector(s)) {
				if len(out[w]) < maxServices {
					out[w] = append(out[w], s)
				}
			}
		}
		return out
	}).(map[*model.Object][]*model.Object)[o]
}

// maxServices bounds how many Services of one workload are remembered.
const maxServices = 100

// ServicesWith gives the Services of a namespace that carry labels themselves; "" is
// every namespace. It looks only at those with the rarest of the labels: each monitor
// of a thousand asks once.
func ServicesWith(c *review.Cluster, namespace string, labels map[string]string) []*model.Object {
	type label struct{ key, value string }
	by := c.Made("services by label", func() any {
		out := map[label][]*model.Object{}
		for _, s := range c.Kind(Service) {
			for k, v := range review.Map(s.Fields(), "metadata", "labels") {
				if text, ok := v.(string); ok {
					out[label{k, text}] = append(out[label{k, text}], s)
				}
			}
		}
		return out
	}).(map[label][]*model.Object)
	var rarest []*model.Object
	first := true
	for k, v := range labels {
		if with := by[label{k, v}]; first || len(with) < len(rarest) {
			rarest, first = with, false
		}
	}
	var out []*model.Object
	for _, s := range rarest {
		if (namespace == "" || review.SameNamespace(s.ID.Namespace, namespace)) && Carries(s, labels) {
			out = append(out, s)
		}
	}
	return out
}

// Carries reports whether an object carries labels itself; no labels are carried by
// none.
func Carries(o *model.Object, want map[string]string) bool {
	have := review.Map(o.Fields(), "metadata", "labels")
	for k, v := range want {
		if text, ok := have[k].(string); !ok || text != v {
			return false
		}
	}
	return len(want) > 0
}

// Selects reports whether a selector matches labels, and says why it does not.
func Selects(raw map[string]any, have map[string]string) (ok bool, why string) {
	if raw["matchExpressions"] == nil { // nearly all: no need to decode
		want := review.Labels(raw, "matchLabels")
		for _, k := range slices.Sorted(maps.Keys(want)) {
			if have[k] != want[k] && !Open(have[k]) && !Open(want[k]) {
				return false, fmt.Sprintf("its selector asks for `%s=%s`, and its pods carry %s", k, want[k], carriedAs(have, k))
			}
		}
		if len(want) == 0 {
			return false, "its selector is empty"
		}
		return true, ""
	}
	var decoded metav1.LabelSelector
	if err := Recode(raw, &decoded); err != nil {
		return true, "" // the schema's matter
	}
	selector, err := metav1.LabelSelectorAsSelector(&decoded)
	if err != nil {
		return false, "its selector cannot be read"
	}
	return selector.Matches(labels.Set(have)), fmt.Sprintf("its selector `%s` does not match the labels of its pods", selector)
}

func carriedAs(have map[string]string, key string) string {
	if v, ok := have[key]; ok {
		return "`" + key + "=" + v + "`"
	}
	return "no `" + key + "`"
}

// Recode reads decoded JSON into a type.
func Recode(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	if model.HoldsEndless(text) {
		return errors.New("a number without end")
	}
	return json.Unmarshal(text, to)
}

// ChangedPodLabel points at the pod's label that no longer matches.
func ChangedPodLabel(pod review.Pod, o *model.Object, selector map[string]string) string {
	have := review.Labels(pod.Metadata, "labels")
	at := pod.Pointer[:len(pod.Pointer)-len("/spec")] + "/metadata/labels"
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		if have[k] != selector[k] {
			return at + review.Pointer(k)
		}
	}
	return at
}

// ChangedLabel points at the label that differs.
func ChangedLabel(path []string, before, now map[string]string) string {
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

// SelectorFields says where each kind keeps the labels by which it selects pods.
var SelectorFields = map[string][]string{
	Service:               {"spec", "selector"},
	NetworkPolicy:         {"spec", "podSelector", "matchLabels"},
	CiliumNetworkPolicy:   {"spec", "endpointSelector", "matchLabels"},
	PodDisruptionBudget:   {"spec", "selector", "matchLabels"},
	PodMonitor:            {"spec", "selector", "matchLabels"},
	AuthorizationPolicy:   {"spec", "selector", "matchLabels"},
	PeerAuthentication:    {"spec", "selector", "matchLabels"},
	RequestAuthentication: {"spec", "selector", "matchLabels"},
	ServiceMonitor:        {"spec", "selector", "matchLabels"},
}

// Unseen reports whether the workloads stand in targets that head does not show.
func Unseen(p *review.Pass, c *review.Cluster, had []*model.Object) bool {
	for _, o := range had {
		for _, id := range c.Before.Targets(o) {
			for _, t := range p.HeadTargets {
				if t.Target.ID == id && !t.Known() && t.Status != model.StatusAbsent {
					return true
				}
			}
		}
	}
	return false
}
