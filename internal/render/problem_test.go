package render

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

func newTestRenderer() *Renderer { return New(sandbox.InProcess(engine.Handlers()), NoCache(), 1) }

// TestProblems: each archive holds one tree in head/ and, in its comment, a line
// for every target that must not render: target, class, file:line and a part of
// the message.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, head, _ := modeltest.Sides(a)
			out, err := newTestRenderer().Pair(t.Context(), Request{Head: head, Scope: "test"})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, r := range out.Head.Targets {
				if p := r.Problem; p != nil {
					got[r.Target.ID] = fmt.Sprintf("%s %s:%d %s", p.Class, p.Location.File, p.Location.Line, p.Message)
					if (r.Status == model.StatusIncomplete) != (p.Class.Incomplete() || r.Hole) {
						t.Errorf("%s is %s", r.Target.ID, r.Status)
					}
					if strings.Contains(p.Message, "/seaworthy-repository") {
						t.Errorf("a made-up path: %s", p.Message)
					}
				}
			}
			for _, want := range strings.Split(strings.TrimSpace(string(a.Comment)), "\n") {
				if strings.HasPrefix(want, "#") {
					continue
				}
				id, rest, _ := strings.Cut(want, " ")
				head, message, _ := strings.Cut(rest, " | ")
				if !strings.HasPrefix(got[id], head+" ") || !strings.Contains(got[id], message) {
					t.Errorf("%s:\n got  %s\n want %s", id, got[id], rest)
				}
				delete(got, id)
			}
			for id, p := range got {
				t.Errorf("surplus: %s %s", id, p)
			}
		})
	}
}
