package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingService = &review.Check{
	ID: "dangling-service", ByLabels: true, Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Network},
	Doc: review.Doc{
		Title:  "service selects no pod",
		What:   "Looks for Services whose selector matched a rendered workload before the change and matches none now: the selector or the pods' labels were changed, or the workload was removed and the Service was not. If a Service never selected a rendered workload, operators or people may create its pods, and the result is unknown. Nothing is reported if a custom resource of the namespace contains one of the selector's values, or if a chart of the namespace is not visible.",
		Why:    "The Service has no endpoints: every connection to it is refused, although all pods are healthy.",
		Fix:    "Make the selector match the pods' labels, or remove the Service together with its workload.",
		Verify: "kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME",
		Waive:  "Pods with these labels come from elsewhere in the same change.",
		Effort: "small",
		Bad:    "kind: Service\nspec: {selector: {app: web-v2}}   # the pods carry app: web",
		Good:   "kind: Service\nspec: {selector: {app: web}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, service := range c.Kind(kube.Service) {
			selector, old := kube.ServiceSelector(service), p.Before(service)
			if len(selector) == 0 || len(c.Selected(service.ID.Namespace, selector)) > 0 {
				continue
			}
			var had []*model.Object
			if c.Before != nil && old != nil {
				had = kube.ServiceTargets(c.Before, old)
			}
			if len(had) == 0 {
				neverSelected(p, c, service, selector)
				continue
			}
			if kube.Unseen(p, c, had) {
				continue
			}
			field, how := kube.ChangedLabel([]string{"spec", "selector"}, kube.ServiceSelector(old), selector), "its selector was changed"
			if text.Labels(kube.ServiceSelector(old)) == text.Labels(selector) {
				how = "their labels were changed, or they are gone"
			}
			h := review.Hit{
				Object: service, Field: field, Key: "endpoints", Related: had,
				Message: fmt.Sprintf("%s selected %s and selects nothing now: %s. Every connection to it will be refused.", service.ID, text.Some(text.Names(had)), how),
			}
			if after := p.After(had[0]); how != "its selector was changed" && after != nil {
				pod, _ := review.PodOf(after)
				h.Object, h.Related = after, []*model.Object{service}
				h.Field = kube.ChangedPodLabel(pod, after, selector)
			}
			p.Report(h)
		}
	}),
}

// neverSelected tells of a Service that selects nothing which is rendered, and
// never did.
func neverSelected(p *review.Pass, c *review.Cluster, service *model.Object, selector map[string]string) {
	if !c.CompleteIn(service.ID.Namespace) || reference.LabelledByController(c, service, selector) {
		return
	}
	p.Report(review.Hit{Object: service, Field: "/spec/selector", Key: "endpoints", Verdict: review.NotSeen, Searched: []string{"workloads in all rendered targets"},
		Message: fmt.Sprintf("%s selects `%s`; no rendered workload carries these labels. If nothing else makes such pods, every connection to it will be refused.", service.ID, text.Labels(selector))})
}
