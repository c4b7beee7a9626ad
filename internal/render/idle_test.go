package render

import (
	"fmt"
	"maps"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// Only so many directories are looked at: base is asked for those in which head found
// something, and not for what head did not come to, of the same name.
func TestIdleOfBaseIsWhereHeadHasIt(t *testing.T) {
	const (
		kustomization = "resources: [cm.yaml]\npatches: [{path: patch.yaml}]\n"
		object        = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"
	)
	base := map[string]string{"z/kustomization.yaml": kustomization, "z/cm.yaml": object, "z/patch.yaml": object,
		"moved/kustomization.yaml": kustomization, "moved/cm.yaml": object, "moved/patch.yaml": object}
	head := maps.Clone(base)
	head["z/kustomization.yaml"] += "# touched\n"
	maps.DeleteFunc(head, func(file, _ string) bool { return file[0] == 'm' })
	for i := range maxIdleDirs {
		dir := fmt.Sprintf("d%02d/", i)
		head[dir+"kustomization.yaml"], head[dir+"cm.yaml"], head[dir+"patch.yaml"] = kustomization, object, object
	}
	trees := map[model.Side]*model.Tree{model.Base: modeltest.Tree(base), model.Head: modeltest.Tree(head)}
	r := newTestRenderer()
	s, err := r.Pair(t.Context(), Request{Scope: "test", Base: trees[model.Base], Head: trees[model.Head]})
	if err != nil {
		t.Fatal(err)
	}
	changed := model.Changed(trees[model.Base], trees[model.Head])
	found, err := r.IdlePatches(t.Context(), s, model.Head, "test", changed, nil)
	if err != nil || len(found) != maxIdleDirs {
		t.Fatalf("head: %v, %v", found, err)
	}
	before, err := r.IdlePatches(t.Context(), s, model.Base, "test", changed, found)
	if err != nil || len(before) != 1 || before[0].Dir != "moved" {
		t.Errorf("base: %v, %v", before, err)
	}
}
