package render

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestSiblings: where not all targets are rendered, a new overlay brings along
// one of those that already took its base and little else, and no other.
func TestSiblings(t *testing.T) {
	base := map[string]string{
		"lib/kustomization.yaml":   "resources: [cm.yaml]\n",
		"lib/cm.yaml":              "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"all/kustomization.yaml":   "resources: [../lib, cm.yaml]\n",
		"all/cm.yaml":              "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
		"eu/kustomization.yaml":    "resources: [../lib]\n",
		"us/kustomization.yaml":    "resources: [../lib]\n",
		"other/kustomization.yaml": "resources: [cm.yaml]\n",
		"other/cm.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
	}
	head := map[string]string{"asia/kustomization.yaml": "resources: [../lib]\n"}
	for path, content := range base {
		head[path] = content
	}
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", ContextLimit: 1, Base: modeltest.Tree(base), Head: modeltest.Tree(head)})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"kustomize:all": false, "kustomize:eu": true, "kustomize:us": false, "kustomize:other": false} {
		for _, s := range []*model.Snapshot{out.Base, out.Head} {
			if r := s.Target(id); r.Context != want || r.Status != model.StatusUnreached {
				t.Errorf("%s, %s: rendered for comparison: %t (%s), want %t", s.Side, id, r.Context, r.Status, want)
			}
		}
	}
}
