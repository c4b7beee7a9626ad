package review

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Waiver accepts a finding, for a reason, on somebody's word, until a day. Only
// waivers of the governing branch are in a Settings.
type Waiver struct {
	Check   string
	Object  string // Kind/namespace/name or Kind/name, each a glob; "" is any
	Path    string // glob of source files; "" is any
	Reason  string
	Owner   string
	Expires time.Time // the last day on which it holds
	File    string    // where it is written; "" is not in this repository, or by a command
	Line    int

	// NotCritical: it does not hold for critical findings.
	NotCritical bool

	Selector labels.Selector // of the object's labels; nil is any
	Targets  []string        // globs of target ids or their directories; none is any
	Clusters []string        // globs of cluster names; none is any

	inline   bool // it is a comment, about one line of its file
	line     int
	clusters map[string]string // by target
}

// WaiverExpired is the id of the finding that a waiver has run out.
const WaiverExpired = "waiver-expired"

// expired reports whether the waiver's last day is over.
func (w Waiver) expired(now time.Time) bool { return !now.Before(w.Expires.AddDate(0, 0, 1)) }

// covers reports whether the waiver speaks of a finding.
func (w Waiver) covers(f Finding) bool {
	return w.about(f) && (!w.narrow() || len(f.Targets) > 0 && !slices.ContainsFunc(f.Targets, func(t string) bool { return !w.within(t) }))
}

// about is the same without regard to targets.
func (w Waiver) about(f Finding) bool {
	if w.Check != f.Check || w.NotCritical && f.Severity == Critical {
		return false
	}
	if w.Path != "" {
		if f.Location == nil {
			return false
		}
		if ok, err := doublestar.Match(w.Path, f.Location.File); err != nil || !ok {
			return false
		}
	}
	if w.inline && !w.atInline(f) {
		return false
	}
	if w.Selector != nil && (f.on == nil || !w.Selector.Matches(labels.Set(Labels(f.on.Fields(), "metadata", "labels")))) {
		return false
	}
	return w.Object == "" || f.Object != nil && w.names(*f.Object)
}

// names reports whether the waiver's object is this one. A generated name is
// named by what was written, without Kustomize's hash.
func (w Waiver) names(id model.ObjectID) bool {
	stem, _ := GeneratedName(id.Name)
	for _, name := range []string{id.Name, stem} {
		full := id.Kind + "/" + id.Namespace + "/" + name
		if id.Namespace == "" {
			full = id.Kind + "/" + name
		}
		for _, s := range []string{full, id.Kind + "/" + name} {
			if strings.Count(s, "/") != strings.Count(w.Object, "/") {
				continue
			}
			if ok, err := path.Match(w.Object, s); err == nil && ok {
				return true
			}
		}
	}
	return false
}

// waive marks the open findings that a waiver covers. They stay in the report.
func waive(findings []Finding, waivers []Waiver, now time.Time) {
	for i := range findings {
		f := &findings[i]
		if f.Status != New && f.Status != Worse && f.Status != Existing && !f.unanswered {
			continue
		}
		for _, w := range waivers {
			if w.covers(*f) && !w.expired(now) {
				f.Status = Waived
				f.Message = fmt.Sprintf("%s Waived until %s by %s: %s.", f.Message, w.Expires.Format(time.DateOnly), w.Owner, strings.TrimSuffix(w.Reason, "."))
				break
			}
		}
	}
}

const expiredFix = "Fix what it waived, or renew it with a new reason and day."

func expiredText(w Waiver) string {
	return fmt.Sprintf("The waiver of `%s` by %s ran out on %s and does not count any more.", w.Check, w.Owner, w.Expires.Format(time.DateOnly))
}

// expiredWaivers tells of waivers that have run out. Time did it and no pull
// request is blamed.
func expiredWaivers(waivers []Waiver, now time.Time, side model.Side) []Finding {
	var out []Finding
	for _, w := range waivers {
		if !w.expired(now) || w.File == "" {
			continue
		}
		out = append(out, Finding{
			Check: WaiverExpired, Severity: Medium, Status: Existing, Title: "a waiver has expired", Docs: docsOf(WaiverExpired),
			Message:     expiredText(w),
			Remediation: expiredFix,
			Location:    &model.Position{File: w.File, Line: max(1, w.Line), EndLine: max(1, w.Line), Precision: model.AtLine, Side: side},
		})
	}
	return out
}
