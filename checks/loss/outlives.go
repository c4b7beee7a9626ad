package loss

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// HelmKeeps reports whether Helm leaves an object when its release is upgraded without it
// (helm v4.3, kube.Client.Update).
func HelmKeeps(o *model.Object) bool {
	return review.Labels(o.Fields(), "metadata", "annotations")[resourcePolicy] == "keep"
}

// OutlivesRelease reports whether Helm leaves an object when its release is uninstalled:
// it does whatever the policy says (helm v4.3, filterManifestsToKeep).
func OutlivesRelease(o *model.Object) bool {
	_, said := review.Labels(o.Fields(), "metadata", "annotations")[resourcePolicy]
	return said
}

const resourcePolicy = "helm.sh/resource-policy"

// Spared reports whether an object says to all that applies it, in some targets, that it
// outlives its manifest: no tool reads what is said to another. What nothing is seen to
// apply may be said to any.
func Spared(o *model.Object, targets ...string) bool {
	for _, t := range targets {
		kind, _, _ := strings.Cut(t, ":")
		var spared bool
		switch model.Kind(kind) {
		case model.Flux:
			spared = fluxSpares(o)
		case model.ArgoCD:
			spared = argoSpares(o)
		case model.Helm:
			spared = HelmKeeps(o)
		default:
			spared = fluxSpares(o) || argoSpares(o)
		}
		if !spared {
			return false
		}
	}
	return len(targets) > 0
}

// fluxSpares reads the annotations, and labels, of what Flux does not prune, without regard to
// case (kustomize-controller 1.9, fluxcd/pkg/ssa v0.84).
func fluxSpares(o *model.Object) bool {
	const group = "kustomize.toolkit.fluxcd.io/"
	for _, list := range []string{"annotations", "labels"} {
		m := review.Labels(o.Fields(), "metadata", list)
		if strings.EqualFold(m[group+"prune"], "disabled") || strings.EqualFold(m[group+"ssa"], "ignore") || strings.EqualFold(m[group+"reconcile"], "disabled") {
			return true
		}
	}
	return false
}

// argoSpares reads the options of Argo CD, which are exact (argo-cd v3, HasAnnotationOption).
func argoSpares(o *model.Object) bool {
	return syncOption(review.Labels(o.Fields(), "metadata", "annotations"), "Prune=false")
}

// syncOption reports whether an object has an option of Argo CD's syncs.
func syncOption(annotations map[string]string, option string) bool {
	for item := range strings.SplitSeq(annotations["argocd.argoproj.io/sync-options"], ",") {
		if strings.TrimSpace(item) == option {
			return true
		}
	}
	return false
}

// SparedWithApplication reports whether Argo CD leaves an object when the Application
// that applied it is deleted (argo-cd v3, shouldBeDeleted): CustomResourceDefinitions,
// and what says so; `Prune=false` is for a sync alone.
func SparedWithApplication(o *model.Object) bool {
	return o.ID.GroupKind() == kube.CustomResourceDefinition || HelmKeeps(o) ||
		syncOption(review.Labels(o.Fields(), "metadata", "annotations"), "Delete=false")
}

// Stores reports whether values ask for volumes that are made for the release: one
// that exists already outlives it.
func Stores(values map[string]any) bool {
	if enabled, ok := values["enabled"].(bool); ok && !enabled {
		return false
	}
	if review.Text(values, "existingClaim") != "" {
		return false
	}
	for key, v := range values {
		switch text, _ := v.(string); {
		case (key == "storageClass" || key == "storageClassName") && text != "",
			key == "type" && text == "persistentVolumeClaim",
			strings.HasPrefix(key, "volumeClaimTemplate") && v != nil,
			key == "persistence" && enabled(v):
			return true
		}
		switch v := v.(type) {
		case map[string]any:
			if Stores(v) {
				return true
			}
		case []any:
			for _, item := range v {
				if m, _ := item.(map[string]any); m != nil && Stores(m) {
					return true
				}
			}
		}
	}
	return false
}

func enabled(v any) bool {
	m, _ := v.(map[string]any)
	on, _ := m["enabled"].(bool)
	return on && review.Text(m, "existingClaim") == ""
}
