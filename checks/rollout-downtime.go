package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rolloutDowntime = &review.Check{
	ID: "rollout-downtime", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Disruption},
	Doc: review.Doc{
		Title:  "each rollout causes downtime",
		What:   "Looks for Deployments behind a Service that stop all their pods before they start new ones: the strategy `Recreate`, or a `maxUnavailable` of 100%. Nothing is reported if a pod mounts a volume claim, because two pods may not be able to share it. Medium if the change adds this to a Deployment that had rolling updates before; a new one with a single replica is left to the audit.",
		Why:    "No pod answers requests between the end of the last old pod and the first new one that is ready, or at all if the new ones never become ready.",
		Fix:    "Use `RollingUpdate`, with a readiness probe.",
		Verify: "kubectl get deploy -A -o custom-columns=NS:.metadata.namespace,NAME:.metadata.name,STRATEGY:.spec.strategy.type",
		Waive:  "Two versions of the application must not run at the same time.",
		Effort: "small",
		Bad:    "strategy: {type: Recreate}",
		Good:   "strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		why, field := stopsAll(o)
		home := p.Home(o)
		if why == "" || claims(o) || home == nil || !kube.BehindService(home, o) {
			return
		}
		h := review.Hit{Object: o, Field: field, Key: "strategy", Message: fmt.Sprintf("%s has %s: each rollout stops all its pods before new ones start.", o.ID, why)}
		if old := p.Before(o); old != nil && old.ID == o.ID {
			if before, _ := stopsAll(old); before == "" {
				h.Severity = review.Medium
			}
		}
		if n, known := kube.ReplicasOf(home, o); !p.Audit && p.Side == model.Head && p.Before(o) == nil && known && n < 2 {
			return // who starts with one pod and says how it is replaced, knows
		}
		p.Report(h)
	}),
}

// stopsAll says by what a Deployment stops all pods in a rollout; "" where it
// does not.
func stopsAll(o *model.Object) (why, field string) {
	if o.ID.GroupKind() != kube.Deployment {
		return "", ""
	}
	if review.Text(o.Fields(), "spec", "strategy", "type") == "Recreate" {
		return "the strategy `Recreate`", "/spec/strategy/type"
	}
	if review.Text(o.Fields(), "spec", "strategy", "rollingUpdate", "maxUnavailable") == "100%" {
		return "`maxUnavailable: 100%`", "/spec/strategy/rollingUpdate/maxUnavailable"
	}
	return "", ""
}

// claims reports whether a workload's pods mount a volume claim or a path of
// their node.
func claims(o *model.Object) bool {
	pod, _ := review.PodOf(o)
	for _, v := range review.Items(pod.Spec, "volumes") {
		if v["persistentVolumeClaim"] != nil || v["ephemeral"] != nil || v["hostPath"] != nil {
			return true
		}
	}
	return false
}
