package job_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

var errGateway = fault.New(fault.GitHub, "GitHub answered 502", errors.New("502"))

// flaky are contents by their own text as id. What is broken cannot be had;
// what is large is left out of answers.
type flaky struct{ broken, large string }

func (f *flaky) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		if f.broken != "" && strings.Contains(id, f.broken) {
			return nil, errGateway
		}
		if f.large == "" || !strings.Contains(id, f.large) {
			out[id] = []byte(id)
		}
	}
	return out, nil
}

func tree(blobs model.Blobs, files map[string]string) *model.Tree {
	var entries []model.Entry
	for p, content := range files {
		e := model.Entry{Path: p, ID: content}
		if link, ok := strings.CutPrefix(content, "-> "); ok {
			e.Mode, e.Link = model.Symlink, link
		}
		entries = append(entries, e)
	}
	return model.NewTree("", entries, blobs)
}

var plain = map[string]string{
	"kustomization.yaml": "resources: [cm.yaml]\n",
	"cm.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n",
}

// ignoring is a change that silences a scanner without a reason.
func ignoring() map[string]string {
	out := map[string]string{".trivyignore": "CVE-2026-0001\n", "loop": "-> loop", "out": "-> ../outside"}
	for p, content := range plain {
		out[p] = content
	}
	return out
}

func changeOf(base, head *model.Tree) job.Change {
	return job.Change{BaseSHA: "base", MergeBase: "base", HeadSHA: "head", Scope: "test", AsOf: reviewtest.Now, Governance: job.Governance{Gate: review.Standard, Governing: base},
		Base: base, Head: head}
}

func found(r *review.Report, file string) bool {
	return slices.ContainsFunc(r.Findings, func(f review.Finding) bool { return f.Location != nil && f.Location.File == file })
}

// TestWhatCannotBeReadIsNotAbsent: with one file that GitHub does not give, the
// attempt ends by GitHub's fault, and is made again.
func TestWhatCannotBeReadIsNotAbsent(t *testing.T) {
	reviewer := reviewtest.Reviewer(checks.All)
	base := modeltest.Tree(plain)
	blobs := &flaky{broken: "CVE-2026-0001"}
	head := tree(blobs, ignoring())
	if r, err := reviewer.Review(t.Context(), changeOf(base, head)); fault.OwnerOf(err) != fault.GitHub {
		t.Errorf("the review of what cannot be read ends with %v, and says %+v", err, r)
	}
	if _, err := reviewer.Audit(t.Context(), job.Whole{Change: changeOf(base, head), FileSide: model.Head}); fault.OwnerOf(err) != fault.GitHub {
		t.Errorf("the audit of what cannot be read ends with %v", err)
	}
	blobs.broken = ""
	r, err := reviewer.Review(t.Context(), changeOf(base, head))
	if err != nil || !found(r, ".trivyignore") {
		t.Errorf("the next attempt ends with %v, and does not find what it adds", err)
	}
}

// TestWhatIsTooLargeIsData: it is no fault, and no reason to try again.
func TestWhatIsTooLargeIsData(t *testing.T) {
	reviewer := reviewtest.Reviewer(checks.All)
	head := tree(&flaky{large: "CVE-2026-0001"}, ignoring())
	if _, err := reviewer.Review(t.Context(), changeOf(modeltest.Tree(plain), head)); err != nil {
		t.Errorf("the review of a large file ends with %v", err)
	}
	if _, err := reviewer.Audit(t.Context(), job.Whole{Change: changeOf(modeltest.Tree(plain), head), FileSide: model.Head}); err != nil {
		t.Errorf("the audit of a large file ends with %v", err)
	}
}

// TestTheGoverningBranchCannotBeRead: whose comments waive is not known then.
func TestTheGoverningBranchCannotBeRead(t *testing.T) {
	mutable := map[string]string{"web.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n  # seaworthy: waive image-tag-mutable until=2026-12-31 owner=@acme/shop reason=\"pinned\"\n  - {name: web, image: \"nginx:latest\"}\n",
		"kustomization.yaml": "resources: [web.yaml]\n"}
	c := changeOf(modeltest.Tree(plain), modeltest.Tree(mutable))
	c.Governing = tree(&flaky{broken: "kind: Pod"}, mutable)
	if r, err := reviewtest.Reviewer(checks.All).Review(t.Context(), c); fault.OwnerOf(err) != fault.GitHub {
		t.Errorf("a review without the governing branch ends with %v, and says %+v", err, r)
	}
}

// TestTheShownSourceCannotBeRead: an excerpt that is missing is told.
func TestTheShownSourceCannotBeRead(t *testing.T) {
	c := changeOf(modeltest.Tree(plain), tree(&flaky{broken: "CVE"}, ignoring()))
	source, failed := job.Source(t.Context(), c)
	if source(model.Head, "missing") != nil || source(model.Head, "loop") != nil || source(model.Head, "out") != nil || failed() != nil {
		t.Errorf("what is not there is a failure: %v", failed())
	}
	if source(model.Head, ".trivyignore") != nil || !errors.Is(failed(), errGateway) {
		t.Errorf("what cannot be read is %v", failed())
	}
}
