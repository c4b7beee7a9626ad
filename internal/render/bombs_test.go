package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

const emptySync = "clusters/prod/flux-system/gotk-sync.yaml"

// TestSourceBomb lets thirty generators each take in the one before twice: 2^30
// files, if anybody copied them.
func TestSourceBomb(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		from := fmt.Sprintf("{alias: a, kind: ExternalArtifact, name: g%d}", i-1)
		if i == 0 {
			from = "{alias: a, kind: GitRepository, name: flux-system}"
		}
		fmt.Fprintf(&b, `apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: g%d, namespace: flux-system}
spec:
  sources: [%s]
  artifacts: [{name: g%[1]d, copy: [{from: "@a/**", to: "@artifact/l/"}, {from: "@a/**", to: "@artifact/r/"}]}]
---
`, i, from)
	}
	b.WriteString("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x, namespace: flux-system}\nspec: {path: ./l, prune: true, sourceRef: {kind: ExternalArtifact, name: g29}}\n")
	head := modeltest.Tree(map[string]string{emptySync: "", "clusters/prod/bomb.yaml": b.String()})
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, All: true, Head: head})
	if err != nil {
		t.Fatal(err)
	}
	if p := out.Head.Target("flux:prod/flux-system/x").Problem; p == nil || p.Class != model.TooLarge {
		t.Errorf("the problem is %v", p)
	}
}

// TestPatternBomb matches patterns whose alternatives multiply.
func TestPatternBomb(t *testing.T) {
	start := time.Now()
	if glob.Match(strings.Repeat("{a,a}", 60)+"b", strings.Repeat("a", 60)) {
		t.Error("the bomb matches")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if !glob.Match("apps/{a,b}/**/{c,d}.yaml", "apps/b/x/y/c.yaml") || glob.Match("apps/*", "apps/a/b") {
		t.Error("ordinary patterns do not match any more")
	}
}

// TestEndless follows a Kustomization that applies itself under ever new names.
func TestEndless(t *testing.T) {
	kustomization := func(name, n string) string {
		return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: \"" + name + "\", namespace: flux-system}\n" +
			"spec: {path: ./loop, prune: true, sourceRef: {kind: GitRepository, name: flux-system}, postBuild: {substitute: {N: \"" + n + "\"}}}\n"
	}
	head := modeltest.Tree(map[string]string{emptySync: "", "clusters/prod/k.yaml": kustomization("k", "x"), "loop/k.yaml": kustomization("k-${N}", "${N}x")})
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, All: true, Head: head})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(out.Head.Targets); n > maxGenerations+2 {
		t.Errorf("%d targets", n)
	}
	said := 0
	for _, r := range out.Head.Targets {
		if r.Problem != nil && r.Problem.Class == model.TooLarge {
			said++
		}
	}
	if said != 1 {
		t.Errorf("%d targets say that what they apply is not followed", said)
	}
}

// TestLinksInCircles reads a directory of manifests that links lead back into,
// and kustomizations that each name the next one twice.
func TestLinksInCircles(t *testing.T) {
	files := map[string]string{
		emptySync: "",
		"clusters/prod/app.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app, namespace: flux-system}\n" +
			"spec: {path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}\n",
		"apps/a/b/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"apps/a/b/up":          "-> ../../../apps",
		"apps/a/up":            "-> ../../apps/a",
	}
	for i := range 40 {
		files[fmt.Sprintf("doubled/d%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../d%d, ../../doubled/d%[1]d]\n", i+1)
	}
	files["doubled/d40/kustomization.yaml"] = "resources: [config.yaml]\n"
	files["doubled/d40/config.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n"
	tree := modeltest.Tree(files)
	g, err := newTestRenderer().graph(t.Context(), tree, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if paths := g.closure(model.Manifests, "apps").paths(); !slices.Contains(paths, "apps/a/b/config.yaml") || len(paths) > 20 {
		t.Errorf("the directory with links may read %d paths: %q", len(paths), paths[:min(len(paths), 20)])
	}
	if paths := g.closure(model.Kustomize, "doubled/d0").paths(); !slices.Contains(paths, "doubled/d40/config.yaml") {
		t.Errorf("the doubled chain may read %q", paths)
	}
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, All: true, Head: tree})
	if err != nil {
		t.Fatal(err)
	}
	if r := out.Head.Target("flux:prod/flux-system/app"); r == nil || r.Status != model.StatusRendered || len(r.Objects) != 1 {
		t.Errorf("the directory with links is %+v", r)
	}
	if r := out.Head.Target("kustomize:doubled/d0"); r == nil || r.Status != model.StatusFailed {
		t.Errorf("the doubled chain is %+v", r)
	}
}
