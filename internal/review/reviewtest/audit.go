package reviewtest

import (
	"context"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// look runs the checks as the fixture asks: over a change, or over a repository.
func (f *fixture) look(t *testing.T, checks []*review.Check, id string) *review.Report {
	t.Helper()
	if f.audit {
		return f.whole(t, checks, id)
	}
	return f.review(t, checks, id)
}

// unsaid is the status of a want that names none.
func (f *fixture) unsaid() review.FindingStatus {
	if f.audit {
		return review.Existing
	}
	return review.New
}

// whole audits head/.
func (f *fixture) whole(t *testing.T, checks []*review.Check, id string) *review.Report {
	t.Helper()
	r := Reviewer(checks)
	var found *review.Report
	w := job.Whole{Change: job.Change{HeadSHA: "head", Head: modeltest.Tree(f.head), Scope: "test", AsOf: Now}, FileSide: model.Head,
		Found: func(r *review.Report) { found = r }}
	file, mistakes, err := config.ReadContent(t.Context(), r.Runner, []byte("version: 1\n"+f.config), w.Scope, r.CheckIDs())
	if err != nil {
		t.Fatal(err)
	}
	if w.Governance, err = r.Govern(file, "seaworthy.yaml", mistakes, job.Defaults{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Audit(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	for _, b := range found.Broken {
		t.Errorf("%s panicked: %s\n%s", b.Check, b.Panic, b.Stack)
	}
	f.built(t, found, id)
	return found
}
