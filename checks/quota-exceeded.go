package checks

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var quotaExceeded = &review.Check{
	ID: "quota-exceeded", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Resources, review.Workloads},
	Doc: review.Doc{
		Title:  "workloads need more than the quota allows",
		What:   "Adds up what the rendered workloads of a namespace ask for (pods, and requests and limits of CPU and memory, times their replicas or the minimum of their autoscaler) and compares it with the `hard` values of its ResourceQuotas. Jobs, DaemonSets and the additional pods of a rollout are not counted, so the real need is higher. Quotas with scopes are left out.",
		Why:    "Pods beyond the quota are refused: the workload stays below its replicas, and a rollout cannot replace its pods. Only the events of the ReplicaSet say so.",
		Fix:    "Raise the quota, with room for one rollout, or lower the requests.",
		Verify: "kubectl describe resourcequota -n NAMESPACE",
		Waive:  "The workloads are scaled down while the quota is this low.",
		Effort: "small",
		Bad:    "kind: ResourceQuota\nspec: {hard: {pods: 2}}   # and a Deployment of 3 replicas",
		Good:   "kind: ResourceQuota\nspec: {hard: {pods: 10}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, quota := range c.Kind(kube.ResourceQuota) {
			if review.Lookup(quota.Fields(), "spec", "scopes") != nil || review.Lookup(quota.Fields(), "spec", "scopeSelector") != nil || quota.ID.Namespace == "" {
				continue
			}
			hard := review.Map(quota.Fields(), "spec", "hard")
			for _, q := range quotas {
				for _, key := range q.keys {
					allowed, ok := kube.Quantity(hard[key])
					if !ok {
						continue
					}
					needed, by := q.needed(c, quota)
					if len(by) == 0 || needed.Cmp(allowed) <= 0 {
						continue
					}
					need := "together need"
					if len(by) == 1 {
						need = "needs"
					}
					p.Report(review.Hit{Object: quota, Field: review.Pointer("spec", "hard", key), Key: key, Related: by,
						Message: fmt.Sprintf("%s allows %s of %s, and %s %s %s. Further pods will be refused.",
							quota.ID, allowed.String(), key, text.Some(text.Names(by)), need, needed.String())})
				}
			}
		}
	}),
}

// quota is what a key of spec.hard bounds: pods, or a resource of their containers.
type quota struct {
	keys              []string
	section, resource string
}

var quotas = []quota{
	{keys: []string{"pods", "count/pods"}},
	{keys: []string{"requests.cpu", "cpu"}, section: "requests", resource: "cpu"},
	{keys: []string{"requests.memory", "memory"}, section: "requests", resource: "memory"},
	{keys: []string{"limits.cpu"}, section: "limits", resource: "cpu"},
	{keys: []string{"limits.memory"}, section: "limits", resource: "memory"},
}

// needed adds up what the workloads that are applied with a quota ask for, and gives
// those that ask for something.
func (q quota) needed(c *review.Cluster, of *model.Object) (sum resource.Quantity, by []*model.Object) {
	for _, o := range c.Own(of, c.WorkloadsIn(of.ID.Namespace)) {
		replicas, known := kube.ReplicasOf(c, o)
		if !known || replicas == 0 || o.ID.Namespace != of.ID.Namespace {
			continue
		}
		pod := q.ofPod(o)
		if pod.IsZero() {
			continue
		}
		pod.Mul(replicas)
		sum.Add(pod)
		by = append(by, o)
	}
	slices.SortFunc(by, func(a, b *model.Object) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	return sum, by
}

func (q quota) ofPod(o *model.Object) (sum resource.Quantity) {
	if q.section == "" {
		return resource.MustParse("1")
	}
	for _, container := range review.ContainersOf(o) {
		if container.Init {
			continue // they run before the others; what they need comes back
		}
		if n, ok := kube.Quantity(container.Field("resources", q.section, q.resource)); ok {
			sum.Add(n)
		}
	}
	return sum
}
