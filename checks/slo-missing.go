package checks

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/alerts"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sloMissing = presence.Check(review.Check{
	ID: "slo-missing", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Objectives},
	Doc: review.Doc{
		Title:  "no service level objectives",
		What:   "If a cluster runs Prometheus, looks for service level objectives: objects of Sloth, Pyrra or OpenSLO, alerts on the burn rate of an error budget, or a text named SLO. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "Without an objective all alerts seem equally important, and after an outage it is unclear whether the service was good enough.",
		Fix:    "Choose one objective for what users notice, and alert on the burn rate of its error budget over two windows.",
		Verify: "kubectl get prometheusrules -A -o yaml | grep -iE 'burn|slo'",
		Waive:  "Objectives are kept in a hosted service; say which.",
		Effort: "large",
	},
}, presence.Wanted{
	Needs:    func(_ *review.Pass, c *review.Cluster) []*model.Object { return alerts.PrometheusIn(c) },
	Has:      hasObjectives,
	Absent:   "%s measures, and nothing says how good is good enough.",
	Searched: []string{"Sloth, Pyrra and OpenSLO objects, alerts on error budgets", "**/slo*.md"},
})

// hasObjectives reports whether something says how good is good enough.
func hasObjectives(p *review.Pass, c *review.Cluster) bool {
	for _, o := range c.Objects {
		switch o.ID.Group {
		case "sloth.slok.dev", "pyrra.dev", "openslo.com", "monitoring.googleapis.com":
			return true
		}
		for _, a := range alerts.Of(o) {
			// The API server's own, in charts, are not this repository's.
			if name := strings.ToLower(a.Name); (strings.Contains(name, "budget") || strings.Contains(name, "burn")) && !flux.OnlyCharts(p, o) {
				return true
			}
		}
	}
	for _, file := range p.Paths() {
		if base := strings.ToLower(path.Base(file)); strings.HasPrefix(base, "slo") && repo.IsDocument(file) {
			return true
		}
	}
	return false
}
