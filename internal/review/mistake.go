package review

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Mistake is something wrong in the repository's own file.
type Mistake struct {
	File    string // "" is its organisation's, which the message names
	Line    int
	Message string
}

// ConfigInvalid is the id of the finding that the repository's file holds a
// mistake.
const ConfigInvalid = "config-invalid"

// mistakes are told on every review: what they ask for does not count. They
// stand in the governing branch, so no pull request is blamed for them.
func mistakes(list []Mistake, status FindingStatus, side model.Side) []Finding {
	out := make([]Finding, 0, len(list))
	for _, m := range list {
		here := func(f Finding) bool {
			return f.Location != nil && f.Location.File == m.File && f.Location.Line == m.Line
		}
		if at := slices.IndexFunc(out, here); at >= 0 { // a line is one finding
			out[at].Message += "; " + m.Message
			continue
		}
		f := Finding{
			Check: ConfigInvalid, Severity: Medium, Status: status, Title: "the repository's file has a mistake",
			Message: m.Message, Docs: docsOf(ConfigInvalid), Remediation: "Correct the line. Until then it has no effect.",
		}
		if m.File != "" {
			f.Location = &model.Position{File: m.File, Line: m.Line, EndLine: m.Line, Precision: model.AtLine, Side: side}
		} else {
			f.Title = "the organisation's file has a mistake"
		}
		out = append(out, f)
	}
	return out
}

// ConfigChanged is the id of the finding that a pull request changes the
// repository's file.
const ConfigChanged = "config-changed"

// Proposal is a change to the repository's file: what it would say of the same
// change if it governed.
type Proposal struct {
	File       string
	Removed    bool
	Mistakes   []Mistake
	Waivers    []Waiver
	Gate       Gate
	Conclusion Conclusion
	Blocking   int // findings that would block
	// Places: it says other things of clusters, targets or mirrors.
	Places bool
}

// findings report the change; it alters nothing of the verdict.
func (p *Proposal) findings(r *Report) []Finding {
	f := Finding{
		Check: ConfigChanged, Severity: Info, Status: New, Title: "the review rules change", Docs: docsOf(ConfigChanged),
		Remediation: "See that the people who answer for the rules agree.",
		Location:    &model.Position{File: p.File, Line: 1, EndLine: 1, Precision: model.AtFile, Side: model.Head},
	}
	if p.Removed {
		f.Location.Side = model.Base
		f.Message = "This removes the repository's file; the defaults apply once it is merged. This review was judged by the file."
		return []Finding{f}
	}
	f.Message = "This review was judged by the file of the base. With the new file " + p.difference(r)
	if p.Places {
		f.Message += " What it says of `clusters`, `targets` and `mirrors` was not tried: it counts from the next review on."
	}
	out := append([]Finding{f}, mistakes(p.Mistakes, New, model.Head)...)
	for _, w := range expiredWaivers(p.Waivers, r.AsOf, model.Head) {
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Check == w.Check && f.Message == w.Message }) { // else it stands in the file of the base
			w.Status = New
			out = append(out, w)
		}
	}
	return out
}

// difference says what the new file would make of the verdict.
func (p *Proposal) difference(r *Report) string {
	conclusion := fmt.Sprintf("the conclusion would be %s instead of %s", p.Conclusion, r.Conclusion)
	blocking := fmt.Sprintf("the number of blocking findings would be %d instead of %d", p.Blocking, r.Blockers())
	switch {
	case p.Conclusion == r.Conclusion && p.Blocking == r.Blockers():
		return "the conclusion and the number of blocking findings would stay the same."
	case p.Conclusion == r.Conclusion:
		return blocking + "."
	case p.Blocking != r.Blockers():
		return conclusion + ", and " + blocking + "."
	case p.Gate == Strict && p.Conclusion == Failure:
		return conclusion + ": its gate, `strict`, fails on what is not visible."
	}
	return conclusion + "."
}
