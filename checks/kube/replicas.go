package kube

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// replicated are the kinds that run a number of equal pods, one where they do not
// say.
var replicated = []string{Deployment, StatefulSet, ReplicaSet, Rollout, DeploymentConfig}

// ReplicasOf is how many pods a workload runs at least, and whether its
// manifests say so: an autoscaler's minimum counts before the workload's own.
func ReplicasOf(c *review.Cluster, o *model.Object) (n int64, known bool) {
	if !slices.Contains(replicated, o.ID.GroupKind()) {
		return 0, false
	}
	if hpa := ScalerOf(c, o); hpa != nil {
		for _, field := range []string{"minReplicas", "minReplicaCount"} {
			if n, ok := review.Int(hpa.Fields(), "spec", field); ok {
				return n, true
			}
			if review.Unsettled(review.Lookup(hpa.Fields(), "spec", field)) {
				return 0, false
			}
		}
		return 1, true
	}
	if review.Lookup(o.Fields(), "spec", "replicas") == nil {
		return 1, true
	}
	return review.Int(o.Fields(), "spec", "replicas")
}

// ScalerOf gives the autoscaler of a workload; nil where none is seen.
func ScalerOf(c *review.Cluster, o *model.Object) *model.Object {
	if c == nil {
		return nil
	}
	type scaled struct{ kind, name string }
	all := c.Made("scalers", func() any {
		out := map[scaled][]*model.Object{}
		for _, kind := range []string{HorizontalPodAutoscaler, ScaledObject} {
			for _, s := range c.Kind(kind) {
				target := review.Map(s.Fields(), "spec", "scaleTargetRef")
				of := scaled{review.Text(target, "kind"), review.Text(target, "name")}
				if of.kind == "" {
					of.kind = "Deployment"
				}
				out[of] = append(out[of], s)
			}
		}
		return out
	}).(map[scaled][]*model.Object)
	for _, s := range all[scaled{o.ID.Kind, o.ID.Name}] {
		if review.SameNamespace(s.ID.Namespace, o.ID.Namespace) {
			return s
		}
	}
	return nil
}

// Budgeted gives the workloads that a PodDisruptionBudget selects by labels; ok
// is false where it selects in another way.
func Budgeted(c *review.Cluster, pdb *model.Object) (list []*model.Object, ok bool) {
	selector := review.Map(pdb.Fields(), "spec", "selector")
	if selector["matchExpressions"] != nil {
		return nil, false
	}
	labels := review.Labels(selector, "matchLabels")
	if len(labels) == 0 {
		return c.Near(pdb, c.WorkloadsIn(pdb.ID.Namespace)), true
	}
	return c.Near(pdb, c.Selected(pdb.ID.Namespace, labels)), true
}

// Share reads an int-or-percent field of a PodDisruptionBudget.
func Share(pdb *model.Object, field string) (n int64, percent, ok bool) {
	v := review.Lookup(pdb.Fields(), "spec", field)
	if v == nil {
		return 0, false, false
	}
	text, percent := strings.CutSuffix(fmt.Sprint(v), "%")
	n, err := strconv.ParseInt(text, 10, 64)
	return n, percent, err == nil
}
