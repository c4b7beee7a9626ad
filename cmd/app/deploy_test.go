package main

import (
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
)

// What is in deploy/ must build, and hold what each way of running needs.
func TestDeployBuilds(t *testing.T) {
	repo, err := git.Open(t.Context(), "../..")
	if err != nil {
		t.Skip("this is no Git work tree: ", err)
	}
	defer repo.Close()
	tree, err := repo.WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorkbench(true)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	common := []string{"Deployment", "Namespace", "NetworkPolicy", "Service", "ServiceAccount"}
	for target, more := range map[string][]string{
		"kustomize:deploy/overlays/sqlite":   {"PersistentVolumeClaim"},
		"kustomize:deploy/overlays/postgres": {"NetworkPolicy", "PodDisruptionBudget"},
	} {
		s, err := w.reviewer.Renderer.Pair(t.Context(), render.Request{Head: tree, Scope: localScope, Only: []string{target}, All: true})
		if err != nil {
			t.Fatal(err)
		}
		got := s.Head.Target(target)
		if got == nil || got.Status != model.StatusRendered {
			t.Fatalf("%s: %+v", target, got)
		}
		var kinds []string
		for _, o := range got.Objects {
			kinds = append(kinds, o.ID.Kind)
		}
		want := append(slices.Clone(common), more...)
		slices.Sort(kinds)
		slices.Sort(want)
		if !slices.Equal(kinds, want) {
			t.Errorf("%s has %v, want %v", target, kinds, want)
		}
	}
}
