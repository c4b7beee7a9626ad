package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// alert is one alert of a PrometheusRule.
type alert struct {
	name, field         string // field is the rule's pointer
	expr                string
	labels, annotations map[string]string
}

// alertsOf gives the alerts of a PrometheusRule or VMRule.
func alertsOf(o *model.Object) []alert {
	if kind := o.ID.GroupKind(); kind != kube.PrometheusRule && kind != "VMRule.operator.victoriametrics.com" {
		return nil
	}
	var out []alert
	for i, g := range review.Items(o.Fields(), "spec", "groups") {
		for j, r := range review.Items(g, "rules") {
			if name := review.Text(r, "alert"); name != "" {
				out = append(out, alert{name: name, field: fmt.Sprintf("/spec/groups/%d/rules/%d", i, j), expr: review.Text(r, "expr"),
					labels: review.Labels(r, "labels"), annotations: review.Labels(r, "annotations")})
			}
		}
	}
	return out
}
