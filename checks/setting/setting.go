// Package setting is for rules over the values of a chart that is not rendered:
// they say what the values say, never what the chart makes of them. What a
// value means is told by its name, as charts use to name it.
package setting

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Report reports a place in values. Findings pair by the release and the
// place, whichever tier holds it.
func Report(p *review.Pass, v *review.Values, s *review.Setting, rule string, h review.Hit) {
	if v.Handing != "" {
		p.Report(v.Hit(s, rule, h))
		return
	}
	h.Object, h.Field, h.About, h.Key = s.Holder, s.Pointer+h.Field, v.Release, "values "+s.Path+" "+rule
	if s.Holder != v.Release {
		h.Related = append(h.Related, v.Release)
	}
	p.Report(h)
}

// Name is how a message names a place in values.
func Name(v *review.Values, path string) string {
	return fmt.Sprintf("The values of %s, `%s`", v.Release.ID, review.Quotable(path))
}

var camel = pattern.New(`([a-z])([A-Z])`)

// AgentSeverity is the severity of a finding in values, which for a node agent
// is information.
func AgentSeverity(v *review.Values, s *review.Setting, severity review.Severity) review.Severity {
	if kube.NodeAgent.MatchString(camel.ReplaceAllString(s.Path, "$1-$2")) {
		return review.Info
	}
	return kube.AgentSeverity(v.Release, severity)
}

// Outer is the path of the map that a path lies in.
func Outer(path string) string {
	if i := strings.LastIndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return ""
}

// Lost gives what the values before the change said at places whose
// surroundings are still there and on, and that say nothing now: visit is called
// with the former setting, and with the nearest that is left of its path.
func Lost(v *review.Values, visit func(was, left *review.Setting)) {
	if v.Before == nil {
		return
	}
	v.Before.Each(func(was *review.Setting) {
		if v.On(was.Path) != nil {
			return
		}
		if left := v.On(Outer(was.Path)); left != nil {
			visit(was, left)
		}
	})
}
