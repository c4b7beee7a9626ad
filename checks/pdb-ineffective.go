package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pdbIneffective = &review.Check{
	ID: "pdb-ineffective", ByLabels: true, Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Disruption},
	Doc: review.Doc{
		Title:  "PodDisruptionBudget protects nothing",
		What:   "Looks for PodDisruptionBudgets with `minAvailable: 0` or `maxUnavailable: 100%`, for those that set neither, and for those whose selector matched a rendered workload before the change and matches none now. For a chart that is not rendered, checks the budgets in its values.",
		Why:    "The budget suggests that drains are safe, but they are not.",
		Fix:    "Set `maxUnavailable: 1`, and select the labels of the pods.",
		Verify: "kubectl get pdb -A -o json | jq -r '.items[] | select(.status.expectedPods == 0) | .metadata.namespace+\"/\"+.metadata.name'",
		Waive:  "The chart cannot leave the budget out.",
		Effort: "small",
		Bad:    "spec: {minAvailable: 0}",
		Good:   "spec: {maxUnavailable: 1}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, pdb := range c.Kind(kube.PodDisruptionBudget) {
			if n, _, set := kube.Share(pdb, "minAvailable"); set && n == 0 {
				p.Report(review.Hit{Object: pdb, Field: "/spec/minAvailable", Message: fmt.Sprintf("%s lets all pods be evicted at once: `minAvailable: 0`.", pdb.ID)})
			}
			if n, percent, set := kube.Share(pdb, "maxUnavailable"); set && percent && n >= 100 {
				p.Report(review.Hit{Object: pdb, Field: "/spec/maxUnavailable", Message: fmt.Sprintf("%s lets all pods be evicted at once: `maxUnavailable: 100%%`.", pdb.ID)})
			}
			if spec := review.Map(pdb.Fields(), "spec"); spec["minAvailable"] == nil && spec["maxUnavailable"] == nil {
				p.Report(review.Hit{Object: pdb, Field: "/spec/maxUnavailable", Key: "neither", Message: fmt.Sprintf("%s says neither `minAvailable` nor `maxUnavailable`.", pdb.ID)})
			}
			old := p.Before(pdb)
			if old == nil || c.Before == nil {
				continue
			}
			now, readable := kube.Budgeted(c, pdb)
			before, _ := kube.Budgeted(c.Before, old)
			if readable && len(now) == 0 && len(before) > 0 {
				p.Report(review.Hit{Object: pdb, Field: "/spec/selector", Severity: review.Medium, Title: "PodDisruptionBudget selects nothing", Related: before,
					Message: fmt.Sprintf("%s selected %s and selects nothing now.", pdb.ID, text.Some(text.Names(before)))})
			}
		}
	}).ChartValues(uselessBudgetInValues),
}

func uselessBudgetInValues(p *review.Pass, v *review.Values) {
	setting.EachBudget(v, func(s *review.Setting, _ int) {
		for _, all := range []struct{ key, value string }{{"minAvailable", "0"}, {"maxUnavailable", "100%"}} {
			if at := s.Field(all.key); at.Text() == all.value {
				setting.Report(p, v, at, "", review.Hit{Message: fmt.Sprintf("%s of %s lets all pods be evicted at once.", setting.Name(v, at.Path), all.value)})
			}
		}
	})
}
