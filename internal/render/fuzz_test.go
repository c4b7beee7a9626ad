package render

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// FuzzBuild builds a kustomization and a manifest of any text: nothing breaks,
// and a problem has a class, a message and a line that exists.
func FuzzBuild(f *testing.F) {
	for _, seed := range [][2]string{
		{"resources: [a.yaml]\n", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"},
		{"resources:\n- a.yaml\n - b\n", "a: &a [*a]\n---\n- x\n"},
		{"resources: [a.yaml]\npatches:\n- patch: |\n    - {op: remove, path: /x}\n  target: {kind: Namespace}\n", "kind: Namespace\n"},
		{"configMapGenerator:\n- name: x\n  files: [a.yaml]\n  literals: [x]\n", "x"},
		{"resources: [https://x/y, ../.., .]\nreplacements: [{path: a.yaml}]\n", ""},
		{"transformers: [a.yaml]\nhelmCharts: [{}]\nopenapi: {path: a.yaml}\n", "apiVersion: builtin\nkind: PatchTransformer\n"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Setenv("PATH", "") // in this process nothing else keeps Kustomize from git
	r := New(sandbox.InProcess(engine.Handlers()), NoCache(), 1)
	f.Fuzz(func(t *testing.T, kustomization, manifest string) {
		files := map[string]string{"k/kustomization.yaml": kustomization, "k/a.yaml": manifest}
		out, err := r.Pair(t.Context(), Request{Head: modeltest.Tree(files), Only: []string{"kustomize:k"}, Scope: "test"})
		if err != nil {
			t.Fatal(err)
		}
		p := out.Head.Targets[0].Problem
		if p == nil {
			return
		}
		if p.Class == "" || p.Message == "" || strings.Contains(p.Message, "/seaworthy-repository") {
			t.Errorf("problem %+v", p)
		}
		if at := p.Location; at != nil && (at.Line < 1 || at.Line > 2+strings.Count(files[at.File], "\n")) {
			t.Errorf("line %d of %s, which has %d: %v", at.Line, at.File, strings.Count(files[at.File], "\n"), p)
		}
	})
}
