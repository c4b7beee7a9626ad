package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var topologySpreadMissing = &review.Check{
	ID: "topology-spread-missing", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Disruption},
	Doc: review.Doc{
		Title:  "replicas may share a node",
		What:   "Looks for Deployments and StatefulSets with two or more replicas that have neither topology spread constraints nor pod anti-affinity for their own pods, and for constraints without a `labelSelector`, which count no pod. On a pull request, a new workload is left to the audit if at most one in ten of those beside it spreads its pods, unless your file sets a severity.",
		Why:    "The scheduler may put all replicas on one node or in one zone, and an outage there stops all of them.",
		Fix:    "Add a `topologySpreadConstraints` entry over `kubernetes.io/hostname`, and one over `topology.kubernetes.io/zone`.",
		Verify: "kubectl get pods -n NAMESPACE -l app=NAME -o wide",
		Waive:  "The cluster has one node, or the scheduler has default constraints.",
		Effort: "small",
		Bad:    "replicas: 3",
		Good:   "topologySpreadConstraints:\n- maxSkew: 1\n  topologyKey: kubernetes.io/hostname\n  whenUnsatisfiable: ScheduleAnyway\n  labelSelector: {matchLabels: {app: web}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Workloads() {
			pod, _ := review.PodOf(o)
			for i, t := range review.Items(pod.Spec, "topologySpreadConstraints") {
				if t["labelSelector"] == nil {
					p.Report(review.Hit{Object: o, Field: fmt.Sprintf("%s/topologySpreadConstraints/%d", pod.Pointer, i), Key: "selector " + review.Text(t, "topologyKey"), Title: "spread that counts no pod",
						Message: fmt.Sprintf("%s: a topology spread constraint has no `labelSelector`, so it spreads nothing.", o.ID)})
				}
			}
			n, known := kube.ReplicasOf(c, o)
			if !known || n < 2 || spreads(o, pod) || custom.Unheard(p, o, custom.Replicated, func(_ *review.Cluster, o *model.Object) bool {
				pod, _ := review.PodOf(o)
				return spreads(o, pod)
			}) {
				continue
			}
			p.Report(review.Hit{Object: o, Field: pod.At("topologySpreadConstraints"), Message: fmt.Sprintf("%s runs %d replicas that may all share a node.", o.ID, n)})
		}
	}),
}

// spreads reports whether a workload keeps its pods apart: a constraint, or a
// term of an anti-affinity, selects them.
func spreads(o *model.Object, pod review.Pod) bool {
	terms := review.Items(pod.Spec, "topologySpreadConstraints")
	terms = append(terms, review.Items(pod.Spec, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")...)
	for _, preferred := range review.Items(pod.Spec, "affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution") {
		terms = append(terms, review.Map(preferred, "podAffinityTerm"))
	}
	if len(terms) == 0 {
		return false
	}
	labels := review.Labels(pod.Metadata, "labels")
	for _, term := range terms {
		namespaces := kube.Texts(term["namespaces"])
		elsewhere := len(namespaces) > 0 && o.ID.Namespace != "" && term["namespaceSelector"] == nil && !slices.Contains(namespaces, o.ID.Namespace)
		selector := review.Map(term, "labelSelector")
		if elsewhere || selector == nil {
			continue
		}
		if matches, _ := kube.Selects(selector, labels); matches || len(selector) == 0 {
			return true // {} is all pods
		}
	}
	return false
}
