package reviewtest

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Unrelated takes what the fixtures of a directory come to, and lets a change add
// something beside it that has nothing to do with it. No check may say that the
// change made, worsened or fixed anything.
func Unrelated(t *testing.T, checks []*review.Check, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in %s (%v)", dir, err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := parse(t, a)
		f.base, f.governing = f.head, nil
		f.head = maps.Clone(f.head)
		f.head["unrelated/kustomization.yaml"] = "resources: [note.yaml]\n"
		f.head["unrelated/note.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unrelated, namespace: unrelated}\ndata: {greeting: hello}\n"
		for _, found := range f.review(t, checks, review.RenderFailed).Findings {
			if slices.Contains([]review.FindingStatus{review.New, review.Worse, review.Fixed}, found.Status) {
				t.Errorf("%s, and something unrelated: %s of %s at %s: %s", file, found.Status, found.Check, at(found), found.Message)
			}
		}
	}
}
