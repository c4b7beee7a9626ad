package loss

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What is asked for in another case than its tool reads it protects nothing.
func TestWhatOutlivesItsManifest(t *testing.T) {
	for _, tt := range []struct {
		list, key, value                                             string
		byFlux, byArgo, byAny, byBoth, withApp, upgrade, uninstalled bool
	}{
		{"annotations", "kustomize.toolkit.fluxcd.io/prune", "Disabled", true, false, true, false, false, false, false},
		{"labels", "kustomize.toolkit.fluxcd.io/prune", "disabled", true, false, true, false, false, false, false},
		{"labels", "kustomize.toolkit.fluxcd.io/reconcile", "disabled", true, false, true, false, false, false, false},
		{"annotations", "kustomize.toolkit.fluxcd.io/prune", "false", false, false, false, false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Validate=false, Prune=false", false, true, true, false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Prune=False", false, false, false, false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Prune=falsehood", false, false, false, false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Delete=false", false, false, false, false, true, false, false},
		{"annotations", "helm.sh/resource-policy", "keep", false, false, false, false, true, true, true},
		{"annotations", "helm.sh/resource-policy", "Keep", false, false, false, false, false, false, true},
		{"annotations", "helm.sh/resource-policy", "delete", false, false, false, false, false, false, true},
	} {
		raw, err := json.Marshal(map[string]any{"metadata": map[string]any{tt.list: map[string]string{tt.key: tt.value}}})
		if err != nil {
			t.Fatal(err)
		}
		o := model.NewObject(model.ObjectID{Version: "v1", Kind: "ConfigMap", Name: "c"}, "", raw, nil)
		got := []bool{Spared(o, "flux:prod/a/b"), Spared(o, "argocd:in-cluster/a"), Spared(o, "kustomize:a"), Spared(o, "flux:prod/a/b", "argocd:in-cluster/a"),
			SparedWithApplication(o), Spared(o, "helm:prod/a/b"), OutlivesRelease(o)}
		if want := []bool{tt.byFlux, tt.byArgo, tt.byAny, tt.byBoth, tt.withApp, tt.upgrade, tt.uninstalled}; !slices.Equal(got, want) {
			t.Errorf("%s %s: got %v, want %v", tt.key, tt.value, got, want)
		}
	}
}
