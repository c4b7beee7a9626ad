package locate

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// TestTrials takes a removed patch for the cause of a field that falls back to
// a line nobody changed, by Kustomize's own verdict.
func TestTrials(t *testing.T) {
	web := "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n"
	base := tree{"app/web.yaml": web, "app/kustomization.yaml": `resources: [web.yaml]
commonAnnotations:
  note: one
patches:
- target: {kind: Deployment}
  patch: '[{"op": "replace", "path": "/spec/replicas", "value": 5}]'
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
`}
	head := tree{"app/web.yaml": web, "app/kustomization.yaml": `resources: [web.yaml]
commonAnnotations:
  note: two
patches:
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
`}
	r, err := build(head.disk(), "app")
	if err != nil {
		t.Fatal(err)
	}
	steps, value, _ := r.objects[0].Walk("/spec/replicas", nil)
	a := Locate(base, head, model.Kustomize, "app", []task.Query{{Object: r.objects[0].ID, Path: steps, Value: value}})[0]
	if got := show(a.Position); got != "app/web.yaml:6" {
		t.Errorf("the last writer is %s, want app/web.yaml:6", got)
	}
	for _, trial := range a.Trials {
		head[trial.File] = string(trial.Content)
		back, err := build(head.disk(), "app")
		if err == nil && fmt.Sprint(at(back.objects[0], steps)) == "5" {
			if got := show(&trial.Position); got != "app/kustomization.yaml:4" {
				t.Errorf("the trial that takes the change back is %s, want app/kustomization.yaml:4", got)
			}
			return
		}
	}
	t.Errorf("none of %d trials takes the change back", len(a.Trials))
}
