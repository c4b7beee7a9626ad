package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// AuditJSON writes an audit in the form of the command line's contract
// (docs/schema/audit-v1.json).
func AuditJSON(w io.Writer, r *audit.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write the audit as JSON: %w", err)
	}
	return nil
}

// AuditTitle is the audit in one line, as the title of an issue.
func AuditTitle(r *audit.Report) string {
	n := map[review.Severity]int{}
	for _, g := range r.Gaps {
		if g.Status != review.Unknown {
			n[g.Severity]++
		}
	}
	word := "not approved"
	switch {
	case r.Approved && r.Conclusion == review.Success:
		word = "approved"
	case r.Approved:
		word = "reported only"
	case r.Conclusion == review.Neutral:
		word = "not approved yet"
	}
	return fmt.Sprintf("Readiness: %s · %d critical, %d high, %d medium", word, n[review.Critical], n[review.High], n[review.Medium])
}

// stateWords are how a state is shown. What was not looked at is never a tick.
var stateWords = map[audit.State]string{
	audit.Fine: "✅", audit.InPart: "✅ of what is visible", audit.Advice: "⚠️", audit.Bad: "❌", audit.Unclear: "not visible",
	audit.Empty: "nothing to look at", audit.NotAssessed: "not assessed", audit.Present: "there, not judged",
}

// stars are a rating as text.
func stars(a audit.AreaState) string {
	switch {
	case !a.Assessed:
		return "not assessed"
	case a.Stars == 0:
		return "unknown"
	}
	return strings.Repeat("★", a.Stars) + strings.Repeat("☆", 5-a.Stars)
}

// auditOf names the commit and what of it was looked at.
func auditOf(r *audit.Report) string {
	said := "commit " + short(r.Commit)
	if r.Commit == "" {
		said = "uncommitted files"
	}
	if r.Scope != "" {
		said += ", only " + oneLine(r.Scope)
	}
	return said
}

// answers are two questions that a reader has, answered: may this go to production, and
// what first, in steps. mark sets an id.
func answers(r *audit.Report, mark func(string) string) (may string, first []string) {
	may = "Yes, as far as the checks go."
	if high := openOf(r, review.High); high > 0 {
		may = fmt.Sprintf("Yes, as far as the checks go: no critical gap, and %s of high severity.", plural(high, "gap"))
	}
	switch {
	case r.Gate == review.ReportOnly:
		may = "This gate does not say; it only reports."
	case r.Conclusion == review.Neutral:
		may = "Not yet: nothing that is visible blocks it, and " + r.Lack() + "."
	case !r.Approved && openOf(r, review.Critical) == 0:
		may = "No: nothing that is visible is critical, and what this gate asks for was not seen."
	case !r.Approved:
		may = "No."
	}
	if r.Approved && r.Gate != review.ReportOnly {
		may += narrowly(r)
	}
	if n := len(r.Summary.NotAssessed); n > 0 && r.Approved {
		may += " Not assessed: " + some(r.Summary.NotAssessed, 8) + "."
	}
	byID := gapsByID(r)
	for _, id := range r.Summary.First {
		g := byID[id]
		at := ""
		if place := placeOf(g.Evidence[0]); place != "" {
			at = " (" + code(place) + ")"
		}
		what, _, _ := strings.Cut(g.Recommendation[0], ": `") // the commands stand with the gap
		first = append(first, fmt.Sprintf("%s%s: %s.", mark(id), at, strings.TrimSuffix(what, ".")))
	}
	if len(first) == 0 {
		first = []string{"Nothing that presses."}
	}
	return may, first
}

// narrowly says what an approval rests on where that is little: a part of the
// repository, or fewer than half of the checks. Of a part many checks cannot say
// anything, because what they look for may stand in the rest.
func narrowly(r *audit.Report) string {
	blind := fmt.Sprintf("%d of the %s that had something to look at could not see what they need", r.Score.Unknown, plural(r.Score.Passed+r.Score.Open+r.Score.Unknown, "check"))
	switch {
	case r.Scope != "" && r.Score.Unknown == 0:
		return " Of this part alone."
	case r.Scope != "":
		return " Of this part alone: " + blind + ", and only an audit of the whole repository asks the others."
	case !r.Score.Known:
		return " " + upperFirst(blind) + "."
	}
	return ""
}

func gapsByID(r *audit.Report) map[string]audit.Gap {
	out := map[string]audit.Gap{}
	for _, g := range r.Gaps {
		out[g.ID] = g
	}
	return out
}

// score is the completeness as people read it.
func score(r *audit.Report) string {
	if !r.Score.Known {
		return "unknown: fewer than half of the checks could see"
	}
	return fmt.Sprintf("%.1f/10", r.Score.Value)
}

// trendLine says what changed since the last audit; "" where there was none.
func trendLine(r *audit.Report) string {
	if r.Trend == nil {
		return ""
	}
	said := fmt.Sprintf("Since the audit of %s (commit %s): %d new, %d fixed", r.Trend.Since.UTC().Format("2006-01-02"), short(r.Trend.From), r.Trend.New, r.Trend.Fixed)
	for _, a := range r.Areas {
		if d := r.Trend.Stars[a.Area]; d != 0 {
			said += fmt.Sprintf(", %s %+d★", a.Area, d)
		}
	}
	return said + "."
}

// inClusters says in which of several clusters evidence stands; "" where in all, or
// where its message says it.
func inClusters(r *audit.Report, e audit.Evidence) string {
	all, in := map[string]bool{}, []string{}
	for _, t := range r.Targets {
		if t.Cluster == "" {
			continue
		}
		all[t.Cluster] = true
		if slices.Contains(e.Targets, t.ID) && !slices.Contains(in, t.Cluster) && !strings.Contains(e.Message, t.Cluster) {
			in = append(in, t.Cluster)
		}
	}
	if len(in) == 0 || len(in) == len(all) {
		return ""
	}
	slices.Sort(in)
	return oneLine(verb(len(in), "cluster ", "clusters ") + some(in, 4))
}

// placeOf is where a piece of evidence stands.
func placeOf(e audit.Evidence) string {
	if e.Location == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", oneLine(e.Location.File), max(1, e.Location.Line))
}

// openOf counts the open gaps of a severity.
func openOf(r *audit.Report, severity review.Severity) (n int) {
	for _, g := range r.Gaps {
		if g.Severity == severity && g.Status == review.Existing {
			n++
		}
	}
	return n
}
