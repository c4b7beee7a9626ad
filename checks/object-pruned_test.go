package checks

import (
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func TestWhatToDoNamesTheRepositorysTools(t *testing.T) {
	const flux, argo = "kustomize.toolkit.fluxcd.io/prune", "argocd.argoproj.io/sync-options"
	kustomize, viaFlux, viaArgo := model.Target{ID: "kustomize:a", Kind: model.Kustomize}, model.Target{ID: "flux:a/b/c", Kind: model.Flux}, model.Target{ID: "argocd:a/b", Kind: model.ArgoCD}
	for _, c := range []struct {
		all  []model.Target
		of   string
		want []string
	}{
		{[]model.Target{kustomize}, kustomize.ID, nil},
		{[]model.Target{kustomize, viaFlux}, kustomize.ID, []string{flux}},
		{[]model.Target{kustomize, viaFlux, viaArgo}, viaArgo.ID, []string{argo}},
		{[]model.Target{kustomize, viaFlux, viaArgo}, kustomize.ID, []string{flux, argo}},
	} {
		p := &review.Pass{}
		for _, target := range c.all {
			p.BaseTargets = append(p.BaseTargets, model.Rendered{Target: target})
		}
		fix := spareFirst(p, []string{c.of})
		if fix == "" {
			fix = objectPruned.Doc.Fix
		}
		for _, tool := range []string{flux, argo} {
			if strings.Contains(fix, tool) != slices.Contains(c.want, tool) {
				t.Errorf("of %s: %s", c.of, fix)
			}
		}
	}
}
