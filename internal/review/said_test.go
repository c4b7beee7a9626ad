package review

import (
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
