package review

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// A problem that the asking object causes gets the line of the field at fault;
// one that has a place of its own keeps it, and so does what shares it.
func TestLocateProblems(t *testing.T) {
	by := model.ObjectID{Kind: "Kustomization", Name: "apps"}
	line := &model.Lineage{Kind: model.Flux, By: &by, Parent: &model.Lineage{}}
	file := func(name string) *model.Position {
		return &model.Position{File: name, Line: 1, EndLine: 1, Precision: model.AtFile, Side: model.Head}
	}
	shared := &model.Problem{Class: model.MissingDir, Location: file("apps.yaml")}
	s := &model.Snapshot{Side: model.Head, Targets: []model.Rendered{
		{Target: model.Target{ID: "a"}, Problem: shared, Lineage: line},
		{Target: model.Target{ID: "b"}, Problem: shared},
		{Target: model.Target{ID: "c"}, Problem: &model.Problem{Class: model.SourceRefused}, Lineage: line},
		{Target: model.Target{ID: "d"}, Problem: &model.Problem{Class: model.YAMLSyntax, Location: file("web.yaml")}, Lineage: line},
		{Target: model.Target{ID: "e"}, Problem: &model.Problem{Class: model.SubstitutionUnresolved,
			Location: &model.Position{File: "web.yaml", Line: 3, Precision: model.AtLine}}, Lineage: line},
	}}
	asked := map[string]string{}
	err := newJudge(Subject{Head: s, Locate: func(questions []Question) ([]*model.Position, error) {
		out := make([]*model.Position, len(questions))
		for i, q := range questions {
			if !q.Asker || q.Object != by || q.Side != model.Head {
				t.Errorf("%s is asked for as %+v", q.Target.ID, q)
			}
			asked[q.Target.ID] = model.Pointer(q.Path)
			out[i] = &model.Position{File: "apps.yaml", Line: 7, Precision: model.AtLine}
		}
		return out, nil
	}}, nil, nil).locateProblems()
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"a": "/spec/path", "c": "/spec/sourceRef", "d": ""} {
		if got, ok := asked[id]; !ok || got != want {
			t.Errorf("of %s %q is asked for (%t), want %q", id, got, ok, want)
		}
	}
	if len(asked) != 3 {
		t.Errorf("asked for %v", asked)
	}
	for i, want := range []int{7, 1, 7, 1, 3} {
		if got := s.Targets[i].Problem.Location.Line; got != want {
			t.Errorf("%s is at line %d, want %d", s.Targets[i].Target.ID, got, want)
		}
	}
}
