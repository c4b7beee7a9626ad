package render

import (
	"context"
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// nothing has none of the charts that it is asked for.
type nothing struct{}

func (nothing) Fetch(_ context.Context, _ string, refs []model.SourceRef) []model.Artifact {
	out := make([]model.Artifact, len(refs))
	for i := range out {
		out[i].Problem = &model.Problem{Class: model.SourceUnreachable, Message: "it is not there"}
	}
	return out
}

// A chart that wants more than a build has room for gets no tree that is none.
func TestMoreDependenciesThanThereIsRoomFor(t *testing.T) {
	var wants []task.Packaged
	for i := range 2 * sandbox.MaxTrees {
		wants = append(wants, task.Packaged{Repository: "https://charts.example.org", Name: fmt.Sprint("d", i), Version: "1.0.0"})
	}
	w := &work{trees: []*model.Tree{nil}}
	o := newOutside(Request{Sources: nothing{}})
	if !o.complete(t.Context(), 0, []*work{w}, [][]task.Packaged{wants}) {
		t.Fatal("nothing was fetched")
	}
	if len(w.trees) != 1 || len(w.task.Charts) != sandbox.MaxTrees {
		t.Errorf("it has %d trees and %d charts", len(w.trees), len(w.task.Charts))
	}
	for _, c := range w.task.Charts {
		if c.Problem == nil {
			t.Errorf("%s was neither fetched nor refused", c.Name)
		}
	}
}
