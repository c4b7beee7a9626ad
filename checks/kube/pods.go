package kube

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// LongRunning are the kinds whose pods are meant to run on.
var LongRunning = []string{Deployment, StatefulSet, DaemonSet, ReplicaSet, "ReplicationController",
	Rollout, "CloneSet.apps.kruise.io", DeploymentConfig}

// ProbePorts are where a container names one of its ports.
var ProbePorts = [][]string{
	{"readinessProbe", "httpGet"}, {"readinessProbe", "tcpSocket"}, {"livenessProbe", "httpGet"}, {"livenessProbe", "tcpSocket"},
	{"startupProbe", "httpGet"}, {"startupProbe", "tcpSocket"}, {"lifecycle", "preStop", "httpGet"}, {"lifecycle", "postStart", "httpGet"},
}

// HasPort reports whether a container declares a port by number or name.
func HasPort(c review.Container, target any) bool {
	if OpenItems(c.Fields, []string{"name", "containerPort"}, "ports") {
		return true
	}
	for _, port := range review.Items(c.Fields, "ports") {
		switch t := target.(type) {
		case string:
			if port["name"] == t {
				return true
			}
		case json.Number:
			if port["containerPort"] == t {
				return true
			}
		}
	}
	return false
}

// HasKey reports whether a ConfigMap or Secret holds a key. A Secret without any
// is filled by something else, and may.
func HasKey(o *model.Object, key string) bool {
	for _, section := range []string{"data", "stringData", "binaryData"} {
		if review.Unsettled(o.Fields()[section]) {
			return true
		}
		if _, ok := review.Map(o.Fields(), section)[key]; ok {
			return true
		}
	}
	return o.ID.Kind == "Secret" && len(review.Map(o.Fields(), "data"))+len(review.Map(o.Fields(), "stringData")) == 0
}

// Quantity reads a Kubernetes quantity; ok is false where the value is none.
func Quantity(v any) (q resource.Quantity, ok bool) {
	text := fmt.Sprint(v)
	if v == nil || model.Endless(text) {
		return q, false
	}
	q, err := resource.ParseQuantity(text)
	return q, err == nil
}

// Texts gives the strings of a list.
func Texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// SecuritySetting is what the security context of a container says at a path, or
// with pod that of its pod: its value, its pointer, and the container's pointer
// as the owner where the pod's does not count.
func SecuritySetting(c review.Container, pod bool, path ...string) (value any, field, owner string) {
	at := append([]string{"securityContext"}, path...)
	if v := c.Field(at...); v != nil {
		return v, c.At(at...), c.Pointer
	}
	if v := review.Lookup(c.Pod.Spec, at...); pod && v != nil {
		return v, c.Pod.At(at...), ""
	}
	return nil, c.At(at...), c.Pointer
}

// HasResource reports whether a container sets a resource, such as the CPU of its
// requests.
func HasResource(c review.Container, section, name string) bool {
	v := c.Field("resources", section, name)
	return v != nil && v != ""
}

// OpenItems reports whether a variable may put any item into a list: one that is the list,
// an item, or one of an item's keys.
func OpenItems(fields map[string]any, keys []string, path ...string) bool {
	value := review.Lookup(fields, path...)
	if review.Unsettled(value) {
		return true
	}
	list, _ := value.([]any)
	return slices.ContainsFunc(list, func(item any) bool {
		m, _ := item.(map[string]any)
		return review.Unsettled(item) || slices.ContainsFunc(keys, func(key string) bool { return review.Unsettled(m[key]) })
	})
}

// OpenLabels reports whether a variable may say what labels at a path are.
func OpenLabels(fields map[string]any, path ...string) bool {
	if review.Unsettled(review.Lookup(fields, path...)) {
		return true
	}
	for _, v := range review.Map(fields, path...) {
		if review.Unsettled(v) {
			return true
		}
	}
	return false
}

// Open reports whether a text is decided by a variable, or hidden.
func Open(text string) bool { return review.Unsettled(text) }
