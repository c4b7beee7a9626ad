package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Level is how an annotation is shown.
type Level string

const (
	LevelFailure Level = "failure"
	LevelWarning Level = "warning"
	LevelNotice  Level = "notice"
)

// Annotation is one remark on lines of a file of the head commit.
type Annotation struct {
	Path               string
	StartLine, EndLine int
	Level              Level
	Title, Message     string
}

// CheckRun is a report as GitHub shows it.
type CheckRun struct {
	Conclusion  review.Conclusion
	Title       string
	Summary     string
	Annotations []Annotation // one a cause, in a fixed order
}

const (
	// summaryLimit is below GitHub's 65,535 bytes for a check run's summary.
	summaryLimit = 64_000
	// MaxAnnotations bounds the annotations of one check run; GitHub has no
	// documented limit in all, only 50 a request.
	MaxAnnotations = 200
	// titleLimit and messageLimit are GitHub's for one annotation, in bytes.
	titleLimit, messageLimit = 255, 60_000
)

// ForCheckRun makes the check run of a report.
func ForCheckRun(r *review.Report) CheckRun {
	out := CheckRun{Conclusion: r.Conclusion, Title: Title(r)}
	all := annotations(r)
	out.Annotations = all[:min(len(all), MaxAnnotations)]
	note := ""
	if len(all) > MaxAnnotations {
		note = fmt.Sprintf("\n%d more findings have no annotation: %d are shown at their lines, the worst first.\n", len(all)-MaxAnnotations, MaxAnnotations)
	}
	out.Summary = Summary(r, summaryLimit-len(note), Short) + note
	return out
}

func annotations(r *review.Report) []Annotation {
	var out []Annotation
	for _, f := range r.Findings {
		if f.Status != review.New && f.Status != review.Worse && !f.Blocking {
			continue
		}
		if f.Location == nil || f.Location.Side != model.Head {
			continue // there is no such line to stand at; the summary has it
		}
		if saidBetter(r, f) {
			continue
		}
		out = append(out, Annotation{
			Path: f.Location.File, StartLine: max(1, f.Location.Line), EndLine: max(1, f.Location.Line),
			Level: level(f), Title: cut(f.Title, titleLimit), Message: cut(annotationText(r, f), messageLimit),
		})
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i].Level) < rank(out[j].Level) })
	return out
}

// saidBetter reports whether a check blocks at the very line where a target does
// not build: it says why, and one cause is told once. So is an entry that became a
// comment, where what leaves with it is told of the same file.
func saidBetter(r *review.Report, f review.Finding) bool {
	if f.Check == "resource-commented-out" && f.Location != nil {
		return slices.ContainsFunc(r.Findings, func(other review.Finding) bool {
			return other.Check == "object-pruned" && other.Location != nil && other.Location.File == f.Location.File
		})
	}
	if f.Check != review.RenderFailed || f.Location == nil {
		return false
	}
	for _, other := range r.Findings {
		if other.Check != f.Check && other.Blocking && other.Location != nil && other.Location.Precision == model.AtLine &&
			other.Location.File == f.Location.File && other.Location.Line == f.Location.Line && other.Location.Side == f.Location.Side {
			return true
		}
	}
	return false
}

func level(f review.Finding) Level {
	switch {
	case f.Blocking:
		return LevelFailure
	case f.Severity.Rank() >= review.Medium.Rank():
		return LevelWarning
	}
	return LevelNotice
}

func rank(l Level) int {
	return map[Level]int{LevelFailure: 0, LevelWarning: 1, LevelNotice: 2}[l]
}

// annotationText is for someone who sees nothing else.
func annotationText(r *review.Report, f review.Finding) string {
	var b strings.Builder
	b.WriteString(plainMarks(oneLine(f.Message)))
	if where := places(r, f.Targets); len(where) > 0 {
		switch {
		case len(where) <= 4:
			fmt.Fprintf(&b, "\nIn %s.", strings.Join(where, ", "))
		default:
			fmt.Fprintf(&b, "\nIn %s, first %s.", plural(len(where), placeNoun(r, f.Targets)), where[0])
		}
	}
	if len(f.Alike) > 0 {
		fmt.Fprintf(&b, " The same line does this to %s.", plural(1+len(f.Alike), "object"))
	}
	if f.Remediation != "" {
		fmt.Fprintf(&b, "\n\nFix: %s", plainMarks(oneLine(f.Remediation)))
	}
	if f.Docs == "" || strings.HasPrefix(f.Docs, "docs/checks.md") { // else a rule of the repository's own
		fmt.Fprintf(&b, "\nseaworthy checks explain %s", f.Check)
	}
	return b.String()
}

// cut shortens a text to at most limit bytes, at a rune's border.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	return strings.ToValidUTF8(s[:limit-len(mark)], "") + mark
}
