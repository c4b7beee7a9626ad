package job_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

var errGateway = errors.New("GitHub answered 502")

// broken reads all of a tree but one blob.
type broken struct {
	tree *model.Tree
	id   string
}

func (b broken) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	if slices.Contains(ids, b.id) {
		return nil, errGateway
	}
	return b.tree.ReadBlobs(ctx, ids)
}

// without gives a tree in which one file cannot be read.
func without(t *testing.T, files map[string]string, path string) *model.Tree {
	t.Helper()
	tree := modeltest.Tree(files)
	lost, ok := tree.Lookup(path)
	if !ok {
		t.Fatalf("no %s", path)
	}
	var entries []model.Entry
	for _, f := range tree.Files() {
		e, _ := tree.Lookup(f)
		entries = append(entries, e)
	}
	return model.NewTree("", entries, broken{tree, lost.ID})
}

// TestWhatCannotBeReadIsNotAbsent: a file that a fault hides ends a review and an
// audit, which are tried again. It does not count as one that is not there.
func TestWhatCannotBeReadIsNotAbsent(t *testing.T) {
	runner := sandbox.InProcess(engine.Handlers())
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: checks.All}
	files := map[string]string{"kustomization.yaml": "resources: [a.yaml]\n",
		"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {level: info}\n"}
	head := map[string]string{".trivyignore": "CVE-2026-1234\n", "README.md": "# Shop\n"}
	for name, content := range files {
		head[name] = content
	}
	change := func(tree *model.Tree) job.Change {
		return job.Change{BaseSHA: "0", MergeBase: "0", HeadSHA: "1", Scope: "test", Base: modeltest.Tree(files), Head: tree, Gate: review.Standard, AsOf: time.Unix(0, 0)}
	}
	whole, err := r.Review(t.Context(), change(modeltest.Tree(head)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(whole.Findings, func(f review.Finding) bool { return f.Location != nil && f.Location.File == ".trivyignore" }) {
		t.Fatal("nothing is said of the bare entry of .trivyignore: this test looks at nothing")
	}
	if _, err := r.Review(t.Context(), change(without(t, head, ".trivyignore"))); !errors.Is(err, errGateway) {
		t.Errorf("the review ends with %v", err)
	}
	if _, err := r.Audit(t.Context(), job.Whole{Change: change(without(t, head, "README.md"))}); !errors.Is(err, errGateway) {
		t.Errorf("the audit ends with %v", err)
	}
}
