package review

import "github.com/seaworthy-dev/seaworthy/internal/model"

// Gate decides what a review's conclusion is (DESIGN.md §6 of the repository's
// file): how strict it is about what a pull request brings.
type Gate string

const (
	// Standard blocks on new or worse findings that are high or critical, and
	// on targets that stop rendering.
	Standard Gate = "standard"
	// Strict also blocks on any open critical finding and on anything that is
	// not visible.
	Strict Gate = "strict"
	// ReportOnly never blocks.
	ReportOnly Gate = "report"
)

// Valid reports whether the gate is a known one.
func (g Gate) Valid() bool { return g == Standard || g == Strict || g == ReportOnly }

// blocks reports whether a finding alone makes the conclusion failure.
func (g Gate) blocks(f Finding) bool {
	open := f.Status == New || f.Status == Worse
	switch g {
	case Standard:
		return open && f.Severity.Rank() >= High.Rank()
	case Strict:
		return open && f.Severity.Rank() >= High.Rank() || f.Status == Existing && f.Severity == Critical
	}
	return false
}

// exhausting reports whether a render was given up for what it costs. Of a new
// target that is the author's doing, unlike a source that cannot be reached.
func (t TargetResult) exhausting() bool {
	return t.Head == "incomplete" && t.Error != nil && (t.Error.Class == model.Timeout || t.Error.Class == model.Memory)
}

// conclude judges a report whose findings know whether they block.
func (g Gate) conclude(r *Report) Conclusion {
	blocked, lost := false, false
	open := false
	for _, f := range r.Findings {
		blocked = blocked || f.Blocking
		open = open || f.unanswered && f.Status == Unknown
	}
	for _, t := range r.Targets {
		lost = lost || t.Base == "rendered" && t.Head == "failed" || t.Base == "absent" && (t.Head == "failed" || t.exhausting())
	}
	// What builds on neither side cannot be seen, and the change touches it.
	for _, t := range r.Targets {
		open = open || t.Base == "failed" && t.Head == "failed"
	}
	for _, i := range r.Incomplete {
		open = open || i.Reached
	}
	for _, f := range r.Account {
		open = open || f.State == model.UnseenState
	}
	switch {
	case g == ReportOnly && (blocked || lost || open):
		return Neutral
	case blocked, lost, g == Strict && (open || !r.Complete):
		return Failure
	case open:
		return Neutral
	}
	return Success
}
