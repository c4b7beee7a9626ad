package main

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/github/githubtest"
)

func TestAPullRequestGetsACheckRun(t *testing.T) {
	w := newWorld(t)
	w.start()
	head := w.branch("broken", "main", breaks)
	w.pull("broken", "")
	run := w.completed(head, 1)[0]
	if run.Name != "seaworthy" || run.Conclusion != "failure" || run.Title != "Does not build: prod" {
		t.Errorf("the check run is %+v", run)
	}
	want := githubtest.Annotation{Path: "prod/kustomization.yaml", StartLine: 4, EndLine: 4, Level: "failure"}
	if len(run.Annotations) != 1 {
		t.Fatalf("there are %d annotations: %+v", len(run.Annotations), run.Annotations)
	}
	got := run.Annotations[0]
	got.Title, got.Message = "", ""
	if got != want {
		t.Errorf("the annotation is %+v, want %+v", got, want)
	}
	w.branch("scaled", "main", scales)
	if n := w.pull("scaled", ""); n != 2 {
		t.Errorf("the second pull request is %d", n)
	}
	if run := w.completed(w.git("rev-parse", "scaled"), 1)[0]; run.Conclusion != "success" {
		t.Errorf("the check run is %+v", run)
	}
}
