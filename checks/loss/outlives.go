package loss

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// HelmKeeps reports whether Helm is told to leave an object when its release is
// upgraded without it or uninstalled.
func HelmKeeps(o *model.Object) bool {
	return review.Labels(o.Fields(), "metadata", "annotations")["helm.sh/resource-policy"] == "keep"
}

// Spared reports whether an object says that it outlives its manifest.
func Spared(o *model.Object) bool {
	annotations := review.Labels(o.Fields(), "metadata", "annotations")
	labels := review.Labels(o.Fields(), "metadata", "labels")
	for _, m := range []map[string]string{annotations, labels} {
		if m["kustomize.toolkit.fluxcd.io/prune"] == "disabled" || strings.EqualFold(m["kustomize.toolkit.fluxcd.io/ssa"], "ignore") ||
			strings.Contains(m["argocd.argoproj.io/sync-options"], "Prune=false") {
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
		strings.Contains(review.Labels(o.Fields(), "metadata", "annotations")["argocd.argoproj.io/sync-options"], "Delete=false")
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
