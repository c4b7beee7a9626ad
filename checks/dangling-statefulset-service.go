package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingStatefulsetService = &review.Check{
	ID: "dangling-statefulset-service", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.References, review.Network},
	Doc: review.Doc{
		Title:  "StatefulSet without its Service",
		What:   "Checks the `serviceName` of StatefulSets. A Service that was removed is medium. A Service that is not headless or that selects none of the set's pods, and a missing `serviceName`, are low; a new set without `serviceName` is left to the audit. If the Service was never rendered here, the result is unknown.",
		Why:    "The DNS names of the pods (`web-0.web.shop.svc`) come from the headless Service. Without it the members of a cluster do not find each other. The field cannot be changed later.",
		Fix:    "Add a Service with that name and `clusterIP: None` that selects the set's pods.",
		Verify: "kubectl get service -n NAMESPACE; nslookup NAME-0.SERVICE from a pod",
		Waive:  "The set runs one pod, or its pods never look each other up by name.",
		Effort: "small",
		Bad:    "kind: StatefulSet\nspec: {serviceName: web-hl}   # the Service is named web-headless",
		Good:   "kind: StatefulSet\nspec: {serviceName: web-headless}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: governingReferences, Made: reference.MadeByController, Then: "Its pods will have no names."}.Run(p, c)
		for _, o := range c.Kind(kube.StatefulSet) {
			if why := ungoverned(c, o); why != "" && (p.Audit || why != namesNone || p.Side == model.Base || p.Before(o) != nil) {
				p.Report(review.Hit{Object: o, Field: "/spec/serviceName", Key: "governing", Severity: review.Low, Message: fmt.Sprintf("%s %s. Its pods have no names of their own.", o.ID, why)})
			}
		}
	}),
}

func governingReferences(o *model.Object) []reference.To {
	if o.ID.GroupKind() != kube.StatefulSet {
		return nil
	}
	if name := review.Text(o.Fields(), "spec", "serviceName"); name != "" {
		return []reference.To{{Kind: kube.Service, Namespace: o.ID.Namespace, Name: name, Field: "/spec/serviceName"}}
	}
	return nil
}

// namesNone is no slip where a set is new: its pods may need no names.
const namesNone = "names no Service"

// ungoverned says why the Service of a StatefulSet, which is rendered here, gives
// its pods no names; "" where it does, or where it is not rendered.
func ungoverned(c *review.Cluster, o *model.Object) string {
	name := review.Text(o.Fields(), "spec", "serviceName")
	if name == "" {
		return namesNone
	}
	found := c.Near(o, c.Named(kube.Service, o.ID.Namespace, name))
	if len(found) != 1 {
		return ""
	}
	switch service := found[0]; {
	case kube.Open(review.Text(service.Fields(), "spec", "clusterIP")), kube.OpenLabels(service.Fields(), "spec", "selector"),
		kube.OpenLabels(o.Fields(), "spec", "template", "metadata", "labels"): // a variable may say so
	case review.Text(service.Fields(), "spec", "clusterIP") != "None":
		return fmt.Sprintf("names %s, which is not headless", service.ID)
	case !review.SelectedBy(o, kube.ServiceSelector(service)):
		return fmt.Sprintf("names %s, which does not select its pods", service.ID)
	}
	return ""
}
