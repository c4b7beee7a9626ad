package checks

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestWhatMakesAnew: what to do names only the tool that applies the object.
func TestWhatMakesAnew(t *testing.T) {
	o := model.NewObject(model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Name: "web"}, "", []byte(`{"spec":{"template":{"spec":{}}}}`), nil)
	for target, want := range map[string]string{
		"kustomize:apps":            "delete it and apply it again, which stops its pods.",
		"flux:prod/flux-system/web": "`kustomize.toolkit.fluxcd.io/force: enabled` on the object deletes and recreates it, which stops its pods.",
		"argocd:in-cluster/web":     "`argocd.argoproj.io/sync-options: Force=true,Replace=true` on the object deletes and recreates it, which stops its pods.",
	} {
		if got := anewBy(o, []string{target}); !strings.HasSuffix(got, "deletion: "+want) {
			t.Errorf("%s: %s", target, got)
		}
	}
}
