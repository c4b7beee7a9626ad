package locate

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// TestHostile feeds what a pull request may hold and asks for nothing but an
// end, without a panic, in reasonable time.
func TestHostile(t *testing.T) {
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	double := tree{"d40/kustomization.yaml": "resources: [web.yaml]\n", "d40/web.yaml": "kind: A\nmetadata: {name: a}\n"}
	for i := range 40 {
		double[fmt.Sprintf("d%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../d%d, ../d%d/]\n", i+1, i+1)
	}
	double["app/kustomization.yaml"] = "resources: [../d0]\n"
	for name, files := range map[string]tree{
		"cycle":        {"app/kustomization.yaml": "resources: [../app, ../b]\ncomponents: [../app]\n", "b/kustomization.yaml": "resources: [../app]\n"},
		"alias bomb":   {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": bomb + "kind: A\nmetadata: {name: a}\n"},
		"alias cycle":  {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": "kind: A\nmetadata: &m {name: a, x: *m}\n"},
		"deep":         {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": strings.Repeat("[", 9000)},
		"doubling":     double,
		"invalid":      {"app/kustomization.yaml": "resources: {a: [\n"},
		"scalars":      {"app/kustomization.yaml": "resources: x\npatches: [1, null, {patch: 3}]\nimages: [x]\nlabels: [[]]\nreplicas: [{}]\nvars: [1]\n"},
		"outside":      {"app/kustomization.yaml": "resources: [../../etc/passwd, /etc/passwd]\n"},
		"bad patterns": {"app/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: '(', newTag: x}]\npatches: [{target: {name: '('}, patch: '[]'}]\n", "app/a.yaml": "kind: A\nmetadata: {name: a}\n"},
		"odd objects":  {"app/kustomization.yaml": "namePrefix: x\nnamespace: y\nresources: [a.yaml]\ncommonLabels: {a: b}\n", "app/a.yaml": "kind: A\nmetadata: [{name: a}]\nspec: 1\n---\n- x\n---\nkind: Deployment\nmetadata: {name: a, labels: 3}\nspec: []\n"},
		"copies":       {"app/kustomization.yaml": "resources: [a.yaml]\npatches:\n- target: {kind: A}\n  patch: |\n" + strings.Repeat("    - {op: copy, from: /spec, path: /spec/x}\n    - {op: copy, from: /spec, path: /spec/y}\n", 60), "app/a.yaml": "kind: A\nmetadata: {name: a}\nspec: {a: b}\n"},
		"nothing":      {},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for _, kind := range []model.Kind{model.Kustomize, model.Manifests} {
				answers := Locate(files, files, kind, "app", everyQuery(model.ObjectID{Kind: "A", Name: "a"}))
				if len(answers) != len(everyQuery(model.ObjectID{})) {
					t.Fatal("an answer is missing")
				}
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}

// everyQuery asks for an object in all the ways there are.
func everyQuery(id model.ObjectID) []task.Query {
	deep := []model.Step{{Field: "spec"}, {Field: "template"}, {Field: "spec"}, {Field: "containers"}, {Key: "name", Value: "c"}, {Field: "image"}}
	inside := []model.Step{{Field: "data"}, {Field: "k"}, {Field: "a", Inside: true}, {Index: -1}}
	return []task.Query{
		{Object: id}, {Object: id, Side: model.Base}, {Object: id, Removed: true},
		{Object: id, Path: deep, Value: "x"}, {Object: id, Path: deep[:1], Gone: deep[1:]}, {Object: id, Gone: deep},
		{Object: id, Path: inside, Value: true}, {Object: id, Path: inside[:2], Gone: inside[2:]},
		{Object: id, Path: []model.Step{{Field: "metadata"}, {Field: "name"}}, Value: "a-2222222222", File: "none"},
	}
}

func FuzzLocate(f *testing.F) {
	stories, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range stories {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(txtar.Format(a), "Deployment", "web")
	}
	f.Add([]byte("-- head/flux.yaml --\n"+outsideSource+"-- base/flux.yaml --\n"+strings.ReplaceAll(outsideSource, "v1.0.0", "v2")), "Deployment", "cert")
	f.Add([]byte("-- head/web.yaml --\n"+webRelease+"-- both/common.yaml --\n"+commonValues+"-- base/web.yaml --\n"+strings.ReplaceAll(webRelease, "1.0.0", "2")), "Deployment", "web")
	f.Fuzz(func(t *testing.T, archive []byte, kind, name string) {
		base, head := tree{}, tree{}
		for _, file := range txtar.Parse(archive).Files {
			side, p, _ := strings.Cut(file.Name, "/")
			if side != "base" {
				head[filepath.Clean(p)] = string(file.Data)
			}
			if side != "head" {
				base[filepath.Clean(p)] = string(file.Data)
			}
		}
		l := NewLocator(base, head)
		inDir := platformLine()
		inDir.Dir, inDir.Source = "app", nil
		for _, of := range []task.TargetQueries{
			{Kind: model.Kustomize, Dir: "app"}, {Kind: model.Kustomize, Dir: "overlays/prod"},
			{Kind: model.Flux, Base: inDir, Head: inDir}, {Kind: model.Flux, Base: platformLine(), Head: platformLine()},
			{Kind: model.Helm, Base: helmLine(true), Head: helmLine(true)}, {Kind: model.Flux, Base: inDir},
		} {
			of.Queries = everyQuery(model.ObjectID{Group: "apps", Kind: kind, Name: name})
			for i, a := range l.Locate(of) {
				if p := a.Position; p != nil && (p.Line < 1 || p.EndLine < p.Line || p.File == "") {
					t.Errorf("query %d is answered %+v", i, p)
				}
			}
		}
	})
}

// BenchmarkOverlays is a thousand overlays over shared bases, with a few
// questions each.
func BenchmarkOverlays(b *testing.B) {
	files := tree{}
	var entries []string
	for i := range 40 {
		name := fmt.Sprintf("web%d.yaml", i)
		entries = append(entries, name)
		files["base/"+name] = fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web%d}\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n      - name: c\n        image: c:1\n", i)
	}
	files["base/kustomization.yaml"] = "resources: [" + strings.Join(entries, ", ") + "]\n"
	for i := range 1000 {
		files[fmt.Sprintf("o%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../base]\nnamespace: n%d\nnamePrefix: p-\nimages: [{name: c, newTag: '2'}]\npatches:\n- target: {kind: Deployment, name: web1}\n  patch: |\n    - {op: replace, path: /spec/replicas, value: 3}\n", i)
	}
	steps := []model.Step{{Field: "spec"}, {Field: "replicas"}}
	for b.Loop() {
		l := NewLocator(files, files)
		for i := range 1000 {
			id := model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: fmt.Sprintf("n%d", i), Name: "p-web1"}
			q := task.Query{Object: id, Path: steps, Value: 3}
			a := l.Locate(task.TargetQueries{Kind: model.Kustomize, Dir: fmt.Sprintf("o%d", i), Queries: []task.Query{q, q, {Object: id}}})
			if a[0].Position == nil || a[0].Position.Line != 7 && a[0].Position.Line != 8 {
				b.Fatalf("%+v", a[0].Position)
			}
		}
	}
}
