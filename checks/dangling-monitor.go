package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingMonitor = &review.Check{
	ID: "dangling-monitor", Area: review.Observability, Severity: review.Medium, Tags: []review.Tag{review.Metrics, review.References},
	Doc: review.Doc{
		Title:  "monitor selects nothing",
		What:   "Looks for ServiceMonitors and PodMonitors whose selector matched a rendered Service or workload before the change and matches none now, because labels were changed or the target was removed. A monitor that never matched is reported in audits only, as unknown: its targets may come from charts and operators.",
		Why:    "The metrics stop, and the alerts stop with them: an alert without data does not fire.",
		Fix:    "Make the monitor's selector match the labels, or remove the monitor together with its target.",
		Verify: "Prometheus, Status, Targets; or: kubectl get services -A -l KEY=VALUE",
		Waive:  "The target moves to another repository at the same time.",
		Effort: "small",
		Bad:    "kind: ServiceMonitor\nspec: {selector: {matchLabels: {app: web}}}   # the Service is labelled app: shop",
		Good:   "kind: ServiceMonitor\nspec: {selector: {matchLabels: {app: shop}}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, kind := range []string{kube.ServiceMonitor, kube.PodMonitor} {
			for _, m := range c.Kind(kind) {
				if c.Before == nil {
					neverMonitored(p, c, m)
					continue
				}
				old := p.Before(m)
				if old == nil || text.Labels(monitorLabels(old)) != text.Labels(monitorLabels(m)) {
					continue // a changed selector is told as selector-changed
				}
				if monitors(c, m) {
					continue
				}
				if had := monitored(c.Before, old); len(had) > 0 && !kube.Unseen(p, c, had) {
					p.Report(review.Hit{Object: m, Field: "/spec/selector", Related: had,
						Message: fmt.Sprintf("%s selected %s and selects nothing now. Its metrics stop.", m.ID, text.Some(text.Names(had)))})
				}
			}
		}
	}),
}

// neverMonitored tells an audit of a monitor that matches nothing which is
// rendered.
func neverMonitored(p *review.Pass, c *review.Cluster, m *model.Object) {
	labels := monitorLabels(m)
	if !p.Audit || len(labels) == 0 || !flux.AllSeen(c) || monitors(c, m) {
		return
	}
	p.Report(review.Hit{Object: m, Field: "/spec/selector", Verdict: review.NotSeen, Searched: []string{"Services and workloads in all rendered targets"},
		Message: fmt.Sprintf("%s selects `%s`, but no rendered object has these labels.", m.ID, text.Labels(labels))})
}

func monitorLabels(m *model.Object) map[string]string {
	return review.Labels(m.Fields(), "spec", "selector", "matchLabels")
}

// monitors reports whether a monitor scrapes anything that is seen.
func monitors(c *review.Cluster, m *model.Object) bool {
	labels := monitorLabels(m)
	if m.ID.Kind == "PodMonitor" {
		return len(c.Selected("", labels)) > 0
	}
	return len(kube.ServicesWith(c, "", labels)) > 0
}

// monitored gives what a monitor scrapes; monitors may look into any namespace.
func monitored(c *review.Cluster, m *model.Object) []*model.Object {
	labels := monitorLabels(m)
	if m.ID.Kind == "PodMonitor" {
		return c.Near(m, c.Selected("", labels))
	}
	return c.Near(m, kube.ServicesWith(c, "", labels))
}
