package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var hpaIneffective = &review.Check{
	ID: "hpa-ineffective", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "autoscaler that cannot scale",
		What:   "Looks for HorizontalPodAutoscalers and KEDA ScaledObjects whose maximum equals their minimum. A maximum below the minimum is high: the API server refuses it.",
		Why:    "The workload seems to scale with its load, but the number of pods never changes.",
		Fix:    "Raise the maximum to what the load may need, or remove the autoscaler and set `replicas`.",
		Verify: "kubectl get hpa -A",
		Waive:  "Scaling is disabled on purpose for a limited time.",
		Effort: "small",
		Bad:    "minReplicas: 3\nmaxReplicas: 3",
		Good:   "minReplicas: 3\nmaxReplicas: 10",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		low, high := "minReplicas", "maxReplicas"
		switch o.ID.GroupKind() {
		case kube.HorizontalPodAutoscaler:
		case kube.ScaledObject:
			low, high = "minReplicaCount", "maxReplicaCount"
		default:
			return
		}
		most, ok := review.Int(o.Fields(), "spec", high)
		least, said := review.Int(o.Fields(), "spec", low)
		if !said && o.ID.GroupKind() == kube.HorizontalPodAutoscaler {
			least = 1
		}
		if !ok || most > least || most == 0 && least == 0 {
			return
		}
		h := review.Hit{Object: o, Field: "/spec/" + high, Key: "bounds", Message: fmt.Sprintf("%s scales between %d and %d, so it never scales.", o.ID, least, most)}
		if most < least {
			h.Severity, h.Message = review.High, fmt.Sprintf("%s has a maximum of %d, below its minimum of %d: it will be refused.", o.ID, most, least)
		}
		p.Report(h)
	}),
}
