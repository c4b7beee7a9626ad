package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var hpaReplicasConflict = &review.Check{
	ID: "hpa-replicas-conflict", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "replicas set beside an autoscaler",
		What:   "Looks for workloads that an autoscaler scales and whose manifest also sets `replicas`.",
		Why:    "Each apply resets the number, and the autoscaler then scales up again. Under load, a deployment can remove half of the pods for a minute.",
		Fix:    "Remove `replicas` from the manifest.",
		Verify: "kubectl get hpa -A; kubectl get deploy -A -w during an apply",
		Waive:  "The number equals the autoscaler's minimum and the load is low.",
		Effort: "small",
		Bad:    "kind: Deployment\nspec: {replicas: 3}   # and an autoscaler",
		Good:   "kind: Deployment\nspec: {}              # the autoscaler decides",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Workloads() {
			if review.Lookup(o.Fields(), "spec", "replicas") == nil {
				continue
			}
			if s := kube.ScalerOf(c, o); s != nil {
				p.Report(review.Hit{Verdict: review.Sure, Object: o, Field: "/spec/replicas", Key: "hpa", Related: []*model.Object{s},
					Message: fmt.Sprintf("%s sets %v replicas, and %s scales it: each apply sets the number back.", o.ID, review.Lookup(o.Fields(), "spec", "replicas"), s.ID)})
			}
		}
	}),
}
