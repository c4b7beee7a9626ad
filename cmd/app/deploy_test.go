package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestOwnDeploy: the App reviews its own deploy/ as if all of it were new, by
// this repository's file, and has nothing to say.
func TestOwnDeploy(t *testing.T) {
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS("../.."), "deploy", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join("../..", p))
		files[p] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("../../.github/seaworthy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	runner := sandbox.InProcess(engine.Handlers())
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: checks.All}
	c := job.Change{BaseSHA: "0", MergeBase: "0", HeadSHA: "1", Scope: "test", Base: modeltest.Tree(nil), Head: modeltest.Tree(files),
		AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	file, mistakes, err := config.ReadContent(t.Context(), runner, own, c.Scope, r.CheckIDs())
	if err != nil {
		t.Fatal(err)
	}
	if c.Governance, err = r.Govern(file, ".github/seaworthy.yaml", mistakes, job.Defaults{}); err != nil {
		t.Fatal(err)
	}
	report, err := r.Review(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Changes) < 5 {
		t.Errorf("%d objects are deployed", len(report.Changes))
	}
	for _, f := range report.Findings {
		// Unknown: the Secrets that the operator makes by hand.
		if f.Status != review.Waived && f.Status != review.Unknown {
			t.Errorf("%s %s: %s (%v)", f.Status, f.Check, f.Message, f.Location)
		}
	}
}
