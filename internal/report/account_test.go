package report

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// A file whose reader does not build waits for that; of what cannot be seen from here it
// is another matter.
func TestWhatTheFilesOfAChangeBecame(t *testing.T) {
	r := &review.Report{
		Targets: []review.TargetResult{
			{ID: "kustomize:prod", Path: "prod", Base: "rendered", Head: "rendered"},
			{ID: "kustomize:staging", Path: "staging", Base: "rendered", Head: "failed"},
			{ID: "kustomize:dev", Path: "dev", Base: "incomplete", Head: "incomplete"},
		},
		Account: []model.FileAccount{
			{File: "a", State: model.RenderedState, Targets: []string{"kustomize:prod"}},
			{File: "b", State: model.UnseenState, Targets: []string{"kustomize:prod", "kustomize:staging"}},
			{File: "c", State: model.UnseenState, Targets: []string{"kustomize:dev", "kustomize:staging"}},
			{File: "d", State: model.UnseenState, Targets: []string{}},
		},
	}
	if got, want := accountLine(r), "4 files: 1 rendered, 1 not compared (staging does not build), 2 not visible"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.Targets[0].Base = "failed"
	if got, want := accountLine(r), "4 files: 1 rendered, 1 not compared (2 targets do not build), 2 not visible"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
