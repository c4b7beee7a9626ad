package audit

import (
	"math"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// AreaState is the rating of one area.
type AreaState struct {
	Area          string `json:"area"`
	Stars         int    `json:"stars"`    // 1 to 5; 0 where they cannot be given
	Assessed      bool   `json:"assessed"` // false: no check of the area had anything to look at
	Passed        int    `json:"passed"`   // checks
	Open          int    `json:"open"`
	Unknown       int    `json:"unknown"`
	Waived        int    `json:"waived"`
	NotApplicable int    `json:"notApplicable"`
	// Rests are the weightiest gaps that cost stars, by id and title.
	Rests []string `json:"rests"`
}

// mostRests is how many gaps an area names.
const mostRests = 3

// mostStars is how many an area can have with an open gap of a severity: what bars
// production, or is to be mended first, outweighs any number of checks that passed.
var mostStars = map[review.Severity]int{review.Critical: 2, review.High: 3}

// rests names the gaps that an area's stars rest on, and takes the stars that they cost.
func rests(areas []AreaState, all []Gap) {
	for i := range areas {
		a := &areas[i]
		a.Rests = []string{}
		for _, g := range all {
			if g.Area != a.Area {
				continue
			}
			if most, weighs := mostStars[g.Severity]; weighs && g.Status == review.Existing {
				a.Stars = min(a.Stars, most)
			}
			if len(a.Rests) < mostRests && g.Severity.Rank() >= review.Medium.Rank() {
				a.Rests = append(a.Rests, g.ID+" "+lowered(g.Title))
			}
		}
	}
}

// Score is the completeness: ten times the weighted part of the applicable
// checks that passed.
type Score struct {
	Value   float64 `json:"value"` // one decimal
	Known   bool    `json:"known"` // false where fewer than half of the checks could see
	Passed  int     `json:"passed"`
	Open    int     `json:"open"`
	Unknown int     `json:"unknown"`
}

// ratings are the areas that get stars, with the checks' areas that count under
// them.
var ratings = []struct {
	name  string
	areas []review.Area
}{
	{"Architecture", []review.Area{review.Architecture}},
	{"Security", []review.Area{review.Security, review.SupplyChain}},
	{"Reliability", []review.Area{review.Reliability}},
	{"Observability", []review.Area{review.Observability}},
	{"Operations", []review.Area{review.Operations, review.FluxArea, review.Docs}},
	{"Testing", []review.Area{review.Testing}},
}

// RatingOf is the name under which an area gets its stars.
func RatingOf(a review.Area) string {
	for _, r := range ratings {
		for _, one := range r.areas {
			if one == a {
				return r.name
			}
		}
	}
	return string(a)
}

// weight is what a check counts, by its severity.
var weight = map[review.Severity]int{review.Critical: 8, review.High: 4, review.Medium: 2, review.Low: 1}

// tally adds checks up. What somebody answered for with a waiver counts neither
// way; what could not be seen is applicable and not passed.
type tally struct {
	passed, applicable int // weighted
	state              AreaState
}

func (t *tally) add(c review.CheckResult) {
	w := weight[c.Severity]
	switch c.Outcome {
	case review.Passed:
		t.passed += w
		t.applicable += w
		t.state.Passed++
	case review.Open:
		t.applicable += w
		t.state.Open++
	case review.Unseen:
		t.applicable += w
		t.state.Unknown++
	case review.Accepted:
		t.state.Waived++
	case review.NotApplicable:
		t.state.NotApplicable++
	}
}

// sees: at least half of the checks that have something to look at could.
func (t *tally) sees() bool { return t.state.Passed+t.state.Open >= t.state.Unknown }

func (t *tally) ratio() float64 { return float64(t.passed) / float64(t.applicable) }

func rate(checks []review.CheckResult) ([]AreaState, Score) {
	var all tally
	byName := map[string]*tally{}
	out := make([]AreaState, 0, len(ratings))
	for _, r := range ratings {
		byName[r.name] = &tally{state: AreaState{Area: r.name}}
	}
	for _, c := range checks {
		all.add(c)
		if t := byName[RatingOf(c.Check.Area)]; t != nil {
			t.add(c)
		}
	}
	for _, r := range ratings {
		t := byName[r.name]
		t.state.Assessed = t.applicable > 0
		if t.applicable > 0 && t.sees() {
			t.state.Stars = 1 + int(math.Round(4*t.ratio()))
		}
		out = append(out, t.state)
	}
	score := Score{Passed: all.state.Passed, Open: all.state.Open, Unknown: all.state.Unknown, Known: all.applicable > 0 && all.sees()}
	if score.Known {
		score.Value = math.Round(100*all.ratio()) / 10
	}
	return out, score
}
