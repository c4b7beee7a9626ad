package render

import (
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestBuildsOverOneBaseAreOneGroup: two overlays over each of two bases, in an order
// that mixes them.
func TestBuildsOverOneBaseAreOneGroup(t *testing.T) {
	files := map[string]string{"own/kustomization.yaml": "resources: [c.yaml]\n"}
	targets := []model.Target{{Kind: model.Kustomize, Path: "own"}}
	for i, base := range []string{"x", "y", "x", "y"} {
		dir := string(rune('a' + i))
		files[dir+"/kustomization.yaml"] = "resources: [../bases/" + base + "]\n"
		files["bases/"+base+"/kustomization.yaml"] = "resources: [c.yaml]\n"
		targets = append(targets, model.Target{Kind: model.Kustomize, Path: dir})
	}
	r := newTestRenderer()
	g, err := r.graph(t.Context(), modeltest.Tree(files), "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{renderer: &Renderer{workers: 1}, graphs: [2]*graph{nil, g}}
	var todo []half
	for i := range targets {
		todo = append(todo, half{i, 1})
	}
	got := p.groups(targets, todo)
	want := [][]half{{{0, 1}}, {{1, 1}, {3, 1}}, {{2, 1}, {4, 1}}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the groups are %v, want %v", got, want)
	}
	p.renderer.workers = 8
	if got := p.groups(targets, todo); len(got) != len(todo) {
		t.Errorf("with a worker for each they wait for each other: %v", got)
	}
}
