package kustomize

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// unmatched finds why a patch matches nothing: the object is there in another namespace,
// or its kind is misspelt.
func unmatched(d *diagnosis, caught []string) (say string, where, also *model.Position) {
	kind, name := caught[1], caught[2]
	for _, p := range slices.Backward(d.patched) {
		if p.kind != kind || p.name != name || p.inNamespace == nil {
			continue
		}
		for _, o := range d.declared {
			if o.kind != kind || o.name != name || o.namespace == p.namespace {
				continue
			}
			at := "in no namespace"
			if o.namespace != "" {
				at = fmt.Sprintf("in the namespace `%s`", o.namespace)
			}
			if set := o.inNamespace; set != nil {
				at += fmt.Sprintf(", which `%s:%d` sets", set.File, set.Line)
			}
			also := o.inNamespace
			if also == nil {
				also = o.listed // which sets none
			}
			return fmt.Sprintf("a patch names %s `%s` in the namespace `%s`, and here it is %s", kind, name, p.namespace, at), p.inNamespace, also
		}
	}
	return d.unknownKind(name, fmt.Sprintf("a patch names %s `%s`", kind, name))
}

// uncounted finds why nothing of a name has replicas: its kind is misspelt.
func uncounted(d *diagnosis, caught []string) (say string, where, also *model.Position) {
	return d.unknownKind(caught[1], fmt.Sprintf("`replicas` names `%s`", caught[1]))
}

// builtinVersions are of groups in which only Kubernetes has kinds.
var builtinVersions = []string{"v1", "apps/v1", "batch/v1", "autoscaling/v2", "policy/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1"}

// unknownKind finds the one object of a name whose kind Kubernetes does not have.
func (d *diagnosis) unknownKind(name, what string) (say string, where, also *model.Position) {
	for _, o := range d.declared {
		if o.name == "" || !strings.Contains(name, o.name) || !slices.Contains(builtinVersions, o.version) || strings.HasSuffix(o.kind, "List") {
			continue
		}
		if _, known := openapi.IsNamespaceScoped(kyaml.TypeMeta{APIVersion: o.version, Kind: o.kind}); known {
			continue
		}
		if where != nil {
			return "", nil, nil
		}
		say, where = fmt.Sprintf("`%s` has no kind `%s`: %s, and finds nothing", o.version, o.kind, what), o.kindAt
	}
	return say, where, nil
}
