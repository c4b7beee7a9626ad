// Package alerts reads the alerts of PrometheusRules and VMRules, and finds who
// evaluates them.
package alerts

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Alert is one alert of a PrometheusRule.
type Alert struct {
	Name, Field         string // Field is the rule's pointer
	Expr                string
	Labels, Annotations map[string]string
}

// Of gives the alerts of a PrometheusRule or VMRule.
func Of(o *model.Object) []Alert {
	if kind := o.ID.GroupKind(); kind != kube.PrometheusRule && kind != kube.VMRule {
		return nil
	}
	var out []Alert
	for i, g := range review.Items(o.Fields(), "spec", "groups") {
		for j, r := range review.Items(g, "rules") {
			if name := review.Text(r, "alert"); name != "" {
				out = append(out, Alert{Name: name, Field: fmt.Sprintf("/spec/groups/%d/rules/%d", i, j), Expr: review.Text(r, "expr"),
					Labels: review.Labels(r, "labels"), Annotations: review.Labels(r, "annotations")})
			}
		}
	}
	return out
}

// PrometheusIn gives what evaluates rules in a cluster.
func PrometheusIn(c *review.Cluster) []*model.Object {
	out := flux.Releases(c, "kube-prometheus-stack", "prometheus-operator", "victoria-metrics-k8s-stack")
	out = append(out, c.Kind("Prometheus.monitoring.coreos.com")...)
	return append(out, c.Kind("VMAlert.operator.victoriametrics.com")...)
}
