package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var namespaceDefault = &review.Check{
	ID: "namespace-default", Area: review.Security, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Ownership},
	Doc: review.Doc{
		Title:  "workload in the default namespace",
		What:   "Looks for workloads with `namespace: default`, as rendered. A workload without a namespace is left alone: its namespace depends on how it is applied, which is not visible here. On a pull request, a workload that joins others in `default` is left to the audit.",
		Why:    "Roles, quotas, network policies and Pod Security levels work by namespace. In `default`, everything that names no namespace shares them.",
		Fix:    "Give the application its own namespace.",
		Verify: "kubectl get deploy,sts,ds,cronjob -n default",
		Waive:  "One team owns the cluster, and `default` is a namespace like any other.",
		Effort: "medium",
		Bad:    "metadata: {name: web, namespace: default}",
		Good:   "metadata: {name: web, namespace: shop}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if _, workload := review.PodOf(o); workload && o.ID.Namespace == "default" && !lived(p, o) {
			p.Report(review.Hit{Object: o, Field: "/metadata/namespace", Message: fmt.Sprintf("%s shares the namespace `default` with every object that names no namespace.", o.ID)})
		}
	}),
}

// lived reports whether, on a pull request, other workloads ran in the namespace before.
func lived(p *review.Pass, o *model.Object) bool {
	c := p.Home(o)
	return !p.Audit && !p.Demanded && p.Side == model.Head && p.Before(o) == nil && c != nil && c.Before != nil && len(c.Before.WorkloadsIn(o.ID.Namespace)) > 0
}
