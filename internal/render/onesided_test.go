package render

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"golang.org/x/tools/txtar"
)

// TestWhatDoesNotBuildRemovesNothing: where head breaks what holds
// Kustomizations, those stay in the cluster as they were, over head's files.
func TestWhatDoesNotBuildRemovesNothing(t *testing.T) {
	a, err := txtar.ParseFile("testdata/flux/clusters.txtar")
	if err != nil {
		t.Fatal(err)
	}
	base := map[string]string{}
	for _, f := range a.Files {
		if f.Name != "want" {
			base[f.Name] = string(f.Data)
		}
	}
	for _, c := range []struct {
		name, file, old, new string
		want                 map[string]string // target ▶ head's status
	}{
		{"the parent's directory", "clusters/prod/apps.yaml", "kind: Kustomization", "kind: [", map[string]string{
			"flux:prod/flux-system/flux-system": "failed yaml-syntax", "flux:prod/flux-system/apps": "unreached"}},
		{"the entry point's file", "clusters/prod/flux-system/gotk-sync.yaml", "kind: Kustomization", "kind: [", map[string]string{
			"flux:prod/flux-system/flux-system": "failed yaml-syntax", "flux:prod/flux-system/apps": "unreached"}},
		{"a file that no entry point reaches", "extra/ks.yaml", "kind: Kustomization", "kind: [", map[string]string{
			"flux:/flux-system/stray": "failed yaml-syntax"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := map[string]string{}
			for p, content := range base {
				head[p] = content
			}
			head[c.file] = strings.Replace(base[c.file], c.old, c.new, 1)
			out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, Base: modeltest.Tree(base), Head: modeltest.Tree(head)})
			if err != nil {
				t.Fatal(err)
			}
			for _, target := range out.Head.Targets {
				got := string(target.Status)
				if target.Problem != nil {
					got += " " + string(target.Problem.Class)
				}
				if want, ok := c.want[target.Target.ID]; ok && got != want {
					t.Errorf("%s is %s (%v), want %s", target.Target.ID, got, target.Problem, want)
				}
				if target.Status == model.StatusAbsent {
					t.Errorf("%s is gone", target.Target.ID)
				}
			}
		})
	}
}
