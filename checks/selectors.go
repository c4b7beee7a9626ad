package checks

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// serviceSelector gives the labels by which a Service selects pods; none for one
// that selects nothing on purpose.
func serviceSelector(o *model.Object) map[string]string {
	if o.ID.GroupKind() != "Service" || review.Text(o.Fields(), "spec", "type") == "ExternalName" {
		return nil
	}
	return review.Labels(o.Fields(), "spec", "selector")
}

// serviceTargets gives the workloads whose pods a Service sends traffic to.
func serviceTargets(c *review.Cluster, service *model.Object) []*model.Object {
	return c.Near(service, c.Selected(service.ID.Namespace, serviceSelector(service)))
}

// behindService reports whether a Service sends traffic to the workload.
func behindService(c *review.Cluster, o *model.Object) bool {
	return len(servicesOf(c, o)) > 0
}

// maxServices bounds how many Services of one workload are remembered.
const maxServices = 100

// servicesOf gives the Services that send traffic to a workload, found for the
// whole cluster at once: there may be thousands of both.
func servicesOf(c *review.Cluster, o *model.Object) []*model.Object {
	return c.Made("services", func() any {
		out := map[*model.Object][]*model.Object{}
		for _, s := range c.Kind("Service") {
			for _, w := range c.Selected(s.ID.Namespace, serviceSelector(s)) {
				if len(out[w]) < maxServices {
					out[w] = append(out[w], s)
				}
			}
		}
		return out
	}).(map[*model.Object][]*model.Object)[o]
}
