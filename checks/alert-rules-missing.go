package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/alerts"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var alertRulesMissing = &review.Check{
	ID: "alert-rules-missing", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Alerts},
	Doc: review.Doc{
		Title:  "Prometheus without alert rules",
		What:   "If a cluster runs the Prometheus or VictoriaMetrics operator, looks for a PrometheusRule or VMRule, including those of charts, and for `additionalPrometheusRules` or `additionalPrometheusRulesMap` in the values. On a pull request it reports only if the change removes the last one.",
		Why:    "Metrics are collected, but nobody is notified: users are the first to notice an outage.",
		Fix:    "Add a PrometheusRule for the symptoms that users notice: error rate and latency first.",
		Verify: "kubectl get prometheusrules -A",
		Waive:  "Alerts are defined elsewhere, for instance in a hosted service; say where.",
		Effort: "medium",
		Bad:    "kind: HelmRelease\nspec: {chart: {spec: {chart: kube-prometheus-stack}}, values: {defaultRules: {create: false}}}",
		Good:   "kind: PrometheusRule\nspec: {groups: [{name: web, rules: [{alert: HighErrorRate, expr: …}]}]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		operators := alerts.PrometheusIn(c)
		p.Looked(len(operators))
		if len(operators) == 0 || hasAlertRules(c) {
			return
		}
		lost := c.Before != nil && len(alerts.PrometheusIn(c.Before)) > 0 && hasAlertRules(c.Before)
		if !p.Audit && !lost {
			return
		}
		h := review.Hit{Object: operators[0], Field: "/metadata/name", Key: "rules", Verdict: review.NotSeenIf(!flux.AllSeen(c) && !lost),
			Message:  fmt.Sprintf("%s collects metrics, but %s has no alert rule.", operators[0].ID, text.InCluster(c)),
			Searched: []string{"PrometheusRules and VMRules in all rendered targets", "additionalPrometheusRules in the releases' values"}}
		if lost {
			h.Message = fmt.Sprintf("The last alert rule is removed from %s: %s alerts nobody any more.", text.InCluster(c), operators[0].ID)
		}
		p.Report(h)
	}),
}

func hasAlertRules(c *review.Cluster) bool {
	for _, kind := range []string{kube.PrometheusRule, kube.VMRule} {
		for _, o := range c.Kind(kind) {
			if len(alerts.Of(o)) > 0 {
				return true
			}
		}
	}
	for _, o := range alerts.PrometheusIn(c) {
		trees, _ := flux.Values(c, o)
		for _, key := range []string{"additionalPrometheusRules", "additionalPrometheusRulesMap"} {
			if flux.Said(flux.ValueAt(trees, key)) {
				return true
			}
		}
	}
	return false
}
