package locate

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

const outsideSource = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: platform, namespace: flux-system}
spec:
  interval: 1h
  url: https://example.org/platform.git
  ref:
    tag: v1.0.0
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: platform, namespace: flux-system}
spec:
  path: ./cert
  sourceRef: {kind: GitRepository, name: platform}
  targetNamespace: certs
  images:
  - name: registry.example.org/cert
    newTag: "9"
  patches:
  - target: {kind: Deployment}
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/imagePullPolicy
        value: Always
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: cert}
      spec:
        replicas: ${count}
  postBuild:
    substitute:
      count: "3"
`

// What lies outside is brought in by the source's ref, unless the Kustomization
// itself writes it.
func TestFluxOutside(t *testing.T) {
	for name, tt := range map[string]struct {
		old, now, pointer string
		value             any
		want              string
	}{
		"nothing changed":                   {pointer: "/spec/paused", value: true, want: "flux.yaml:7 object"},
		"the tag changed":                   {old: "tag: v1.0.0", now: "tag: v1.1.0", pointer: "/spec/paused", value: true, want: "flux.yaml:8"},
		"the path changed":                  {old: "./cert", now: "./certs", pointer: "/spec/paused", value: true, want: "flux.yaml:14"},
		"the address changed":               {old: "platform.git", now: "other.git", want: "flux.yaml:6"},
		"an operation writes it":            {pointer: "/spec/template/spec/containers/0/imagePullPolicy", value: "Always", want: "flux.yaml:25"},
		"an operation wrote something else": {old: "v1.0.0", now: "v2", pointer: "/spec/template/spec/containers/0/imagePullPolicy", value: "Never", want: "flux.yaml:8"},
		"a variable in a patch changed":     {old: `count: "3"`, now: `count: "4"`, pointer: "/spec/replicas", value: 4, want: "flux.yaml:34"},
		"the namespace":                     {pointer: "/metadata/namespace", value: "certs", want: "flux.yaml:16"},
		"an image":                          {pointer: "/spec/template/spec/containers/0/image", value: "registry.example.org/cert:9", want: "flux.yaml:19"},
		"another image":                     {pointer: "/spec/template/spec/containers/0/image", value: "registry.example.org/other:9", want: "flux.yaml:7 object"},
	} {
		t.Run(name, func(t *testing.T) {
			base := tree{"flux.yaml": outsideSource}
			head := tree{"flux.yaml": strings.Replace(outsideSource, tt.old, tt.now, 1)}
			q := task.Query{Object: model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "certs", Name: "cert"}, Value: tt.value, Side: model.Head}
			for _, token := range tokens(tt.pointer) {
				if token == "0" {
					q.Path = append(q.Path, model.Step{Index: 0, Key: "name", Value: "cert"})
					continue
				}
				q.Path = append(q.Path, model.FieldStep(token))
			}
			of := task.TargetQueries{Kind: model.Flux, Base: platformLine(), Head: platformLine(), Queries: []task.Query{q}}
			if got := show(NewLocator(base, head).Locate(of)[0].Position); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func platformLine() *model.Lineage {
	file := &model.Lineage{Kind: model.Manifests, File: "flux.yaml"}
	by := model.ObjectID{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "Kustomization", Namespace: "flux-system", Name: "platform"}
	source := model.ObjectID{Group: "source.toolkit.fluxcd.io", Version: "v1", Kind: "GitRepository", Namespace: "flux-system", Name: "platform"}
	return &model.Lineage{Kind: model.Flux, By: &by, Parent: file, Source: &model.Read{Object: source, In: file}}
}

// Lineages that lead to each other are no reason to hang.
func TestLineageInACircle(t *testing.T) {
	a := platformLine()
	b := &model.Lineage{Kind: model.Flux, Dir: "app", By: a.By, Parent: a, Reads: []model.Read{{Object: *a.By, In: a}}}
	a.Dir, a.Parent, a.Source = "cert", b, nil
	of := task.TargetQueries{Kind: model.Flux, Base: a, Head: a, Queries: []task.Query{{Object: *a.By}, {Object: *a.By, Removed: true}, {Object: *a.By, Asker: true}}}
	j, err := task.Batch{of, of}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var batch task.Batch
	if err := batch.UnmarshalJSON(j); err != nil {
		t.Fatal(err)
	}
	if batch[0].Head.Parent.Reads[0].In != batch[1].Head {
		t.Error("a lineage that two targets share came back twice")
	}
	files := tree{"cert/a.yaml": outsideSource}
	if got := NewLocator(files, files).Locate(batch[0]); len(got) != 3 {
		t.Errorf("%d answers", len(got))
	}
}

// A text that variables would blow up stays as it is written.
func TestVariablesOfAnySize(t *testing.T) {
	v := &variables{side: newSide(model.Head, tree{}), known: map[string]*node{"X": newScalar(strings.Repeat("x", 1<<16), tagString, place{})}}
	text := strings.Repeat("${X}", 1<<16)
	if got := v.eval(text, 0); !got.open || len(got.text) > len(text) {
		t.Errorf("%d bytes of text became %d", len(text), len(got.text))
	}
	deep := strings.Repeat("${Y:=", 1000) + strings.Repeat("}", 1000)
	if got := v.eval(deep, 0); !got.open {
		t.Errorf("nested defaults became %q", got.text)
	}
}
