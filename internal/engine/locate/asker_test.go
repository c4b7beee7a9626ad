package locate

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// What is at fault in the object that asks for a target stands in its parent's
// render: the field itself, what stands for it, or else the object.
func TestAsker(t *testing.T) {
	instance := "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, namespace: flux-system}\nspec:\n" +
		"  sync:\n    kind: GitRepository\n    path: ./nowhere\n"
	release := "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: platform, namespace: flux-system}\nspec:\n" +
		"  chartRef:\n    kind: OCIRepository\n    name: web\n"
	for name, tt := range map[string]struct{ file, kind, path, want string }{
		"a field of a Kustomization":       {outsideSource, "Kustomization", "spec/path", "flux.yaml:14"},
		"a map of it":                      {outsideSource, "Kustomization", "spec/sourceRef", "flux.yaml:15"},
		"a field that it has not":          {strings.ReplaceAll(outsideSource, "  path: ./cert\n", ""), "Kustomization", "spec/path", "flux.yaml:10 object"},
		"any of it":                        {outsideSource, "Kustomization", "", "flux.yaml:10 object"},
		"what stands for the chart":        {release, "HelmRelease", "spec/chart/spec", "flux.yaml:5"},
		"what the Flux Operator makes":     {instance, "Kustomization", "spec/path", "flux.yaml:7"},
		"the source that the operator has": {instance, "Kustomization", "spec/sourceRef", "flux.yaml:5"},
		"nothing":                          {"", "Kustomization", "spec/path", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			by := model.ObjectID{Group: "kustomize.toolkit.fluxcd.io", Kind: tt.kind, Namespace: "flux-system", Name: "platform"}
			if tt.kind == "HelmRelease" {
				by.Group = "helm.toolkit.fluxcd.io"
			}
			q := task.Query{Object: by, Asker: true, Side: model.Head}
			for _, field := range strings.Split(tt.path, "/") {
				if field != "" {
					q.Path = append(q.Path, model.FieldStep(field))
				}
			}
			line := &model.Lineage{Kind: model.Flux, By: &by, Parent: &model.Lineage{Kind: model.Manifests, File: "flux.yaml"}}
			files := tree{"flux.yaml": tt.file}
			got := NewLocator(files, files).Locate(task.TargetQueries{Kind: model.Flux, Head: line, Queries: []task.Query{q}})
			if show(got[0].Position) != tt.want {
				t.Errorf("%s, want %s", show(got[0].Position), tt.want)
			}
		})
	}
}
