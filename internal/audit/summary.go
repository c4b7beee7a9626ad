package audit

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// mostPoints bounds the lists of the summary.
const mostPoints = 6

// unseenNamed is how many invisible targets the verdict names.
const unseenNamed = 3

func summarize(r *Report, checks []review.CheckResult) Summary {
	s := Summary{Verdict: verdict(r), Blocking: []string{}, First: []string{}, Change: []string{}, Strengths: []Point{}, Critical: []Point{}, High: []Point{}, Unseen: []Give{}}
	for _, g := range r.Gaps {
		if g.Status == review.Unknown {
			continue
		}
		s.Effort.add(g.Effort)
		s.Hours += g.Hours
		if g.Severity.Rank() >= review.High.Rank() {
			s.HoursFirst += g.Hours
		}
		point := Point{g.Title, g.Impact}
		switch {
		case g.Severity == review.Critical:
			s.Critical = append(s.Critical, point)
		case g.Severity == review.High:
			s.High = append(s.High, point)
		}
		if g.Blocking {
			s.Blocking = append(s.Blocking, g.ID)
			s.Change = append(s.Change, fmt.Sprintf("%s closed or waived: %s", g.ID, g.Title))
		}
		if len(s.First) < 3 && len(g.Recommendation) > 0 && g.Severity.Rank() >= review.Medium.Rank() {
			s.First = append(s.First, g.ID)
		}
		if s.Risk == "" {
			s.Risk = sentence(g.Title) + " " + g.Impact
		}
	}
	for _, g := range r.Gaps {
		if g.Status == review.Unknown && g.Severity == review.Critical && r.Gate == review.Strict {
			s.Blocking = append(s.Blocking, g.ID)
			s.Change = append(s.Change, fmt.Sprintf("%s answered: %s", g.ID, g.Title))
		}
	}
	if hidden := r.unseen(); hidden != "" && r.Gate == review.Strict {
		s.Blocking = append(s.Blocking, "what is not visible")
		s.Change = append(s.Change, "made visible: "+hidden)
	}
	s.NotAssessed = notAssessed(r)
	s.Paragraph = paragraph(r)
	s.Unseen = gives(r)
	return s
}

// lowered is a title inside a sentence; a name in capitals stays.
func lowered(s string) string {
	if strings.HasPrefix(s, "Does ") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// sentence makes a sentence of a title.
func sentence(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] + "." }

// unseen names what could not be seen; "" where all was.
func (r *Report) unseen() string {
	var said []string
	if len(r.Targets) == 0 {
		said = append(said, "any target: none was found")
	}
	if n := len(r.Incomplete); n > 0 {
		var names []string
		for _, t := range r.Incomplete {
			names = append(names, t.Target)
		}
		said = append(said, count(n, "target")+" ("+few(names)+")")
	}
	if n := len(r.Hidden); n > 0 {
		said = append(said, "the charts of "+count(n, "release")+" ("+few(r.Hidden)+")")
	}
	for _, u := range r.Unjudged {
		said = append(said, u+", which no check reads yet")
	}
	return strings.Join(said, ", ")
}

func few(names []string) string {
	if len(names) <= unseenNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:unseenNamed], ", "), len(names)-unseenNamed)
}

// verdict is the answer to: may this go to production.
func verdict(r *Report) string {
	gate := fmt.Sprintf(" (%s gate) · %s", r.Gate, r.share())
	switch {
	case r.Conclusion == review.Success && r.Scope != "": // the rest is not asked
		return "NOTHING BLOCKS in " + r.Scope + " alone" + gate
	case r.Conclusion == review.Success:
		return "APPROVED for production" + gate
	case r.Conclusion == review.Failure:
		return "NOT APPROVED for production" + gate
	case r.Gate == review.ReportOnly:
		return "Reported only: this gate approves and refuses nothing"
	}
	return "NOT APPROVED yet: " + r.Lack() + gate
}

// Lack says why nothing blocks and nothing is approved.
func (r *Report) Lack() string {
	switch seen, all := r.seen(); {
	case all == 0:
		return "no target was found"
	case seen == all:
		return "not every question could be answered"
	}
	return "not everything is visible"
}

// share says how much of what is applied was looked at.
func (r *Report) share() string {
	seen, all := r.seen()
	return fmt.Sprintf("%d of %s visible", seen, count(all, "target"))
}

// seen is how many targets were looked at, of how many.
func (r *Report) seen() (seen, all int) {
	all = len(r.Hidden)
	for _, t := range r.Targets {
		if t.Head == model.StatusAbsent {
			continue
		}
		all++
		if t.Head == model.StatusRendered {
			seen++
		}
	}
	return seen, all
}

func paragraph(r *Report) string {
	rendered, failed, hidden, objects := 0, 0, 0, 0
	for _, t := range r.Targets {
		switch t.Head {
		case model.StatusRendered:
			rendered++
		case model.StatusFailed:
			failed++
		case model.StatusIncomplete:
			hidden++
		}
	}
	for _, c := range r.Architecture.Clusters {
		objects += c.Objects
	}
	said := fmt.Sprintf("%d of %s rendered, to %s", rendered, count(len(r.Targets), "target"), count(objects, "object"))
	if failed > 0 {
		said += fmt.Sprintf("; %d %s not build", failed, does(failed))
	}
	if hidden > 0 {
		said += fmt.Sprintf("; %d %s not visible from here", hidden, is(hidden))
	}
	if n := len(r.Hidden); n > 0 {
		said += fmt.Sprintf("; what the charts of %s make was not rendered", count(n, "release"))
	}
	idle := 0
	for _, c := range r.Checks {
		if c.Outcome == review.NotApplicable {
			idle++
		}
	}
	return said + fmt.Sprintf(". Of %s %d passed, %d found something open and %d could not see what they need; %d had nothing to look at.",
		count(len(r.Checks), "check"), r.Score.Passed, r.Score.Open, r.Score.Unknown, idle)
}

func does(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

func is(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// passedSubjects are the subjects in which all that was looked at passed, the
// weightiest first.
func passedSubjects(checks []review.CheckResult) []Point {
	type subject struct {
		title          string
		weight, looked int
		passed, other  int
	}
	bySubject := map[string]*subject{}
	var order []*subject
	for _, c := range checks {
		if len(c.Check.Tags) == 0 || c.Outcome == review.NotApplicable || c.Outcome == review.Off {
			continue
		}
		title := headingOf(c.Check.Tags[0])
		if title == "" {
			continue
		}
		s := bySubject[title]
		if s == nil {
			s = &subject{title: title}
			bySubject[title] = s
			order = append(order, s)
		}
		if c.Outcome == review.Passed && !c.Partial {
			s.passed++
			s.weight += weight[c.Severity]
			s.looked = max(s.looked, c.Looked)
		} else {
			s.other++
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].weight > order[j].weight })
	out := []Point{}
	for _, s := range order {
		if s.other == 0 && s.passed > 1 && s.weight >= weight[review.High] && len(out) < mostPoints { // one rule that finds nothing is no strength
			out = append(out, Point{s.title, fmt.Sprintf("%s passed; the broadest looked at %s", count(s.passed, "check"), count(s.looked, "object or file"))})
		}
	}
	return out
}

// notAssessed are the headings of which nothing can be said.
func notAssessed(r *Report) []string {
	out := []string{}
	for _, a := range r.Areas {
		if !a.Assessed {
			out = append(out, a.Area)
		}
	}
	for _, c := range r.Chapters {
		for _, t := range c.Topics {
			if t.State == NotAssessed && !slices.Contains(out, t.Title) {
				out = append(out, t.Title)
			}
		}
	}
	return out
}
