package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func result(id string, area review.Area, s review.Severity, o review.Outcome, tags ...review.Tag) review.CheckResult {
	return review.CheckResult{Check: &review.Check{ID: id, Area: area, Severity: s, Tags: tags}, Severity: s, Outcome: o}
}

func TestRating(t *testing.T) {
	areas, score := rate([]review.CheckResult{
		result("a", review.Security, review.Critical, review.Passed),    // 8 of 8
		result("b", review.SupplyChain, review.High, review.Open),       // 0 of 4, under Security
		result("c", review.Security, review.Low, review.Unseen),         // 0 of 1
		result("d", review.Security, review.High, review.Accepted),      // neither
		result("e", review.Security, review.High, review.NotApplicable), // neither
		result("f", review.Reliability, review.High, review.Unseen),
		result("g", review.FluxArea, review.Medium, review.Passed), // under Operations
	})
	want := []AreaState{
		{Area: "Architecture"},
		{Area: "Security", Stars: 1 + 2, Assessed: true, Passed: 1, Open: 1, Unknown: 1, Waived: 1, NotApplicable: 1}, // 1 + round(4·8/13)
		{Area: "Reliability", Assessed: true, Unknown: 1},                                                             // could not see: no stars
		{Area: "Observability"},
		{Area: "Operations", Stars: 5, Assessed: true, Passed: 1},
		{Area: "Testing"},
	}
	if d := cmp.Diff(want, areas); d != "" {
		t.Error(d)
	}
	// 10 of 19: 8 + 2 passed, 4 + 1 + 4 not.
	if want := (Score{Value: 5.3, Known: true, Passed: 2, Open: 1, Unknown: 2}); score != want {
		t.Errorf("the score is %+v, want %+v", score, want)
	}
}

// TestStarsDoNotOutshineGaps: an open critical or high gap bounds the stars of its area,
// and no others; what could not be seen does not.
func TestStarsDoNotOutshineGaps(t *testing.T) {
	areas := []AreaState{{Area: "Security", Stars: 5}, {Area: "Reliability", Stars: 5}, {Area: "Operations", Stars: 4}, {Area: "Testing", Stars: 1}}
	rests(areas, []Gap{
		{ID: "CRITICAL-1", Area: "Security", Severity: review.Critical, Status: review.Existing},
		{ID: "HIGH-1", Area: "Security", Severity: review.High, Status: review.Existing},
		{ID: "HIGH-2", Area: "Reliability", Severity: review.High, Status: review.Existing},
		{ID: "UNKNOWN-1", Area: "Operations", Severity: review.Critical, Status: review.Unknown},
		{ID: "HIGH-3", Area: "Testing", Severity: review.High, Status: review.Existing},
	})
	for i, want := range []int{2, 3, 4, 1} {
		if areas[i].Stars != want {
			t.Errorf("%s has %d stars, want %d", areas[i].Area, areas[i].Stars, want)
		}
	}
}

// What no check speaks of, and what had nothing to look at, is never fine.
func TestTopicsAreNeverFineByDefault(t *testing.T) {
	v := Take(&model.Snapshot{})
	checks := []review.CheckResult{
		result("looked", review.Security, review.High, review.Passed, review.RBAC),
		result("empty", review.Security, review.High, review.NotApplicable, review.PodSecurity),
		result("blind", review.Security, review.High, review.Unseen, review.Network),
		result("loud", review.Security, review.High, review.Open, review.Secrets),
		result("untagged", review.Security, review.High, review.Passed),
	}
	all := []Gap{{ID: "HIGH-1", Check: "loud", Severity: review.High, Status: review.Existing}}
	states := map[string]State{}
	var other Topic
	for _, c := range chapters(checks, shelf{v, newBook(nil, nil, nil)}, all) {
		for _, topic := range c.Topics {
			states[topic.Title] = topic.State
			if topic.Title == "Other" {
				other = topic
			}
		}
	}
	for title, want := range map[string]State{"RBAC": Fine, "Security context": Empty, "Network": Unclear, "Secrets": Bad, "Rate limits": NotAssessed, "Traces": NotAssessed} {
		if states[title] != want {
			t.Errorf("%s is %q, want %q", title, states[title], want)
		}
	}
	if len(other.Checks) != 1 || other.Checks[0].Check != "untagged" {
		t.Errorf("a check without tags stands under %+v", other)
	}
}

// A line of a checklist that speaks of two subjects is not ticked by one.
func TestEverySubjectOfALineCounts(t *testing.T) {
	checks := []review.CheckResult{result("alert-rules-missing", review.Observability, review.High, review.Passed, review.Alerts), result(review.RenderFailed, review.Architecture, review.High, review.Passed, review.Build)}
	ticked := map[string]bool{}
	for _, i := range verification(checks, nil, Practices{}).BeforeProduction {
		ticked[i.Text] = i.Checked
	}
	if ticked["Alert rules and runbooks exist"] || !ticked["Every target builds"] {
		t.Errorf("ticked: %v", ticked)
	}
	checks[1].Partial = true
	if verification(checks, nil, Practices{}).BeforeProduction[1].Checked {
		t.Error("what was seen in part is ticked")
	}
}

func TestSteps(t *testing.T) {
	for text, want := range map[string][]string{
		"Change it first: it is known. Then encrypt it.": {"Change it first: it is known.", "Then encrypt it."},
		"Name a tag: `ref: {tag: v1.4. X}`. Done":        {"Name a tag: `ref: {tag: v1.4. X}`.", "Done"},
		"Use 1.2.3 or newer.":                            {"Use 1.2.3 or newer."},
		"":                                               {},
	} {
		if d := cmp.Diff(want, steps(text)); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

func TestTrend(t *testing.T) {
	finding := func(check string) review.Finding {
		return review.Finding{Check: check, Status: review.Existing, Message: "m"}
	}
	before := &Report{Findings: []review.Finding{finding("a"), finding("b")}, Areas: []AreaState{{Area: "Security", Stars: 2}}}
	past := before.Keep()
	now := &Report{Findings: []review.Finding{finding("b"), finding("c"), finding("d")}, Areas: []AreaState{{Area: "Security", Stars: 4}}}
	got := trend(now, &past)
	if got.New != 2 || got.Fixed != 1 || got.Stars["Security"] != 2 {
		t.Errorf("the trend is %+v", got)
	}
}
