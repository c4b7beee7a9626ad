package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var replicasZero = &review.Check{
	ID: "replicas-zero", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "scaled to zero",
		What:   "Looks for Deployments, StatefulSets and Rollouts whose replicas the change sets to 0, which is high; a new one with 0 is advice. For a chart that is not rendered, checks for replicas that the change sets to 0 in its values.",
		Why:    "The service is down as soon as this is applied, and an autoscaler does not restore it: autoscalers ignore workloads with 0 replicas.",
		Fix:    "To switch it off, remove it together with its Service and routes. For a pause, say for how long.",
		Verify: "kubectl get deploy,sts -A | awk '$3 == \"0/0\"'",
		Waive:  "A planned pause with an end date.",
		Effort: "small",
		Bad:    "replicas: 0",
		Good:   "replicas: 2",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if k := o.ID.GroupKind(); k != kube.Deployment && k != kube.StatefulSet && k != kube.Rollout {
			return
		}
		n, set := review.Int(o.Fields(), "spec", "replicas")
		if !set || n != 0 {
			return
		}
		h := review.Hit{Object: o, Field: "/spec/replicas", Severity: review.Low, Message: fmt.Sprintf("%s has 0 replicas: nothing runs.", o.ID)}
		if old := p.Before(o); old != nil {
			was, wasSet := review.Int(old.Fields(), "spec", "replicas")
			if !wasSet {
				was = 1
			}
			if was > 0 {
				h.Severity = review.High
				h.Message = fmt.Sprintf("%s had %s and has none now: its service will be down.", o.ID, text.Plural(int(was), "replica"))
			}
		}
		p.Report(h)
	}).ChartValues(noReplicasInValues),
}

func noReplicasInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		n, ok := setting.Replicas(s)
		if was, had := setting.Replicas(v.Was(s.Path)); ok && n == 0 && had && was > 0 {
			setting.Report(p, v, s, "", review.Hit{Message: fmt.Sprintf("%s was %d and is 0 now: its service will be down.", setting.Name(v, s.Path), was)})
		}
	})
}
