package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingService = &review.Check{
	ID: "dangling-service", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Network},
	Doc: review.Doc{
		Title:  "service selects no pod",
		What:   "Looks for Services whose selector matches no rendered workload although it did before the change: the selector was changed, the pods' labels were, or the workload went and the Service stayed. A Service of pods that were never rendered here is left alone.",
		Why:    "The Service has no endpoints: every connection to it is refused, while all pods are healthy and green.",
		Fix:    "Make the selector and the pods' labels equal, or remove the Service with its workload.",
		Verify: "kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME",
		Waive:  "Pods of the same labels come from elsewhere in the same change.",
		Effort: "small",
		Bad:    "kind: Service\nspec: {selector: {app: web-v2}}   # the pods carry app: web",
		Good:   "kind: Service\nspec: {selector: {app: web}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if c.Before == nil {
			return
		}
		for _, service := range c.Kind("Service") {
			selector, old := serviceSelector(service), p.Before(service)
			if len(selector) == 0 || old == nil || len(c.Selected(service.ID.Namespace, selector)) > 0 {
				continue
			}
			had := serviceTargets(c.Before, old)
			if len(had) == 0 || unseen(p, c, had) {
				continue
			}
			field, how := changedKey([]string{"spec", "selector"}, serviceSelector(old), selector), "its selector was changed"
			if labelText(serviceSelector(old)) == labelText(selector) {
				how = "their labels were changed, or they are gone"
			}
			h := review.Hit{
				Object: service, Field: field, Key: "endpoints", Related: had,
				Message: fmt.Sprintf("%s selected %s and selects nothing now: %s. Every connection to it will be refused.", service.ID, some(names(had)), how),
			}
			if after := p.After(had[0]); how != "its selector was changed" && after != nil {
				pod, _ := review.PodOf(after)
				h.Object, h.Related = after, []*model.Object{service}
				h.Field = changedLabel(pod, after, selector)
			}
			p.Report(h)
		}
	}).OfChanges(),
}

// changedLabel points at the pod's label that no longer matches.
func changedLabel(pod review.Pod, o *model.Object, selector map[string]string) string {
	have := review.Labels(pod.Metadata, "labels")
	at := pod.Pointer[:len(pod.Pointer)-len("/spec")] + "/metadata/labels"
	for _, k := range sortedKeysOf(selector) {
		if have[k] != selector[k] {
			return at + review.Pointer(k)
		}
	}
	return at
}

// unseen reports whether the workloads stand in targets that head does not show.
func unseen(p *review.Pass, c *review.Cluster, had []*model.Object) bool {
	for _, o := range had {
		for _, id := range c.Before.Targets(o) {
			for _, t := range p.HeadTargets {
				if t.Target.ID == id && !t.Known() && t.Status != model.StatusAbsent {
					return true
				}
			}
		}
	}
	return false
}
