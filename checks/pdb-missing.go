package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pdbMissing = &review.Check{
	ID: "pdb-missing", ByLabels: true, Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Disruption},
	Doc: review.Doc{
		Title:  "no PodDisruptionBudget",
		What:   "Looks for Deployments and StatefulSets with two or more replicas that no PodDisruptionBudget selects. Low if the workload had a single replica before, because it is no worse off now. On a pull request, a new workload is left to the audit if the repository has three or more similar ones and at most one in ten of them has a budget.",
		Why:    "When nodes are drained for an upgrade, all replicas may be evicted at once, although the second replica should prevent exactly this.",
		Fix:    "Add a PodDisruptionBudget with `maxUnavailable: 1` and the workload's labels.",
		Verify: "kubectl get pdb -n NAMESPACE; kubectl get deploy -n NAMESPACE",
		Waive:  "The replicas do batch work and may all be down for a while.",
		Effort: "small",
		Bad:    "kind: Deployment\nspec: {replicas: 3}",
		Good:   "kind: PodDisruptionBudget\nspec:\n  maxUnavailable: 1\n  selector: {matchLabels: {app: web}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		guarded, unclear := guardedBy(c)
		var before map[*model.Object]bool
		if c.Before != nil {
			before, _ = guardedBy(c.Before)
		}
		for _, o := range c.Workloads() {
			n, known := kube.ReplicasOf(c, o)
			if !known || n < 2 || guarded[o] || unclear[o.ID.Namespace] {
				continue
			}
			old := p.Before(o)
			lost := old != nil && before[old]
			message := fmt.Sprintf("%s runs %d replicas, and a drain may evict all of them at once.", o.ID, n)
			if lost {
				message = fmt.Sprintf("%s runs %d replicas and is no longer selected by a PodDisruptionBudget. A drain may evict all of them at once.", o.ID, n)
			}
			severity := review.Medium
			if old != nil && old != o && c.Before != nil {
				if was, known := kube.ReplicasOf(c.Before, old); known && was < 2 && !lost {
					severity = review.Low
					message = fmt.Sprintf("%s runs %d replicas now, and a drain may evict all of them at once, as it could evict the single one before.", o.ID, n)
				}
			}
			if custom.Lacks(p, o, custom.Replicated, func(c *review.Cluster, o *model.Object) bool { return before[o] }) {
				continue
			}
			p.Report(review.Hit{
				Object: o, Field: "/spec/replicas", Key: "pdb", Message: message, Severity: severity,
				Verdict: review.NotSeenIf(!c.CompleteIn(o.ID.Namespace) && !lost), Searched: []string{"PodDisruptionBudgets in all rendered targets"},
			})
		}
	}),
}

// guardedBy gives the workloads that some PodDisruptionBudget selects, and the
// namespaces in which one selects in a way that is not read here.
func guardedBy(c *review.Cluster) (guarded map[*model.Object]bool, unclear map[string]bool) {
	guarded, unclear = map[*model.Object]bool{}, map[string]bool{}
	for _, pdb := range c.Kind(kube.PodDisruptionBudget) {
		list, ok := kube.Budgeted(c, pdb)
		if !ok {
			unclear[pdb.ID.Namespace] = true
		}
		for _, o := range list {
			guarded[o] = true
		}
	}
	return guarded, unclear
}
