package review

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestSaidOnce: of two checks that tell of one edit, the one that says more is heard.
func TestSaidOnce(t *testing.T) {
	at := func(check string, line int, status FindingStatus) Finding {
		return Finding{Check: check, Status: status, Severity: Medium, Location: &model.Position{File: "kustomization.yaml", Line: line}}
	}
	gone := at("pruned", 3, New)
	gone.gone = true
	checks := []*Check{{ID: "commented", SaidBy: "pruned"}, {ID: "pruned"}}
	for name, tt := range map[string]struct {
		list []Finding
		want int
	}{
		"the same edit":    {[]Finding{at("commented", 4, New), at("pruned", 3, New)}, 1},
		"another edit":     {[]Finding{at("commented", 9, New), at("pruned", 3, New)}, 2},
		"from one list":    {[]Finding{at("commented", 9, New), gone}, 1},
		"alone":            {[]Finding{at("commented", 4, New)}, 1},
		"waived elsewhere": {[]Finding{at("commented", 4, New), at("pruned", 3, Waived)}, 2},
	} {
		if got := saidOnce(tt.list, checks); len(got) != tt.want {
			t.Errorf("%s: %d findings, want %d", name, len(got), tt.want)
		}
	}
}

// TestAFindingIsReadable: whatever a check quotes, what people see of it is one line,
// in which neither a credential nor the mark of a hidden value stands.
func TestAFindingIsReadable(t *testing.T) {
	o := model.NewObject(model.ObjectID{Version: "v1", Kind: "ConfigMap", Name: "a"}, "a", []byte(`{}`), nil)
	quotes := &Check{ID: "quotes", Severity: High, Run: Objects(func(p *Pass, o *model.Object) {
		p.Report(Hit{Object: o, Message: "it says\npostgres://shop:wintermute9@db.shop.svc/x and `" + model.Redact("0123456789") + "`"})
	})}
	head := &model.Snapshot{Side: model.Head, Targets: []model.Rendered{{Target: model.Target{ID: "x"}, Status: model.StatusRendered, Objects: []*model.Object{o}}}}
	change := []Change{{Change: Added, Head: o, Targets: []string{"x"}}}
	found := newJudge(Subject{Head: head, Checks: []*Check{quotes}}, &model.Snapshot{Side: model.Base, Targets: []model.Rendered{{}}}, nil).check(change)
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	for _, hidden := range []string{"\n", "\x00", "wintermute9", "0123456789"} {
		if strings.Contains(found[0].Message, hidden) {
			t.Errorf("%q says %q", found[0].Message, hidden)
		}
	}
}
