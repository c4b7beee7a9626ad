// Package audit makes the readiness report of a whole repository out of what a
// review without a base found: stars, gaps, the map of what is applied, chapters
// and the state of the documentation. It is pure, and says nothing of the
// repository that no check said, no rendered object shows and no file holds.
package audit

import (
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Schema names the form of a Report's JSON. It only grows.
const Schema = "seaworthy/audit/v1"

// Report is everything that an audit says. Its JSON is the command line's
// contract.
type Report struct {
	Schema     string                `json:"schema"`
	Commit     string                `json:"commit"` // "" for uncommitted files
	Scope      string                `json:"scope,omitempty"`
	AsOf       time.Time             `json:"asOf"`
	Gate       review.Gate           `json:"gate"`
	Conclusion review.Conclusion     `json:"conclusion"`
	Approved   bool                  `json:"approved"`
	Complete   bool                  `json:"complete"`
	Incomplete []review.Incomplete   `json:"incomplete"`
	Hidden     []string              `json:"hidden"`   // releases whose charts no target renders
	Unjudged   []string              `json:"unjudged"` // what the repository's file asks for and no check does
	Targets    []review.TargetResult `json:"targets"`
	Findings   []review.Finding      `json:"findings"`
	Checks     []CheckState          `json:"checks"`

	Summary      Summary      `json:"summary"`
	Areas        []AreaState  `json:"areas"`
	Score        Score        `json:"score"`
	Gaps         []Gap        `json:"gaps"`
	QuickWins    []Work       `json:"quickWins"`
	LargerWork   []Work       `json:"largerWork"`
	Architecture Architecture `json:"architecture"`
	Releases     []Release    `json:"releases"`
	Practices    Practices    `json:"practices"`
	// Recommendations are what to do about each known gap down to medium, in order.
	Recommendations []Recommendation `json:"recommendations"`
	Handoff         []Answer         `json:"handoff"`
	Verification    Verification     `json:"verification"`
	Chapters        []Chapter        `json:"chapters"`
	Documentation   Documentation    `json:"documentation"`
	Pipelines       Pipelines        `json:"pipelines"`
	Trend           *Trend           `json:"trend,omitempty"`
	Stats           review.Stats     `json:"stats"`
}

// CheckState is what became of one check.
type CheckState struct {
	Check    string          `json:"check"`
	Title    string          `json:"title"`
	Area     review.Area     `json:"area"`
	Tags     []review.Tag    `json:"tags"`
	Severity review.Severity `json:"severity"`
	Outcome  review.Outcome  `json:"outcome"`
	Partial  bool            `json:"partial"` // it passed, and not all of what it looks at is visible
	Looked   int             `json:"looked"`  // objects and files that it looked at
	Saw      []string        `json:"saw"`     // the first of them by name; [] where the check judges by names alone
	Open     int             `json:"open"`    // findings
	Waived   int             `json:"waived"`
	Unknown  int             `json:"unknown"`
}

// Summary answers what a reader asks first.
type Summary struct {
	Verdict   string   `json:"verdict"`   // one line
	Paragraph string   `json:"paragraph"` // what was looked at, and what came of it
	Blocking  []string `json:"blocking"`  // ids of gaps, and what is not visible where that bars
	First     []string `json:"first"`     // what to do first, in order
	Change    []string `json:"change"`    // what would change the verdict
	Strengths []Point  `json:"strengths"`
	Critical  []Point  `json:"critical"`
	High      []Point  `json:"high"`
	// NotAssessed are subjects that no check speaks of, or that had nothing to
	// look at: the verdict says nothing of them.
	NotAssessed []string `json:"notAssessed"`
	Risk        string   `json:"risk"` // the biggest one; "" where no check is open
	Effort      Effort   `json:"effort"`
	Hours       float64  `json:"hours"`      // of all known gaps
	HoursFirst  float64  `json:"hoursFirst"` // of those that are critical or high
	Unseen      []Give   `json:"unseen"`     // what is not visible, and what to give
}

// Point is one line of the summary.
type Point struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Effort counts pieces of work by the size that their checks give.
type Effort struct {
	Small  int `json:"small"`  // under 30 minutes each
	Medium int `json:"medium"` // under two hours each
	Large  int `json:"large"`  // more
}

func (e *Effort) add(size string) {
	switch size {
	case "small":
		e.Small++
	case "medium":
		e.Medium++
	default:
		e.Large++
	}
}

// Pipelines are the check runs of the commit, of others than Seaworthy.
type Pipelines struct {
	Visible bool  `json:"visible"`
	Runs    []Run `json:"runs"`
}

// Run is one check run of the commit.
type Run struct {
	Name       string `json:"name"`
	Conclusion string `json:"conclusion"` // "" while it is not done
}

// Input is what a report is made of.
type Input struct {
	Review    *review.Report // without a base, and with the answers to Inventory.Questions
	Inventory *Inventory
	Scope     string // what the audit was narrowed to; "" is the whole repository
	Pipelines Pipelines
	Last      *Past    // the audit before; nil for none
	Unjudged  []string // what the repository's file asks for and no check does
	// Read gives a file; nil where there is none or it is too large.
	Read func(path string) []byte
	Tree *model.Tree
}

// Build makes the report.
func Build(in Input) *Report {
	r := in.Review
	out := &Report{
		Schema: Schema, Commit: r.Head, Scope: in.Scope, AsOf: r.AsOf, Gate: r.Gate, Conclusion: r.Conclusion,
		Approved: r.Conclusion == review.Success || r.Gate == review.ReportOnly && r.Conclusion != review.Failure, Complete: r.Complete, Incomplete: r.Incomplete,
		Targets: r.Targets, Findings: r.Findings, Stats: r.Stats, Pipelines: in.Pipelines,
		Checks: make([]CheckState, 0, len(r.Checks)),
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, CheckState{Check: c.Check.ID, Title: c.Check.Doc.Title, Area: c.Check.Area,
			Tags: append([]review.Tag{}, c.Check.Tags...), Severity: c.Severity, Outcome: c.Outcome, Partial: c.Partial, Looked: c.Looked, Saw: append([]string{}, c.Saw...),
			Open: c.Open, Waived: c.Waived, Unknown: c.Unknown})
	}
	if out.Hidden = r.Hidden; out.Hidden == nil {
		out.Hidden = []string{}
	}
	out.Unjudged = append([]string{}, in.Unjudged...)
	if out.Pipelines.Runs == nil {
		out.Pipelines.Runs = []Run{}
	}
	in.Inventory.place(r.Places)
	out.Releases = append([]Release{}, in.Inventory.Releases...)
	out.Gaps = gaps(in)
	out.Areas, out.Score = rate(r.Checks)
	rests(out.Areas, out.Gaps)
	out.QuickWins, out.LargerWork = quickWins(out.Gaps), largerWork(out.Gaps)
	out.Recommendations = recommendations(out.Gaps)
	out.Architecture = in.Inventory.architecture()
	var texts []*text
	out.Documentation, texts = documentation(in.Tree, in.Read)
	on := shelf{in.Inventory, newBook(in.Tree, in.Read, texts)}
	out.Chapters = chapters(r.Checks, on, out.Gaps)
	out.Practices = practicesOf(on.book, r.Checks, out.Gaps)
	out.Verification = verification(r.Checks, out.Gaps, out.Practices)
	out.Verification.Again = on.again()
	out.Trend = trend(out, in.Last)
	out.Summary = summarize(out, r.Checks)
	out.Summary.Strengths = on.strengths(r.Checks, out.Documentation)
	out.Handoff = handoff(out)
	return out
}
