package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var singleReplica = &review.Check{
	ID: "single-replica", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Disruption},
	Doc: review.Doc{
		Title:  "a single replica",
		What:   "Looks for Deployments behind a Service that run one replica without an autoscaler. Reducing to one is medium in every environment. A new one with a single replica is advice in production; elsewhere it is left to the audit, and so it is if at most one in ten of the Deployments beside it runs more, unless your file sets a severity. For a chart that is not rendered, checks for replicas that the change sets to 1 in its values; an audit checks for replicas that are 1.",
		Why:    "Each rollout with `Recreate`, each drained node and each crash is an outage.",
		Fix:    "Run two or more replicas, with a PodDisruptionBudget, spread over nodes.",
		Verify: "kubectl get deploy -A | awk '$3 ~ \"/1$\"'",
		Waive:  "Only one instance may run: a leader without election, or a volume that only one node can mount.",
		Effort: "small",
		Bad:    "replicas: 1",
		Good:   "replicas: 2",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(kube.Deployment) {
			if n, known := kube.ReplicasOf(c, o); !known || n != 1 || kube.ScalerOf(c, o) != nil || !kube.BehindService(c, o) || stayedAlone(p, c, o) {
				continue
			}
			h := review.Hit{Object: o, Field: "/spec/replicas", Severity: review.Info, Message: fmt.Sprintf("%s runs one replica: it is down whenever that replica is down.", o.ID)}
			for _, t := range c.Targets(o) {
				if repo.Production.MatchString(t) || repo.Production.MatchString(o.ID.Namespace) {
					h.Severity = review.Low
				}
			}
			if old := p.Before(o); old != nil && old != o && c.Before != nil {
				if was, known := kube.ReplicasOf(c.Before, old); known && was > 1 {
					h.Severity, h.Title = review.Medium, "down to a single replica"
					h.Message = fmt.Sprintf("%s ran %d replicas and runs one now: it is down whenever that replica is down.", o.ID, was)
				}
			}
			if h.Severity == review.Info && !p.Audit && !p.Demanded && p.Side == model.Head && p.Before(o) == nil {
				continue
			}
			if h.Severity != review.Medium && custom.Unheard(p, o, deployments, func(c *review.Cluster, o *model.Object) bool {
				n, known := kube.ReplicasOf(c, o)
				return known && n > 1 || kube.ScalerOf(c, o) != nil
			}) {
				continue
			}
			p.Report(h)
		}
	}).ChartValues(oneReplicaInValues),
}

// deployments are the like of a Deployment.
func deployments(c *review.Cluster) []*model.Object { return c.Kind(kube.Deployment) }

// stayedAlone reports whether a Deployment ran one replica before, and only the
// Service is new: the change takes nothing from it.
func stayedAlone(p *review.Pass, c *review.Cluster, o *model.Object) bool {
	old := p.Before(o)
	if old == nil || c.Before == nil || kube.BehindService(c.Before, old) {
		return false
	}
	n, known := kube.ReplicasOf(c.Before, old)
	return known && n == 1 && kube.ScalerOf(c.Before, old) == nil
}

func oneReplicaInValues(p *review.Pass, v *review.Values) {
	if p.Audit {
		loneReplica(p, v)
		return
	}
	v.Each(func(s *review.Setting) {
		n, ok := setting.Replicas(s)
		if was, had := setting.Replicas(v.Was(s.Path)); ok && n == 1 && had && was > 1 {
			setting.Report(p, v, s, "", review.Hit{Severity: review.Medium, Title: "down to a single replica",
				Message: fmt.Sprintf("%s was %d and is 1 now: it is down whenever that replica is down.", setting.Name(v, s.Path), was)})
		}
	})
}

// loneReplica tells, in an audit, of a chart whose own number of replicas is 1.
func loneReplica(p *review.Pass, v *review.Values) {
	root := v.On("")
	if root == nil || setting.Autoscaled(root) {
		return
	}
	for _, key := range []string{"replicaCount", "replicas"} {
		if n, ok := setting.Replicas(root.Field(key)); ok && n == 1 {
			severity := review.Info
			if c := p.Home(v.Release); repo.Production.MatchString(v.Release.ID.Namespace) || c != nil && repo.Production.MatchString(c.Name) {
				severity = review.Low
			}
			setting.Report(p, v, root.Field(key), "", review.Hit{Severity: severity, Message: fmt.Sprintf("%s is 1: it is down whenever that replica is down.", setting.Name(v, key))})
			return
		}
	}
}
