package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/alerts"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var runbookMissing = &review.Check{
	ID: "runbook-missing", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Runbooks, review.Alerts},
	Doc: review.Doc{
		Title:  "alert without a runbook",
		What:   "Looks at the alerts of this repository's PrometheusRules for the annotation `runbook_url`; alerts from charts are left alone. On a pull request it reports (medium) if the change removes the annotation, or adds an alert without it to rules that have it. An audit lists the rest, and reports a repository that has neither alerts nor a runbook file.",
		Why:    "A person on call who does not know this alert gets a name and a number, but no instructions.",
		Fix:    "Write down what to look at and what to do, and link it: `annotations: {runbook_url: https://…/runbooks/high-error-rate}`.",
		Verify: "kubectl get prometheusrules -A -o json | jq -r '.items[].spec.groups[].rules[] | select(.alert and (.annotations.runbook_url == null)) | .alert'",
		Waive:  "An alert that needs no action, such as a watchdog.",
		Effort: "medium",
		Bad:    "alert: HighErrorRate\nannotations: {summary: many errors}",
		Good:   "alert: HighErrorRate\nannotations: {summary: many errors, runbook_url: https://wiki.example.org/runbooks/errors}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		list := alerts.Of(o)
		if len(list) == 0 || flux.OnlyCharts(p, o) {
			return
		}
		had, custom := map[string]bool{}, false
		if old := p.Before(o); old != nil {
			for _, a := range alerts.Of(old) {
				had[a.Name] = a.Annotations["runbook_url"] != ""
				custom = custom || had[a.Name]
			}
		}
		for _, a := range list {
			if a.Annotations["runbook_url"] != "" || a.Name == "Watchdog" {
				continue
			}
			lost, known := had[a.Name]
			if p.Audit || lost || !known && custom {
				p.Report(runbookFinding(p, o, a, lost))
			}
		}
	}).AndFiles(noRunbooks),
}

// noRunbooks tells, in an audit, that nothing in the repository is a runbook and
// no alert names one.
func noRunbooks(p *review.Pass) {
	if !p.Audit || !repo.RendersSomething(p) || slices.ContainsFunc(p.Paths(), func(f string) bool { return strings.Contains(strings.ToLower(f), "runbook") }) {
		return
	}
	for _, c := range p.Clusters {
		for _, o := range c.Objects {
			if len(alerts.Of(o)) > 0 {
				return // each alert is told by itself, or names one
			}
		}
	}
	p.Report(review.Hit{Key: "no runbooks", Severity: review.Medium, Title: "no runbooks", Searched: []string{"docs/runbooks/**", "**/*runbook*"},
		Message: "No file of this repository is a runbook, and no alert names one. The person on call has no instructions."})
}

func runbookFinding(p *review.Pass, o *model.Object, a alerts.Alert, lost bool) review.Hit {
	h := review.Hit{Object: o, Field: a.Field + "/annotations/runbook_url", Key: "runbook " + a.Name, Severity: review.Medium,
		Message: fmt.Sprintf("%s: the alert `%s` names no runbook.", o.ID, a.Name)}
	if lost {
		h.Message = fmt.Sprintf("%s: the alert `%s` loses its runbook.", o.ID, a.Name)
	}
	if p.Audit {
		h.Severity = review.High
	}
	return h
}
