package checks

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestChecksInAnAudit runs every check over the head of its fixtures, as an
// audit does. One that speaks only of changes says so; every other has looked at
// something in one of its own fixtures, or the count of what it looks at is
// wrong, and a report would call it passed or not applicable without ground.
func TestChecksInAnAudit(t *testing.T) {
	for _, c := range All {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join("testdata", c.ID, "*.txtar"))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[review.Outcome]int{}
			for _, f := range files {
				seen[auditFixture(t, c, f)]++
			}
			spoke := seen[review.Open] + seen[review.Passed] + seen[review.Unseen]
			switch {
			case c.Run.SpeaksOfChangesOnly() && spoke > 0:
				t.Errorf("it says that it speaks of changes only; in audits it is %v", seen)
			case !c.Run.SpeaksOfChangesOnly() && seen[review.Open]+seen[review.Unseen] == 0:
				t.Errorf("in no audit of its fixtures does it find anything: %v", seen)
			}
		})
	}
}

func auditFixture(t *testing.T, c *review.Check, file string) review.Outcome {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, head, rest := modeltest.Sides(a)
	runner := sandbox.InProcess(engine.Handlers())
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: []*review.Check{c}}
	var found *review.Report
	w := job.Whole{Change: job.Change{Head: head, Scope: "test", AsOf: reviewtest.Now}, FileSide: model.Head,
		Found: func(r *review.Report) { found = r }}
	set, mistakes, err := config.ReadContent(t.Context(), runner, []byte("version: 1\n"+rest["seaworthy.yaml"]), w.Scope, r.CheckIDs())
	if err != nil {
		t.Fatal(err)
	}
	if w.Governance, err = r.Govern(set, "seaworthy.yaml", mistakes, job.Defaults{}); err != nil {
		t.Fatal(err)
	}
	w.Settings.Waivers = nil
	if _, err := r.Audit(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	for _, b := range found.Broken {
		t.Errorf("%s panicked: %s\n%s", b.Check, b.Panic, b.Stack)
	}
	return found.Checks[0].Outcome
}
