package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var limitrangeQuotaMissing = &review.Check{
	ID: "limitrange-quota-missing", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Resources},
	Doc: review.Doc{
		Title:  "namespace without LimitRange or ResourceQuota",
		What:   "In an audit, looks for Namespaces that have neither a LimitRange nor a ResourceQuota. On a pull request it reports only if the change removes the last one.",
		Why:    "One team's namespace can use up the resources of the cluster, and a pod without requests gets no default.",
		Fix:    "Add a ResourceQuota that limits the whole namespace and a LimitRange with defaults for containers.",
		Verify: "kubectl get limitrange,resourcequota -A",
		Waive:  "One team owns the cluster, or another repository sets the quotas.",
		Effort: "small",
		Bad:    "kind: Namespace   # and nothing that bounds it",
		Good:   "kind: ResourceQuota\nspec: {hard: {requests.memory: 32Gi}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, n := range kube.TeamNamespaces(c) {
			if bounded(c, n.ID.Name) || !p.Audit && (c.Before == nil || !bounded(c.Before, n.ID.Name)) {
				continue
			}
			p.Report(review.Hit{Object: n, Field: "/metadata/name", Verdict: review.NotSeenIf(!c.CompleteIn(n.ID.Name) && p.Audit),
				Message:  fmt.Sprintf("%s has neither a LimitRange nor a ResourceQuota: what runs in it may take the whole cluster.", n.ID),
				Searched: []string{"LimitRanges and ResourceQuotas in all rendered targets"}})
		}
	}),
}

func bounded(c *review.Cluster, namespace string) bool {
	return inNamespace(c.Kind(kube.LimitRange), namespace) || inNamespace(c.Kind(kube.ResourceQuota), namespace)
}

func inNamespace(list []*model.Object, namespace string) bool {
	for _, o := range list {
		if review.SameNamespace(o.ID.Namespace, namespace) {
			return true
		}
	}
	return false
}
