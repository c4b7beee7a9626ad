package review

import (
	"fmt"
	"strings"
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

// TestOneNameInSeveralNamespaces: one edit takes a policy of the same name out of three
// namespaces, and one finding says what that means in each.
func TestOneNameInSeveralNamespaces(t *testing.T) {
	var list []Finding
	for _, namespace := range []string{"data", "search", "shop"} {
		id := model.ObjectID{Kind: "NetworkPolicy", Namespace: namespace, Name: "default-deny"}
		list = append(list, Finding{Check: "network-policy-removed", Status: New, Severity: High, Message: fmt.Sprintf("%s is removed. It covered %s-pods.", id, namespace), Object: &id,
			Objects: []model.ObjectID{id}, Location: &model.Position{File: "kustomization.yaml", Line: 1, Precision: model.AtLine}, gone: true})
	}
	got := group(list)
	if len(got) != 1 || len(got[0].Alike) != 0 || len(got[0].Objects) != 3 {
		t.Fatalf("got %+v", got)
	}
	for _, f := range list {
		if !strings.Contains(got[0].Message, f.Message) {
			t.Errorf("%q does not say %q", got[0].Message, f.Message)
		}
	}
}

// TestTheOneThatSaysMostSpeaksForAll: and names all others.
func TestTheOneThatSaysMostSpeaksForAll(t *testing.T) {
	var list []Finding
	for i, more := range []string{"", "", " It covered Deployment web.", "", ""} {
		id := model.ObjectID{Kind: "NetworkPolicy", Namespace: "shop", Name: fmt.Sprint(i)}
		list = append(list, Finding{Check: "network-policy-removed", Status: New, Severity: High, Message: id.String() + " leaves the cluster." + more, Object: &id,
			Objects: []model.ObjectID{id}, Location: &model.Position{File: "kustomization.yaml", Line: 8, Precision: model.AtLine}, gone: true})
	}
	got := group(list)
	if len(got) != 1 || got[0].Object.Name != "2" || len(got[0].Alike) != 4 || len(got[0].Objects) != 5 {
		t.Errorf("got %+v", got)
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
		t.Errorf("few are told as %+v", got)
	}
}

// TestAdviceOnManyObjectsIsToldOnce: what blocks is told of each object, advice once
// with the names of all.
func TestAdviceOnManyObjectsIsToldOnce(t *testing.T) {
	advice := func(n int, severity Severity) (out []Finding) {
		for i := range n {
			o := model.NewObject(model.ObjectID{Kind: "Deployment", Group: "apps", Namespace: "shop", Name: fmt.Sprint(i)}, fmt.Sprint(i), nil, nil)
			out = append(out, Finding{Check: "single-replica", Status: New, Severity: severity, Message: o.ID.String() + " runs one replica.", Object: &o.ID, Objects: []model.ObjectID{o.ID}, on: o,
				Location: &model.Position{File: fmt.Sprint(i, ".yaml"), Line: 1, Precision: model.AtLine}})
		}
		return out
	}
	if got := foldAdvice(advice(5, Low)); len(got) != 1 || len(got[0].Alike) != 4 || got[0].Message != "Deployment shop/0 runs one replica." {
		t.Errorf("five are told as %+v", got)
	}
	if got := foldAdvice(advice(2, Low)); len(got) != 2 {
		t.Errorf("few are told as %+v", got)
	}
	if got := foldAdvice(advice(5, High)); len(got) != 5 {
		t.Errorf("five that block are told as %+v", got)
	}
	few := advice(4, Low)
	for i := range few {
		few[i].Message += fmt.Sprint(i)
	}
	if got := foldAdvice(few); len(got) != 4 {
		t.Errorf("four that differ are told as %+v", got)
	}
	list := advice(5, Low)
	list[3].Message = "Deployment shop/3 runs none."
	if got := foldAdvice(list); len(got) != 1 || got[0].Message != "Deployment shop/0 runs one replica. The others differ from it in detail." {
		t.Errorf("five that differ are told as %+v", got)
	}
}

// TestAdviceAtManyPlacesIsToldOnce: eighteen files that nothing applies are one
// sentence; four are four.
func TestAdviceAtManyPlacesIsToldOnce(t *testing.T) {
	var list []Finding
	for i := range 6 {
		list = append(list, Finding{Check: "orphan-manifest", Status: New, Severity: Medium, Message: fmt.Sprintf("No kustomization names `%d.yaml`.", i), Location: &model.Position{File: fmt.Sprint(i, ".yaml"), Line: 1, Precision: model.AtLine}})
	}
	got := foldPlaces(list)
	if len(got) != 1 || got[0].Message != "No kustomization names `0.yaml`. The like stands at `1.yaml:1`, `2.yaml:1`, `3.yaml:1` and 2 more." {
		t.Errorf("six are told as %+v", got)
	}
	if got := foldPlaces(list[:4]); len(got) != 4 {
		t.Errorf("few are told as %+v", got)
	}
}

// TestOneObjectIsToldOnce: of twenty fields that slipped the first is told, and that it
// blocks; of two objects, or of four fields, each is.
func TestOneObjectIsToldOnce(t *testing.T) {
	field := func(name string, line int) Finding {
		o := model.NewObject(model.ObjectID{Kind: "ConfigMap", Namespace: "shop", Name: name}, name, nil, nil)
		return Finding{Check: "schema-invalid", Status: New, Severity: High, Title: "unknown field", Message: fmt.Sprintf("`%d` is no field.", line), Object: &o.ID, on: o,
			Location: &model.Position{File: "a.yaml", Line: line, Precision: model.AtLine}}
	}
	var list []Finding
	for i := range 6 {
		list = append(list, field("one", i+1))
	}
	list = append(list, field("other", 9))
	checks := []*Check{{ID: "schema-invalid", OneCause: true}}
	got := foldObject(list, checks)
	if len(got) != 2 || got[0].Message != "`1` is no field. There are 5 more such lines in the file: 2, 3, 4, 5, 6." || got[0].Severity != High {
		t.Errorf("six are told as %+v", got)
	}
	if got := foldObject(list[:4], checks); len(got) != 4 {
		t.Errorf("few are told as %+v", got)
	}
}

// TestCopiesAreToldOnce: what is said of one object at two places is said once, of two
// objects twice, and it blocks as it did.
func TestCopiesAreToldOnce(t *testing.T) {
	at := func(name, file string) Finding {
		o := model.NewObject(model.ObjectID{Kind: "Deployment", Group: "apps", Namespace: "shop", Name: name}, file, nil, nil)
		return Finding{Check: "probes-missing", Status: New, Severity: High, Message: name + " has none.", Object: &o.ID, on: o, Targets: []string{file},
			Location: &model.Position{File: file, Line: 7, Precision: model.AtLine}}
	}
	got := foldCopies([]Finding{at("web", "a.yaml"), at("api", "a.yaml"), at("web", "b.yaml")})
	if len(got) != 2 || got[0].Message != "web has none. The same at `b.yaml:7`." || len(got[0].Targets) != 2 || got[0].Severity != High {
		t.Errorf("got %+v", got)
	}
}

// TestWhatIsLostManyTimesIsToldOnce: ten claims that leave by one cause are one finding;
// nine are nine.
func TestWhatIsLostManyTimesIsToldOnce(t *testing.T) {
	var list []Finding
	for i := range 10 {
		name := fmt.Sprint("data-", i)
		o := model.NewObject(model.ObjectID{Kind: "PersistentVolumeClaim", Namespace: "shop", Name: name}, name, nil, nil)
		list = append(list, Finding{Check: "object-pruned", Status: New, Severity: Critical, Message: o.ID.String() + " will be deleted.", Object: &o.ID, on: o, gone: true,
			Targets: []string{name}, Location: &model.Position{File: name + ".yaml", Line: 1, Precision: model.AtLine}})
	}
	if got := foldLost(list[:9]); len(got) != 9 {
		t.Errorf("nine are told as %d", len(got))
	}
	got := foldLost(list)
	if len(got) != 1 || len(got[0].Alike) != 9 || got[0].Severity != Critical ||
		got[0].Message != "PersistentVolumeClaim shop/data-0 will be deleted." {
		t.Errorf("ten are told as %+v", got)
	}
}
