package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// immutable are the fields that the API server refuses to change, by kind, as
// prefixes of JSON Pointers. Source: the ValidateUpdate functions of
// k8s.io/kubernetes pkg/apis/*/validation.
var immutable = map[string][]string{
	kube.Deployment:               {"/spec/selector"},
	kube.DaemonSet:                {"/spec/selector"},
	kube.ReplicaSet:               {"/spec/selector"},
	kube.StatefulSet:              {"/spec/selector", "/spec/serviceName", "/spec/podManagementPolicy", "/spec/volumeClaimTemplates"},
	kube.Job:                      {"/spec/selector", "/spec/template", "/spec/completionMode"},
	kube.Service:                  {"/spec/clusterIP"},
	kube.StorageClass:             {"/provisioner", "/parameters", "/reclaimPolicy", "/volumeBindingMode"},
	kube.PersistentVolumeClaim:    {"/spec/accessModes", "/spec/storageClassName", "/spec/volumeName", "/spec/selector", "/spec/volumeMode", "/spec/dataSource", "/spec/dataSourceRef", "/spec/resources/limits"},
	kube.RoleBinding:              {"/roleRef"},
	kube.ClusterRoleBinding:       {"/roleRef"},
	kube.PriorityClass:            {"/value", "/preemptionPolicy"},
	kube.IngressClass:             {"/spec/controller"},
	kube.CustomResourceDefinition: {"/spec/group", "/spec/names/kind", "/spec/names/plural"},
	kube.RuntimeClass:             {"/handler"},
}

var immutableFieldChange = &review.Check{
	ID: "immutable-field-change", Area: review.Reliability, Severity: review.Critical, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "immutable field changed",
		What:   "Looks for changes to fields that the API server refuses to change on an existing object: selectors, volume claim templates, a Job's template, a role binding's role, a storage class's parameters and similar. ConfigMaps and Secrets with `immutable: true` count too. Not reported for objects that are recreated: hooks of Helm and Argo CD, Kustomizations with `force: true`, objects with the force annotation, objects that the cluster names (`generateName`), and objects that are never updated (`ssa: IfNotPresent`). A claim or a CustomResourceDefinition that is recreated is reported, for what is deleted with it.",
		Why:    "The apply fails. With Flux or Argo CD everything after it in the same Kustomization waits until the change is reverted or fixed.",
		Fix:    "Give the object a new name, or plan its deletion: with Flux, `kustomize.toolkit.fluxcd.io/force: enabled` on the object deletes and recreates it, which stops its pods.",
		Verify: "kubectl apply --server-side --dry-run=server -f rendered.yaml",
		Waive:  "No cluster has the object yet, or it is recreated on purpose.",
		Effort: "medium",
		Bad:    "selector: {matchLabels: {app: shop-v2}}   # was shop",
		Good:   "metadata: {name: shop-v2}                 # a new object",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified {
			return
		}
		anew := recreated(c.Head.Fields()) || forced(p, c.Targets)
		lost, loses := lostWhenRecreated[c.Object.GroupKind()]
		if anew && (!loses || neverUpdated(c.Head.Fields())) {
			return
		}
		fields := immutable[c.Object.GroupKind()]
		if frozen, _ := review.Bool(c.Base.Fields(), "immutable"); frozen && (c.Object.Kind == "ConfigMap" || c.Object.Kind == "Secret") && c.OldName == "" {
			fields = []string{"/data", "/binaryData", "/stringData", "/immutable"}
		}
		seen := map[string]bool{}
		for _, f := range c.Fields {
			for _, prefix := range fields {
				if (f.Path != prefix && !strings.HasPrefix(f.Path, prefix+"/")) || seen[prefix] {
					continue
				}
				seen[prefix] = true
				if prefix == "/spec/clusterIP" && (!f.Before.Set || f.Before.V == "") {
					continue // the API server gave it one; asking for the same is allowed
				}
				if anew {
					p.Report(review.Hit{
						Title: "object is deleted and recreated", Object: c.Head, Field: f.Path, Key: prefix,
						Message: fmt.Sprintf("%s: `%s` cannot be changed on an existing object, and force is set: it will be deleted and created anew. %s", c.Object, strings.ReplaceAll(strings.TrimPrefix(prefix, "/"), "/", "."), lost),
					})
					return // it goes once
				}
				p.Report(review.Hit{
					Object: c.Head, Field: f.Path, Key: prefix,
					Message: fmt.Sprintf("%s: `%s` cannot be changed on an existing object; the apply will fail.", c.Object, strings.ReplaceAll(strings.TrimPrefix(prefix, "/"), "/", ".")),
				})
			}
		}
	}),
}

// lostWhenRecreated is what goes with an object that is deleted to be made anew, of the
// kinds with which more goes than pods.
var lostWhenRecreated = map[string]string{
	kube.PersistentVolumeClaim:    "Its data will be deleted too, unless the volume's reclaim policy is Retain.",
	kube.CustomResourceDefinition: "Every object of its kind will be deleted with it, in all namespaces.",
}

// forced reports whether the Kustomizations that apply all of some targets delete
// and make anew what cannot be changed.
func forced(p *review.Pass, targets []string) bool {
	for _, id := range targets {
		by := p.AskedBy(id)
		if by == nil || by.ID.Kind != "Kustomization" {
			return false
		}
		if force, _ := review.Bool(by.Fields(), "spec", "force"); !force {
			return false
		}
	}
	return len(targets) > 0
}

// recreated reports whether the object asks to be deleted and made again.
func recreated(fields map[string]any) bool {
	annotations := review.Labels(fields, "metadata", "annotations")
	_, helmHook := annotations["helm.sh/hook"] // by default deleted before it runs again
	_, argoHook := annotations["argocd.argoproj.io/hook"]
	anew := review.Map(fields, "metadata")["name"] == nil // each apply makes one, with a name of its own
	return anew || helmHook || argoHook || neverUpdated(fields) ||
		strings.EqualFold(annotations["kustomize.toolkit.fluxcd.io/force"], "enabled") ||
		strings.Contains(annotations["argocd.argoproj.io/sync-options"], "Replace=true") && strings.Contains(annotations["argocd.argoproj.io/sync-options"], "Force=true")
}

// neverUpdated reports whether Flux leaves the object as it is in the cluster.
func neverUpdated(fields map[string]any) bool {
	ssa := review.Labels(fields, "metadata", "annotations")["kustomize.toolkit.fluxcd.io/ssa"]
	return strings.EqualFold(ssa, "IfNotPresent") || strings.EqualFold(ssa, "Ignore")
}
