package loss

import (
	"encoding/json"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What is asked for in another case than its tool reads it protects nothing.
func TestWhatOutlivesItsManifest(t *testing.T) {
	for _, tt := range []struct {
		list, key, value                      string
		spared, withApp, upgrade, uninstalled bool
	}{
		{"annotations", "kustomize.toolkit.fluxcd.io/prune", "Disabled", true, false, false, false},
		{"labels", "kustomize.toolkit.fluxcd.io/prune", "disabled", true, false, false, false},
		{"annotations", "kustomize.toolkit.fluxcd.io/prune", "false", false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Validate=false, Prune=false", true, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Prune=False", false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Prune=falsehood", false, false, false, false},
		{"annotations", "argocd.argoproj.io/sync-options", "Delete=false", false, true, false, false},
		{"annotations", "helm.sh/resource-policy", "keep", false, true, true, true},
		{"annotations", "helm.sh/resource-policy", "Keep", false, false, false, true},
		{"annotations", "helm.sh/resource-policy", "delete", false, false, false, true},
	} {
		raw, err := json.Marshal(map[string]any{"metadata": map[string]any{tt.list: map[string]string{tt.key: tt.value}}})
		if err != nil {
			t.Fatal(err)
		}
		o := model.NewObject(model.ObjectID{Version: "v1", Kind: "ConfigMap", Name: "c"}, "", raw, nil)
		if Spared(o) != tt.spared || SparedWithApplication(o) != tt.withApp || HelmKeeps(o) != tt.upgrade || OutlivesRelease(o) != tt.uninstalled {
			t.Errorf("%s %s: %v %v %v %v", tt.key, tt.value, Spared(o), SparedWithApplication(o), HelmKeeps(o), OutlivesRelease(o))
		}
	}
}
