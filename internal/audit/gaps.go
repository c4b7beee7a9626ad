package audit

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Gap is what one check found at one severity: all its findings, with what the
// check's own documentation says of them.
type Gap struct {
	ID             string               `json:"id"` // CRITICAL-1, HIGH-3
	Check          string               `json:"check"`
	Title          string               `json:"title"`
	Area           string               `json:"area"`
	Severity       review.Severity      `json:"severity"`
	Status         review.FindingStatus `json:"status"` // existing or unknown
	Blocking       bool                 `json:"blocking"`
	Impact         string               `json:"impact"`
	Evidence       []Evidence           `json:"evidence"`
	Cause          string               `json:"cause"`
	Recommendation []string             `json:"recommendation"` // steps
	Effort         string               `json:"effort"`         // small, medium or large
	Risk           string               `json:"risk"`           // when it is right to live with it
	Verification   string               `json:"verification"`   // commands
	Docs           string               `json:"docs"`

	tags []review.Tag
}

// Evidence is one place that shows a gap.
type Evidence struct {
	Finding  int             `json:"finding"` // index into the report's findings
	Object   *model.ObjectID `json:"object,omitempty"`
	Message  string          `json:"message"`
	Location *model.Position `json:"location,omitempty"`
	Quote    string          `json:"quote,omitempty"` // the line, as it may be shown
	Searched []string        `json:"searched,omitempty"`
	Targets  []string        `json:"targets,omitempty"`
}

// gaps gathers the open and the unknown findings, the worst first.
func gaps(in Input) []Gap {
	docs := map[string]review.CheckResult{}
	for _, c := range in.Review.Checks {
		docs[c.Check.ID] = c
	}
	type key struct {
		check    string
		severity review.Severity
		status   review.FindingStatus
	}
	at := map[key]int{}
	out := []Gap{}
	for i, f := range in.Review.Findings {
		if f.Status != review.Existing && f.Status != review.Unknown {
			continue
		}
		k := key{f.Check, f.Severity, f.Status}
		j, ok := at[k]
		if !ok {
			j = len(out)
			at[k] = j
			out = append(out, newGap(f, docs[f.Check].Check))
		}
		out[j].Blocking = out[j].Blocking || f.Blocking
		read := in.Read
		if slices.Contains(out[j].tags, review.Secrets) {
			read = nil // such a line is not quoted
		}
		out[j].Evidence = append(out[j].Evidence, evidence(i, f, read))
	}
	for i := range out {
		out[i].Cause = cause(out[i].Evidence)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].before(out[j]) })
	n := map[string]int{}
	for i := range out {
		name := strings.ToUpper(string(out[i].Severity))
		if out[i].Status == review.Unknown {
			name = "UNKNOWN"
		}
		n[name]++
		out[i].ID = fmt.Sprintf("%s-%d", name, n[name])
	}
	return out
}

// before orders gaps: what is known first, the worst, the most frequent.
func (g Gap) before(o Gap) bool {
	switch {
	case (g.Status == review.Unknown) != (o.Status == review.Unknown):
		return o.Status == review.Unknown
	case g.Severity != o.Severity:
		return g.Severity.Rank() > o.Severity.Rank()
	case (g.Check == review.RenderFailed) != (o.Check == review.RenderFailed):
		return g.Check == review.RenderFailed // it hides the rest
	case len(g.Evidence) != len(o.Evidence):
		return len(g.Evidence) > len(o.Evidence)
	}
	return g.Check < o.Check
}

func newGap(f review.Finding, c *review.Check) Gap {
	g := Gap{Check: f.Check, Title: f.Title, Severity: f.Severity, Status: f.Status, Docs: f.Docs, Recommendation: steps(f.Remediation)}
	if c == nil {
		return g
	}
	g.Title, g.Area, g.Impact, g.Effort = c.Doc.Title, RatingOf(c.Area), c.Doc.Why, c.Doc.Effort
	g.Risk, g.Verification, g.tags = c.Doc.Waive, c.Doc.Verify, c.Tags
	if c.Doc.Fix != "" {
		g.Recommendation = steps(c.Doc.Fix)
	}
	return g
}

// steps are the sentences of what to do.
func steps(fix string) []string {
	out := []string{}
	depth, start := 0, 0
	for i, r := range fix {
		switch r {
		case '`':
			depth ^= 1
		case '.':
			if depth == 0 && strings.HasPrefix(fix[i+1:], " ") && len(fix) > i+2 && fix[i+2] >= 'A' && fix[i+2] <= 'Z' {
				out = append(out, strings.TrimSpace(fix[start:i+1]))
				start = i + 1
			}
		}
	}
	if rest := strings.TrimSpace(fix[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

func evidence(i int, f review.Finding, read func(string) []byte) Evidence {
	e := Evidence{Finding: i, Object: f.Object, Message: f.Message, Location: f.Location, Searched: f.Searched, Targets: f.Targets}
	if f.Location == nil || f.Location.Precision == model.AtFile || f.Location.Side != model.Head || read == nil {
		return e
	}
	content := read(f.Location.File)
	if content == nil {
		return e
	}
	if lines := review.Excerpt(content, f.Location.Line, f.Location.Line); len(lines) == 1 {
		e.Quote = strings.TrimSpace(lines[0])
	}
	return e
}

// cause says where the findings come from: how many lines make how many of
// them. It is counted, never guessed.
func cause(list []Evidence) string {
	lines, files, nowhere := map[string]bool{}, map[string]bool{}, 0
	for _, e := range list {
		if e.Location == nil {
			nowhere++
			continue
		}
		files[e.Location.File] = true
		lines[fmt.Sprint(e.Location.File, ":", e.Location.Line)] = true
	}
	switch {
	case nowhere == len(list):
		return "Nothing in the repository sets it; no line can be named."
	case len(lines) == 1 && nowhere == 0:
		return "One line."
	case len(files) == 1 && nowhere == 0:
		return fmt.Sprintf("%d lines of one file.", len(lines))
	}
	said := fmt.Sprintf("%d lines of %d files.", len(lines), len(files))
	if nowhere > 0 {
		said += fmt.Sprintf(" For %d no line can be named.", nowhere)
	}
	return said
}

// Work is a piece of work that closes gaps.
type Work struct {
	Title  string          `json:"title"`
	Gaps   []string        `json:"gaps"` // ids
	Effort Effort          `json:"effort"`
	Action string          `json:"action"`
	Worst  review.Severity `json:"worst"`
}

// mostQuickWins and mostLargerWork bound the lists, as a reader wants them.
const mostQuickWins, mostLargerWork = 10, 5

// quickWins are gaps that one small change closes: few places, small effort, the
// worst first.
func quickWins(all []Gap) []Work {
	out := []Work{}
	for _, g := range all {
		if g.Status == review.Unknown || g.Effort != "small" || g.places() > 3 || len(out) == mostQuickWins {
			continue
		}
		w := Work{Title: g.Title, Gaps: []string{g.ID}, Action: strings.Join(g.Recommendation, " "), Worst: g.Severity}
		w.Effort.add(g.Effort)
		out = append(out, w)
	}
	return out
}

// places counts the lines at which a gap is to be mended.
func (g Gap) places() int {
	at := map[string]bool{}
	for i, e := range g.Evidence {
		if e.Location == nil {
			at[fmt.Sprint(i)] = true
		} else {
			at[fmt.Sprint(e.Location.File, ":", e.Location.Line)] = true
		}
	}
	return len(at)
}

// largerWork gathers what is no quick win by subject, the heaviest first.
func largerWork(all []Gap) []Work {
	bySubject := map[string]*Work{}
	heavy := map[string]int{}
	var order []string
	for _, g := range all {
		if g.Status == review.Unknown || g.Effort == "small" && g.places() <= 3 {
			continue
		}
		subject := g.subject()
		w := bySubject[subject]
		if w == nil {
			w = &Work{Title: subject, Worst: g.Severity}
			bySubject[subject] = w
			order = append(order, subject)
		}
		w.Gaps = append(w.Gaps, g.ID)
		w.Action = strings.TrimSpace(w.Action + " " + strings.Join(g.Recommendation, " "))
		for range g.places() {
			w.Effort.add(g.Effort)
		}
		heavy[subject] += weight[g.Severity]
	}
	sort.SliceStable(order, func(i, j int) bool { return heavy[order[i]] > heavy[order[j]] })
	out := []Work{}
	for _, s := range order[:min(len(order), mostLargerWork)] {
		out = append(out, *bySubject[s])
	}
	return out
}

// subject is what a gap is about: the heading of its first tag.
func (g Gap) subject() string {
	for _, t := range g.tags {
		if name := headingOf(t); name != "" {
			return name
		}
	}
	return g.Area
}
