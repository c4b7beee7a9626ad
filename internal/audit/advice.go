package audit

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Give is something that is not visible, and what to give so that it becomes so.
type Give struct {
	What string   `json:"what"`
	How  string   `json:"how"`
	Gaps []string `json:"gaps"` // ids of what it would answer
}

// gives names what is not visible, the widest first.
func gives(r *Report) []Give {
	out := []Give{}
	var charts, remote, others []string
	repositories := map[string]int{} // ▶ targets
	boot := false
	for _, i := range r.Incomplete {
		switch {
		case strings.HasPrefix(i.Target, string(model.Helm)+":"):
			charts = append(charts, i.Target[strings.LastIndexByte(i.Target, '/')+1:])
		case otherRepository(i) != "":
			repositories[otherRepository(i)]++
		case i.Class == model.RemoteBase:
			remote = append(remote, i.Target)
		case i.Class == model.FluxSystemAbsent:
			boot = true
		default:
			others = append(others, i.Target)
		}
	}
	for _, h := range r.Hidden {
		charts = append(charts, h[strings.LastIndexByte(h, '/')+1:])
	}
	add := func(n int, what, how string) {
		if n > 0 {
			out = append(out, Give{what, how, []string{}})
		}
	}
	add(boolInt(len(r.Targets) == 0), "any target: none was found", "name what is applied under `clusters:` in the repository's file")
	add(len(charts), "the charts of "+count(len(charts), "release"), "let them be fetched: run without `--offline`, with credentials for the registries that ask for them")
	for _, name := range slices.Sorted(maps.Keys(repositories)) {
		add(1, "the Git repository "+name+" ("+count(repositories[name], "target")+")", "let it be fetched: without `--offline`; where it is private, list this repository under `consumers:` in its file and let the App audit")
	}
	add(len(others), count(len(others), "target")+" ("+few(others)+")", "see the target's own message in A15")
	add(len(remote), count(len(remote), "remote base"), "keep a copy of it in the repository")
	add(boolInt(boot), "what `flux bootstrap` writes", "commit it")
	for _, u := range r.Unjudged {
		add(1, u+", which no check reads yet", "nothing; it is named so that nobody relies on it")
	}
	rendered := len(out) - 1
	byWhat := map[string]int{}
	for _, g := range r.Gaps {
		if g.Status != review.Unknown {
			continue
		}
		what, how := g.askedFor(consumed(r.Targets, g))
		if what == "" {
			if rendered >= 0 {
				out[0].Gaps = append(out[0].Gaps, g.ID)
			}
			continue
		}
		at, ok := byWhat[what]
		if !ok {
			at = len(out)
			byWhat[what] = at
			out = append(out, Give{what, how, []string{}})
		}
		out[at].Gaps = append(out[at].Gaps, g.ID)
	}
	if !r.Pipelines.Visible {
		add(1, "the results of this commit's pipelines", "ask with `/audit` on GitHub")
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

var gitRepository = pattern.New(`\bGit repository (\S+?)(\.git)?[ ,:]`)

// otherRepository is the Git repository that a target reads and that could not be had;
// "" for any other reason.
func otherRepository(i review.Incomplete) string {
	if m := gitRepository.FindStringSubmatch(i.Message + " "); m != nil && (i.Class == model.SourceUnreachable || i.Class == model.SourceRefused || i.Class == model.NeedsInclude) {
		return m[1]
	}
	return ""
}

// consumed reports whether a gap is of what no cluster of the repository applies: others
// take it from here.
func consumed(targets []review.TargetResult, g Gap) bool {
	named := map[string]bool{}
	for _, t := range targets {
		named[t.ID] = t.Cluster != ""
	}
	return slices.ContainsFunc(g.Evidence, func(e Evidence) bool {
		return !slices.ContainsFunc(e.Targets, func(id string) bool { return named[id] })
	})
}

// namesLine matches a message that names a line of a file.
var namesLine = pattern.New("`[^`]+:[0-9]+`")

// askedFor is what would answer a gap that could not be seen; "" where it is what is
// not rendered.
func (g Gap) askedFor(consumed bool) (what, how string) {
	switch {
	case g.Check == "evidence-not-found" && strings.Contains(g.Evidence[0].Message, " is enough "):
		return "a record of one trial: a drill, a load test or a review", "write down what was tried, when, and what came of it, such as in docs/restore-drill.md"
	case g.Check == "evidence-not-found":
		return "records of drills, load tests, validated controls and handovers", "name their directory: `evidence: {dir: …}` in the repository's file"
	case strings.HasPrefix(g.Check, "std-file-"):
		return "the organisation's `.github` repository", "let Seaworthy read it"
	case (g.Check == "audit-logging-missing" || g.Check == "encryption-at-rest") && namesLine.MatchString(g.Evidence[0].Message):
		return "which of the files makes the clusters", "keep the one that does, or record that it was validated"
	case g.Check == "audit-logging-missing" || g.Check == "encryption-at-rest":
		return "what makes the clusters", "keep it here, or record that it was validated"
	case consumed && (g.Check == "helm-values-secret-unmatched" || g.Check == "gateway-rate-limit-missing"):
		return "the repositories of those who use this one", "audit one of them, with this one under `consumers:`"
	case slices.Contains([]string{"issuer-ref-missing", "helm-values-secret-unmatched", "gateway-rate-limit-missing"}, g.Check):
		return "what the cluster has besides this repository", "name its repositories, or waive it"
	}
	return "", ""
}

// Recommendation is what to do about one gap.
type Recommendation struct {
	Priority  review.Severity `json:"priority"`
	Gap       string          `json:"gap"` // id
	Category  string          `json:"category"`
	Files     []string        `json:"files"`
	Action    string          `json:"action"`
	Rationale string          `json:"rationale"`
	Effort    string          `json:"effort"` // small, medium or large, of all places
	Hours     float64         `json:"hours"`
	Needs     string          `json:"needs,omitempty"`
}

// recommendations are what to do, in order, down to medium.
func recommendations(all []Gap) []Recommendation {
	out := []Recommendation{}
	for _, g := range all {
		if g.Status == review.Unknown || g.Severity.Rank() < review.Medium.Rank() {
			continue
		}
		out = append(out, Recommendation{Priority: g.Severity, Gap: g.ID, Category: g.subject(), Files: g.files(), Action: strings.Join(g.Recommendation, " "),
			Rationale: g.Impact, Effort: sizeOf(g.Hours), Hours: g.Hours, Needs: g.needs()})
	}
	return out
}

func sizeOf(hours float64) string {
	switch {
	case hours <= 0.5:
		return "small"
	case hours <= 2:
		return "medium"
	}
	return "large"
}

// Span is a number of hours as people read it: a day of work has eight.
func Span(hours float64) string {
	switch {
	case hours <= 0:
		return "none"
	case hours <= 0.5:
		return "under 30 minutes"
	case hours < 8:
		return "about " + count(int(math.Round(hours+0.2)), "hour")
	case hours < 60:
		return "about " + count(int(math.Round(hours/8)), "day")
	}
	return "about " + count(int(math.Round(hours/40)), "week")
}

// Answer is a question that whoever takes the repository over has.
type Answer struct {
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Points   []string `json:"points"`
}

// handoff answers what an operations team asks before it takes over.
func handoff(r *Report) []Answer {
	may := "No, not for production."
	switch {
	case r.Gate == review.ReportOnly:
		may = "This gate does not say."
	case r.Approved:
		may = "Yes, as far as the checks go."
	}
	first := Answer{Question: "Can this be handed to an operations team today?", Answer: may, Points: []string{}}
	unknown := Answer{Question: "What would they need to know that is not here?", Answer: "Nothing that a check asks for.", Points: []string{}}
	blocking := 0
	for _, g := range r.Gaps {
		if g.Blocking {
			blocking++
		}
		if slices.Contains(g.tags, review.Evidence) && g.Status == review.Existing {
			unknown.Points = append(unknown.Points, g.ID+": "+g.Evidence[0].Message)
		}
	}
	if blocking > 0 {
		first.Points = append(first.Points, count(blocking, "gap")+" "+plural(blocking, "blocks", "block")+" it")
	}
	for _, t := range r.Practices.Tables {
		if t.Title != "Operations" {
			continue
		}
		var have, lack []string
		for _, p := range t.Rows {
			switch p.State {
			case Fine, InPart, Present:
				have = append(have, strings.ToLower(p.Area))
			case Bad, Advice:
				lack = append(lack, strings.ToLower(p.Area))
			}
		}
		if len(have) > 0 {
			first.Points = append(first.Points, "written down: "+strings.Join(have, ", "))
		}
		if len(lack) > 0 {
			first.Points = append(first.Points, "open: "+strings.Join(lack, ", "))
		}
	}
	for _, g := range r.Summary.Unseen {
		unknown.Points = append(unknown.Points, g.What)
	}
	if len(unknown.Points) > 0 {
		unknown.Answer = "What was never tried or could not be seen:"
	}
	risk := Answer{Question: "What is the single biggest risk?", Answer: "None that a check found.", Points: []string{}}
	if r.Summary.Risk != "" {
		risk.Answer = r.Summary.Risk
	}
	ready := Answer{Question: "How ready is each part?", Answer: "By the checks that could see:", Points: []string{}}
	var parts []string
	for _, a := range r.Areas {
		stars := "unknown"
		if a.Stars > 0 {
			stars = fmt.Sprintf("%d of 5", a.Stars)
		} else if !a.Assessed {
			stars = "not assessed"
		}
		parts = append(parts, a.Area+" "+stars)
	}
	ready.Answer = "By the checks that could see: " + strings.Join(parts, ", ") + ". What that rests on is on the first page."
	return []Answer{first, unknown, risk, ready}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// mostOf reports whether a count such as "22 of 23 charts" is nine tenths at least.
func mostOf(said string) bool {
	var n, all int
	_, err := fmt.Sscanf(said, "%d of %d", &n, &all)
	return err == nil && n*10 >= all*9
}

// strengths are what is good by numbers: what the repository brings, and the subjects
// in which all that was looked at passed.
func (s shelf) strengths(checks []review.CheckResult, d Documentation) []Point {
	out := []Point{}
	var roles []Role
	for _, r := range s.Releases {
		for _, role := range r.Roles {
			if r.Kind != objectsOf && !slices.Contains(roles, role) {
				roles = append(roles, role)
			}
		}
	}
	releases := 0
	for _, r := range s.Releases {
		if r.Kind == "HelmRelease" {
			releases++
		}
	}
	if len(roles) >= 5 {
		sortRoles(roles)
		var said []string
		for _, r := range roles {
			said = append(said, string(r))
		}
		out = append(out, Point{"A broad platform", fmt.Sprintf("%s for %s: %s", count(releases, "release"), count(len(roles), "role"), strings.Join(said, ", "))})
	}
	for _, signals := range [][]Role{{MetricsRole, LogsRole, TracesRole}} {
		if len(s.filling(signals[0])) > 0 && len(s.filling(signals[1])) > 0 && len(s.filling(signals[2])) > 0 {
			out = append(out, Point{"All three signals", strings.Join(s.names(signals...), ", ")})
		}
	}
	for _, most := range []struct {
		title string
		said  []Said
	}{{"Versions", s.charts()}, {"Drift", s.drift()}} {
		if len(most.said) > 0 && mostOf(most.said[0].Text) {
			out = append(out, Point{most.title, most.said[0].Text})
		}
	}
	if guards := s.flowOf("", step{[]Role{PolicyRole, SecretsRole, Identity}, []string{"ClusterPolicy.kyverno.io"}}); guards.Seen && len(s.names(PolicyRole, SecretsRole, Identity)) > 1 {
		out = append(out, Point{"Tools for security are there", guards.Steps[0]})
	}
	if n, _ := s.components(); n > 2 {
		out = append(out, Point{"Variants", count(n, "Kustomize component") + " say what differs"})
	}
	if n := len(d.Files); n >= 10 {
		clean := 0
		for _, f := range d.Files {
			if len(f.Remarks) == 0 {
				clean++
			}
		}
		out = append(out, Point{"Documentation", fmt.Sprintf("%s, %d without a remark; %s followed", count(n, "text"), clean, count(d.Links, "link"))})
	}
	out = append(out, passedSubjects(checks)...)
	return out[:min(len(out), mostPoints+2)]
}
