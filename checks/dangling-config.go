package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingConfig = &review.Check{
	ID: "dangling-config", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.ConfigData},
	Doc: review.Doc{
		Title:  "ConfigMap or Secret does not exist",
		What:   "Checks that the ConfigMaps and Secrets that pods use in `env`, `envFrom` and volumes, and Flux Kustomizations in `substituteFrom`, exist, and their keys if the object is rendered here, or an ExternalSecret, a SealedSecret or a Certificate that is rendered here tells which it writes. Optional ones are left alone, and so are those that a custom resource may create (an ExternalSecret, a SealedSecret, a Certificate, an operator). If no such object was ever rendered here, the result is unknown.",
		Why:    "The container does not start: `CreateContainerConfigError`, or the volume is never mounted. A Kustomization without its variables is not applied. A rollout hangs, and old pods fail at their next restart too.",
		Fix:    "Restore the object, correct the name, or set `optional: true` if the application works without it.",
		Verify: "kubectl get configmap,secret -n NAMESPACE",
		Waive:  "Something outside this repository creates it; say what.",
		Effort: "small",
		Bad:    "envFrom: [{configMapRef: {name: web-confg}}]",
		Good:   "envFrom: [{configMapRef: {name: web-config}}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		d := reference.Dangling{Of: configReferences, Made: madeConfig, Then: "Its pods will not start."}
		d.Run(p, c)
		reference.Dangling{Of: flux.Substituted, Made: madeConfig, Then: "The Kustomization will fail, and nothing that it applies is updated."}.Run(p, c)
		missingKeys(p, c)
	}),
}

// madeConfig reports whether something puts the object there although it is not
// rendered.
func madeConfig(c *review.Cluster, r reference.To) bool {
	if r.Kind == kube.ConfigMap && (r.Name == "kube-root-ca.crt" || r.Name == "istio-ca-root-cert" || strings.Contains(r.Name, "service-ca")) {
		return true
	}
	return reference.MadeByController(c, r)
}

// keyReference is a reference that also names a key.
type keyReference struct {
	reference.To
	key, keyField string
}

func configReferences(o *model.Object) []reference.To {
	var out []reference.To
	for _, k := range configKeys(o) {
		if !slices.Contains(out, k.To) { // several items of one volume
			out = append(out, k.To)
		}
	}
	return out
}

// configKeys gives all ConfigMaps and Secrets that a workload cannot do without.
func configKeys(o *model.Object) []keyReference {
	pod, ok := review.PodOf(o)
	if !ok {
		return nil
	}
	return model.Once(o, func() []keyReference { return configKeysIn(o, pod) })
}

func configKeysIn(o *model.Object, pod review.Pod) []keyReference {
	var out []keyReference
	add := func(kind string, ref map[string]any, nameKey, field, holder string) {
		if optional, _ := review.Bool(ref, "optional"); ref == nil || optional {
			return
		}
		k := keyReference{To: reference.To{Kind: kind, Namespace: o.ID.Namespace, Name: review.Text(ref, nameKey), Field: field + "/" + nameKey, Holder: holder}}
		if key := review.Text(ref, "key"); key != "" {
			k.key, k.keyField = key, field+"/key"
		}
		out = append(out, k)
	}
	// files are what a volume takes: all keys of the object, or those of its items.
	files := func(kind string, ref map[string]any, nameKey, field, holder string) {
		add(kind, ref, nameKey, field, holder)
		optional, _ := review.Bool(ref, "optional")
		for i, item := range review.Items(ref, "items") {
			key := review.Text(item, "key")
			if key == "" || optional {
				continue
			}
			out = append(out, keyReference{key: key, keyField: fmt.Sprintf("%s/items/%d/key", field, i),
				To: reference.To{Kind: kind, Namespace: o.ID.Namespace, Name: review.Text(ref, nameKey), Field: field + "/" + nameKey, Holder: holder}})
		}
	}
	for _, c := range review.ContainersOf(o) {
		holder := fmt.Sprintf("container `%s`", c.Name)
		for i, e := range review.Items(c.Fields, "env") {
			at := fmt.Sprintf("%s/env/%d/valueFrom", c.Pointer, i)
			add(kube.ConfigMap, review.Map(e, "valueFrom", "configMapKeyRef"), "name", at+"/configMapKeyRef", holder)
			add(kube.Secret, review.Map(e, "valueFrom", "secretKeyRef"), "name", at+"/secretKeyRef", holder)
		}
		for i, e := range review.Items(c.Fields, "envFrom") {
			at := fmt.Sprintf("%s/envFrom/%d", c.Pointer, i)
			add(kube.ConfigMap, review.Map(e, "configMapRef"), "name", at+"/configMapRef", holder)
			add(kube.Secret, review.Map(e, "secretRef"), "name", at+"/secretRef", holder)
		}
	}
	for i, v := range review.Items(pod.Spec, "volumes") {
		at := fmt.Sprintf("%s/volumes/%d", pod.Pointer, i)
		holder := fmt.Sprintf("volume `%s`", review.Text(v, "name"))
		files(kube.ConfigMap, review.Map(v, "configMap"), "name", at+"/configMap", holder)
		files(kube.Secret, review.Map(v, "secret"), "secretName", at+"/secret", holder)
		for j, s := range review.Items(v, "projected", "sources") {
			at := fmt.Sprintf("%s/projected/sources/%d", at, j)
			files(kube.ConfigMap, review.Map(s, "configMap"), "name", at+"/configMap", holder)
			files(kube.Secret, review.Map(s, "secret"), "name", at+"/secret", holder)
		}
	}
	return out
}

// writtenWithout gives what writes a Secret without the key that is named; nil for none.
func writtenWithout(c *review.Cluster, k keyReference) *model.Object {
	if k.Kind != kube.Secret {
		return nil
	}
	return reference.Lacking(c, k.To, k.key)
}

// missingKeys reports keys that a pod names and that the object, which is
// rendered here or whose keys what writes it tells, does not have.
func missingKeys(p *review.Pass, c *review.Cluster) {
	for _, o := range c.Workloads() {
		for _, k := range configKeys(o) {
			if k.key == "" {
				continue
			}
			if writer := writtenWithout(c, k); writer != nil {
				p.Report(review.Hit{
					Object: o, Field: k.keyField, Title: "key does not exist", Related: []*model.Object{writer},
					Message: fmt.Sprintf("%s names the key `%s` of %s, which %s writes without it. Its pods will not start.", reference.Subject(o, k.To), k.key, k.To, writer.ID),
				})
				continue
			}
			found := c.Near(o, c.Named(k.Kind, k.Namespace, k.Name))
			if len(found) != 1 || kube.HasKey(found[0], k.key) || k.Kind == kube.Secret && reference.MadeByController(c, k.To) {
				continue
			}
			p.Report(review.Hit{
				Object: o, Field: k.keyField, Title: "key does not exist", Related: found,
				Message: fmt.Sprintf("%s names the key `%s` of %s, which has no such key. Its pods will not start.", reference.Subject(o, k.To), k.key, found[0].ID),
			})
		}
	}
}
