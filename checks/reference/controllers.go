package reference

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// MadeByController reports whether some custom resource in the cluster may make
// the named object: one of its name, one that names it, or one whose name it
// goes on from. A name that goes on from it tells nothing where the one before
// did too and was rendered.
func MadeByController(c *review.Cluster, r To) bool {
	for _, o := range c.Objects {
		if Builtin(o.ID.Group) || !mayMake(o, r.Kind) || !review.SameNamespace(o.ID.Namespace, r.Namespace) {
			continue
		}
		if _, workload := review.PodOf(o); workload {
			continue // it makes pods and nothing else
		}
		goesOn := goesOnFrom(r.Name, o.ID.Name) && !goesOnFrom(r.instead, o.ID.Name)
		if r.Name == o.ID.Name || goesOn || mentions(o.Fields()["spec"], r.Name) {
			return true
		}
	}
	return false
}

// goesOnFrom reports whether a name is another one, or that with more before or
// after it.
func goesOnFrom(name, stem string) bool {
	return name == stem || strings.HasPrefix(name, stem+"-") || strings.HasSuffix(name, "-"+stem)
}

// makesOnly tells of custom resources, by group or kind and group, which other
// objects they make, by kind: none is in the list that is empty.
var makesOnly = map[string][]string{
	"route.openshift.io":             {},
	kube.IstioGroup:                  {},
	kube.IstioPolicyGroup:            {},
	"telemetry.istio.io":             {},
	"gateway.envoyproxy.io":          {},
	kube.ServiceMonitor:              {},
	kube.PodMonitor:                  {},
	kube.PrometheusRule:              {},
	"Probe.monitoring.coreos.com":    {},
	kube.CertManagerGroup:            {kube.Secret},
	"external-secrets.io":            {kube.Secret, kube.ConfigMap},
	"bitnami.com":                    {kube.Secret},
	"source.toolkit.fluxcd.io":       {},
	"notification.toolkit.fluxcd.io": {},
	"kustomize.toolkit.fluxcd.io":    {}, // what it applies is a target of its own
}

// mayMake reports whether a custom resource may make objects of a kind. Flux's
// own are made by a ResourceSet, and hardly by anything else.
func mayMake(o *model.Object, kind string) bool {
	if strings.HasSuffix(kind, ".toolkit.fluxcd.io") {
		return o.ID.Kind == "ResourceSet"
	}
	only, known := makesOnly[o.ID.GroupKind()]
	if !known {
		only, known = makesOnly[o.ID.Group]
	}
	return !known || slices.Contains(only, kind)
}

// mentions reports whether a text stands somewhere in a value.
func mentions(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return v == text
	case map[string]any:
		for _, child := range v {
			if mentions(child, text) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if mentions(child, text) {
				return true
			}
		}
	}
	return false
}

// LabelledByController reports whether some custom resource of the namespace may
// make the pods: it is named like the value of one of the labels, or says the
// value.
func LabelledByController(c *review.Cluster, o *model.Object, labels map[string]string) bool {
	for _, value := range labels {
		if MadeByController(c, To{Namespace: o.ID.Namespace, Name: value}) {
			return true
		}
	}
	return false
}
