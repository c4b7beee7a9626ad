package review

import (
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestUnansweredIsNeverGreen: a rule without an answer bars success.
func TestUnansweredIsNeverGreen(t *testing.T) {
	for gate, want := range map[Gate]Conclusion{Standard: Neutral, Strict: Failure, ReportOnly: Neutral} {
		r := &Report{Complete: true, Findings: []Finding{{Check: "team-label", Status: Unknown, unanswered: true}}}
		if got := gate.conclude(r); got != want {
			t.Errorf("%s: %s, want %s", gate, got, want)
		}
		waive(r.Findings, []Waiver{{Check: "team-label", Expires: time.Now()}}, time.Now().Truncate(24*time.Hour))
		if got := gate.conclude(r); got != Success {
			t.Errorf("%s, waived: %s", gate, got)
		}
	}
}

// TestUnansweredIsToldOnce: of each rule, with all its objects.
func TestUnansweredIsToldOnce(t *testing.T) {
	id := func(name string) []model.ObjectID { return []model.ObjectID{{Kind: "ConfigMap", Name: name}} }
	got := group([]Finding{
		{Check: "a", Status: Unknown, unanswered: true, Targets: []string{"x"}, Objects: id("one")},
		{Check: "a", Status: Unknown, unanswered: true, Targets: []string{"y"}, Objects: id("two")},
		{Check: "b", Status: Unknown, unanswered: true, Objects: id("one")},
		{Check: "a", Status: New, Objects: id("three")},
	})
	if len(got) != 3 || len(got[1].Objects) != 2 || len(got[1].Targets) != 2 {
		t.Errorf("%+v", got)
	}
}
