package review

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestAListThatGoesIsToldOnce: a line that takes three objects away is told for each,
// since what goes with them differs; one that takes more of a kind is told once, with
// the names of all.
func TestAListThatGoesIsToldOnce(t *testing.T) {
	gone := func(n int, kind string) (out []Finding) {
		for i := range n {
			id := model.ObjectID{Kind: kind, Namespace: "shop", Name: fmt.Sprint(i)}
			out = append(out, Finding{Check: "object-pruned", Status: New, Severity: High, Title: "object will be deleted", Message: fmt.Sprintf("%s will be deleted, and claim %d with it.", id, i),
				Object: &id, Objects: []model.ObjectID{id}, Location: &model.Position{File: "kustomization.yaml", Line: 8, Precision: model.AtLine}, gone: true})
		}
		return out
	}
	for name, tt := range map[string]struct {
		list []Finding
		want int
	}{
		"three":        {gone(3, "Kustomization"), 3},
		"four":         {gone(4, "Kustomization"), 1},
		"of two kinds": {append(gone(2, "Kustomization"), gone(2, "HelmRelease")...), 4},
	} {
		got := group(tt.list)
		if len(got) != tt.want {
			t.Errorf("%s: %d findings, want %d", name, len(got), tt.want)
		}
		objects := 0
		for _, f := range got {
			objects += len(f.Objects)
		}
		if objects != len(tt.list) {
			t.Errorf("%s: %d objects are named, of %d", name, objects, len(tt.list))
		}
	}
}

// TestOnePageThatManyLinkTo: what is said in the same words of four files is said once.
func TestOnePageThatManyLinkTo(t *testing.T) {
	link := func(file, target string) Finding {
		return Finding{Check: "doc-link-broken", Status: New, Severity: Low, Message: "`" + target + "` does not exist.", Location: &model.Position{File: file, Line: 1, Precision: model.AtLine}}
	}
	list := []Finding{link("a.md", "gone.md"), link("b.md", "gone.md"), link("c.md", "gone.md"), link("c.md", "other.md"), link("d.md", "gone.md"), link("e.md", "gone.md"), link("e.md", "gone.md")}
	got := foldFiles(list)
	if len(got) != 2 || got[0].Message != "`gone.md` does not exist. The same in `b.md`, `c.md`, `d.md` and 1 more." || got[1].Message != "`other.md` does not exist." {
		t.Errorf("got %+v", got)
	}
	if got := foldFiles(list[:2]); len(got) != 2 {
		t.Errorf("two are told as %+v", got)
	}
}
