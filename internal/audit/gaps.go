package audit

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Gap is what one check found: all its findings, with what the check's own
// documentation says of them. Its severity is that of the worst that is known.
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
	Effort         string               `json:"effort"`         // of one place: small, medium or large
	Hours          float64              `json:"hours"`          // of all places: see Hours in docs/audit.md
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

	Severity review.Severity      `json:"severity"`
	Status   review.FindingStatus `json:"status"`
}

// gaps gathers the open and the unknown findings, each check once, the worst first.
func gaps(in Input) []Gap {
	docs := map[string]review.CheckResult{}
	for _, c := range in.Review.Checks {
		docs[c.Check.ID] = c
	}
	quotes := &review.Quotes{}
	if in.Read != nil {
		quotes.Read = func(_ model.Side, file string) []byte { return in.Read(file) }
	}
	at, said := map[string]int{}, map[saying]int{}
	out := []Gap{}
	for i, f := range in.Review.Findings {
		if f.Status != review.Existing && f.Status != review.Unknown {
			continue
		}
		j, ok := at[f.Check]
		if !ok {
			j = len(out)
			at[f.Check] = j
			out = append(out, newGap(f, docs[f.Check].Check))
		}
		g := &out[j]
		if known := f.Status == review.Existing; known && g.Status == review.Unknown {
			g.Status, g.Severity = review.Existing, f.Severity
		} else if known == (g.Status == review.Existing) && f.Severity.Rank() > g.Severity.Rank() {
			g.Severity = f.Severity
		}
		g.Blocking = g.Blocking || f.Blocking
		if c := docs[f.Check].Check; c != nil && f.Title != g.Title {
			g.Title = c.Doc.Title // of several kinds
		}
		e := evidence(i, f)
		if !slices.Contains(g.tags, review.Secrets) { // such a line is not quoted
			e.Quote = quote(f, quotes)
		}
		if same, ok := said[e.says(f.Check)]; ok { // of another cluster
			g.Evidence[same].Targets = union(g.Evidence[same].Targets, e.Targets)
			continue
		}
		said[e.says(f.Check)] = len(g.Evidence)
		g.Evidence = append(g.Evidence, e)
	}
	for i := range out {
		g := &out[i]
		sort.SliceStable(g.Evidence, func(a, b int) bool { return g.Evidence[a].before(g.Evidence[b]) })
		g.Cause = cause(g.Evidence)
		g.Hours = hoursOf(g.Effort, g.places())
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

// saying is equal for evidence that says the same of the same place.
type saying struct {
	check, message, place string
	object                model.ObjectID
	severity              review.Severity
	status                review.FindingStatus
}

func (e Evidence) says(check string) saying {
	s := saying{check: check, message: e.Message, place: placed(e), severity: e.Severity, status: e.Status}
	if e.Object != nil {
		s.object = *e.Object
	}
	return s
}

// placed is the place of evidence as a reader has it; "" for none.
func placed(e Evidence) string {
	if e.Location == nil {
		return ""
	}
	return fmt.Sprint(e.Location.File, ":", e.Location.Line)
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// before orders evidence: what is known first, then the worst.
func (e Evidence) before(o Evidence) bool {
	if (e.Status == review.Unknown) != (o.Status == review.Unknown) {
		return o.Status == review.Unknown
	}
	return e.Severity.Rank() > o.Severity.Rank()
}

// before orders gaps: the worst, what is known, what is most frequent. What could not
// be seen may be so, or not: it stands behind what is known to be one step less severe.
func (g Gap) before(o Gap) bool {
	switch {
	case g.Blocking != o.Blocking:
		return g.Blocking
	case g.weighs() != o.weighs():
		return g.weighs() > o.weighs()
	case (g.Status == review.Unknown) != (o.Status == review.Unknown):
		return o.Status == review.Unknown
	case (g.Check == review.RenderFailed) != (o.Check == review.RenderFailed):
		return g.Check == review.RenderFailed // it hides the rest
	case len(g.Evidence) != len(o.Evidence):
		return len(g.Evidence) > len(o.Evidence)
	}
	return g.Check < o.Check
}

// weighs is the rank by which a gap stands among the others.
func (g Gap) weighs() int {
	if g.Status == review.Unknown {
		return g.Severity.Rank() - 1
	}
	return g.Severity.Rank()
}

// hoursOf is how long it takes to mend so many places: the first one takes what its
// check says, each further one a part of that, since the way is known by then.
func hoursOf(effort string, places int) float64 {
	first, each := 16.0, 2.0
	switch effort {
	case "small":
		first, each = 0.5, 0.1
	case "medium":
		first, each = 2, 0.25
	}
	return math.Round(10*(first+each*float64(max(0, places-1)))) / 10
}

func newGap(f review.Finding, c *review.Check) Gap {
	g := Gap{Check: f.Check, Title: f.Title, Severity: f.Severity, Status: f.Status, Docs: f.Docs, Recommendation: steps(f.Remediation)}
	if c == nil {
		return g
	}
	g.Area, g.Impact, g.Effort = RatingOf(c.Area), c.Doc.Why, c.Doc.Effort
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

func evidence(i int, f review.Finding) Evidence {
	return Evidence{Finding: i, Object: f.Object, Message: f.Message, Location: f.Location, Searched: f.Searched, Targets: f.Targets, Severity: f.Severity, Status: f.Status}
}

// quote is the line that a finding is placed at; "" for none.
func quote(f review.Finding, quotes *review.Quotes) string {
	if f.Location == nil || f.Location.Precision == model.AtFile || f.Location.Side != model.Head {
		return ""
	}
	if lines := quotes.Of(model.Head, f.Location.File, f.Location.Line, f.Location.Line); len(lines) == 1 {
		return strings.TrimSpace(lines[0])
	}
	return ""
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
	Hours  float64         `json:"hours"`
	Action string          `json:"action"`
	Files  []string        `json:"files"`
	Impact string          `json:"impact"`
	Needs  string          `json:"needs,omitempty"` // what must be there before
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
		w := Work{Title: g.Title, Gaps: []string{g.ID}, Action: strings.Join(g.Recommendation, " "), Worst: g.Severity, Hours: g.Hours, Files: g.files(), Impact: g.Impact, Needs: g.needs()}
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
		unseen := g.Status == review.Unknown
		if unseen && g.Severity.Rank() < review.High.Rank() || !unseen && g.Effort == "small" && g.places() <= 3 {
			continue
		}
		subject := g.subject()
		if unseen {
			subject = g.Area + ", where it is not elsewhere"
		}
		w := bySubject[subject]
		if w == nil {
			w = &Work{Title: subject, Worst: g.Severity, Files: []string{}, Impact: g.Impact, Needs: g.needs()}
			bySubject[subject] = w
			order = append(order, subject)
		}
		w.Gaps = append(w.Gaps, g.ID)
		if next := strings.Join(g.Recommendation, " "); !strings.Contains(w.Action, next) {
			w.Action = strings.TrimSpace(w.Action + " " + next)
		}
		w.Hours += g.Hours
		if unseen {
			w.Needs = "what is not visible, first"
		}
		for _, f := range g.files() {
			if !slices.Contains(w.Files, f) {
				w.Files = append(w.Files, f)
			}
		}
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

// files are those at which a gap is to be mended.
func (g Gap) files() []string {
	out := []string{}
	for _, e := range g.Evidence {
		if e.Location != nil && !slices.Contains(out, e.Location.File) {
			out = append(out, e.Location.File)
		}
	}
	return out
}

// needs is what the work on a gap waits for that is not in the repository; "" for
// nothing.
func (g Gap) needs() string {
	for _, n := range []struct {
		tag  review.Tag
		what string
	}{
		{review.Evidence, "access to the environment, and somebody who signs"},
		{review.Secrets, "whoever owns the credential, to change it"},
		{review.Signatures, "a pipeline that builds and signs the images"},
		{review.Policies, "clean reports before a policy refuses"},
		{review.Network, "who talks to whom"},
		{review.MeshTLS, "every workload in the mesh"},
		{review.Objectives, "the owners of the services"},
		{review.Runbooks, "those who are on call"},
		{review.Alerts, "those who are on call"},
		{review.Resources, "what the workloads use today"},
		{review.Backups, "a place to keep backups"},
	} {
		if slices.Contains(g.tags, n.tag) {
			return n.what
		}
	}
	return ""
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
