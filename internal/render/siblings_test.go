package render

import (
	"fmt"
	"maps"
	"path"
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

// TestCopiesHaveSiblings: where not all targets are rendered, a copied overlay brings along
// its original, and one whose files were altered the one beside it.
func TestCopiesHaveSiblings(t *testing.T) {
	cm := func(v string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: " + v + "}\n"
	}
	base := map[string]string{
		"web/prod/eu/kustomization.yaml": "resources: [cm.yaml]\n",
		"web/prod/eu/cm.yaml":            cm("eu"),
		"api/prod/eu/kustomization.yaml": "resources: [cm.yaml]\n",
		"api/prod/eu/cm.yaml":            cm("api"),
		"job/kustomization.yaml":         "resources: [job.yaml]\n",
		"job/job.yaml":                   cm("job"),
		"other/kustomization.yaml":       "resources: [cm.yaml]\n",
		"other/cm.yaml":                  cm("other"),
	}
	for name, tt := range map[string]struct{ file, content, want string }{
		"a copy":          {"cron/nightly.yaml", cm("job"), "kustomize:job"},
		"its like beside": {"web/prod/us/cm.yaml", cm("us"), "kustomize:web/prod/eu"},
		"nothing alike":   {"new/thing/x.yaml", cm("new"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			head := map[string]string{tt.file: tt.content, path.Dir(tt.file) + "/kustomization.yaml": "resources: [" + path.Base(tt.file) + "]\n"}
			maps.Copy(head, base)
			out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", ContextLimit: 1, Base: modeltest.Tree(base), Head: modeltest.Tree(head)})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Base.Targets {
				if r.Context != (r.Target.ID == tt.want) {
					t.Errorf("%s is rendered for comparison: %t", r.Target.ID, r.Context)
				}
			}
		})
	}
}

// TestEachNewTargetMayHaveASibling: a change that adds many targets compares each with
// what took its base before.
func TestEachNewTargetMayHaveASibling(t *testing.T) {
	base, head := map[string]string{}, map[string]string{}
	for i := range 2 * maxSiblings {
		lib := fmt.Sprintf("lib%d", i)
		base[lib+"/kustomization.yaml"] = "resources: [cm.yaml]\n"
		base[lib+"/cm.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + lib + "}\n"
		base[lib+"-eu/kustomization.yaml"] = "resources: [../" + lib + "]\n"
		head[lib+"-us/kustomization.yaml"] = "resources: [../" + lib + "]\n"
	}
	maps.Copy(head, base)
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", ContextLimit: 1, Base: modeltest.Tree(base), Head: modeltest.Tree(head)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxSiblings {
		if id := fmt.Sprintf("kustomize:lib%d-eu", i); !out.Base.Target(id).Context {
			t.Errorf("%s is not rendered for comparison", id)
		}
	}
}
