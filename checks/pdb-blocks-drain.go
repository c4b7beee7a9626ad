package checks

import (
	"fmt"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pdbBlocksDrain = &review.Check{
	ID: "pdb-blocks-drain", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Disruption},
	Doc: review.Doc{
		Title:  "PodDisruptionBudget blocks every drain",
		What:   "Looks for PodDisruptionBudgets that never allow an eviction: `maxUnavailable` of 0, `minAvailable` of 100%, or `minAvailable` equal to the number of replicas. An autoscaler's minimum counts as the number of replicas. For a chart that is not rendered, checks the budgets in its values.",
		Why:    "`kubectl drain` waits forever, and node upgrades, autoscaling and repairs wait with it. In the end someone drains by force, and the budget has protected nothing.",
		Fix:    "Set `maxUnavailable: 1`, and run at least two replicas.",
		Verify: "kubectl get pdb -A -o json | jq -r '.items[] | select(.status.disruptionsAllowed == 0) | .metadata.namespace+\"/\"+.metadata.name'",
		Waive:  "A single replica must not be interrupted, and its owner is present at each drain.",
		Effort: "small",
		Bad:    "spec: {minAvailable: 1}   # of 1 replica",
		Good:   "spec: {maxUnavailable: 1}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, pdb := range c.Kind(kube.PodDisruptionBudget) {
			why, field, workload := blocks(c, pdb)
			if why == "" {
				continue
			}
			h := review.Hit{Object: pdb, Field: field, Key: "blocks", Message: fmt.Sprintf("%s: %s. No node with such a pod can be drained.", pdb.ID, why)}
			if at := culprit(p, c, pdb, workload); at != nil {
				h.Object, h.Field, h.Key, h.Related = at, "/spec/replicas", "blocks "+pdb.ID.Name, []*model.Object{pdb}
			}
			p.Report(h)
		}
	}).ChartValues(drainBlockedInValues),
}

// blocks says why a PodDisruptionBudget lets no pod go; "" where it does.
func blocks(c *review.Cluster, pdb *model.Object) (why, field string, workload *model.Object) {
	list, ok := kube.Budgeted(c, pdb)
	if n, _, set := kube.Share(pdb, "maxUnavailable"); set {
		if n == 0 {
			return "`maxUnavailable: 0` lets no pod be evicted", "/spec/maxUnavailable", nil
		}
		return "", "", nil
	}
	n, percent, set := kube.Share(pdb, "minAvailable")
	switch {
	case !set:
		return "", "", nil
	case percent && n >= 100:
		return "`minAvailable: 100%` lets no pod be evicted", "/spec/minAvailable", nil
	case percent || !ok || len(list) == 0 || n == 0:
		return "", "", nil
	}
	var pods int64
	for _, o := range list {
		r, known := kube.ReplicasOf(c, o)
		if !known {
			return "", "", nil
		}
		pods += r
	}
	if pods == 0 || n < pods {
		return "", "", nil
	}
	return fmt.Sprintf("`minAvailable: %d` of %s (%s) lets no pod be evicted", n, text.Plural(int(pods), "replica"), text.Some(text.Names(list))), "/spec/minAvailable", list[0]
}

// culprit gives the workload whose change made an unchanged budget block; nil
// where the budget itself did.
func culprit(p *review.Pass, c *review.Cluster, pdb, workload *model.Object) *model.Object {
	if workload == nil || c.Before == nil || p.Before(pdb) != pdb || p.Before(workload) == workload {
		return nil
	}
	if before, _, _ := blocks(c.Before, pdb); before != "" {
		return nil
	}
	return workload
}

func drainBlockedInValues(p *review.Pass, v *review.Values) {
	setting.EachBudget(v, func(s *review.Setting, replicas int) {
		least, most := s.Field("minAvailable"), s.Field("maxUnavailable")
		n, err := strconv.Atoi(least.Text())
		switch {
		case most.Text() == "0" || most.Text() == "0%":
			setting.Report(p, v, most, "", review.Hit{Message: fmt.Sprintf("%s of %s lets no pod be evicted. No node with such a pod can be drained.", setting.Name(v, most.Path), most.Text())})
		case least.Text() == "100%", err == nil && replicas > 0 && n >= replicas:
			setting.Report(p, v, least, "", review.Hit{Message: fmt.Sprintf("%s of %s lets no pod be evicted. No node with such a pod can be drained.", setting.Name(v, least.Path), least.Text())})
		}
	})
}
