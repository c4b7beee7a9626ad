package checks

import (
	"sort"
	"strings"

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

// labelText is labels as people write them, sorted.
func labelText(labels map[string]string) string {
	list := make([]string, 0, len(labels))
	for k, v := range labels {
		list = append(list, k+"="+v)
	}
	sort.Strings(list)
	return strings.Join(list, ",")
}

// behindService reports whether a Service sends traffic to the workload.
func behindService(c *review.Cluster, o *model.Object) bool {
	for _, s := range c.Kind("Service") {
		if selector := serviceSelector(s); len(selector) > 0 && review.SameNamespace(s.ID.Namespace, o.ID.Namespace) && review.SelectedBy(o, selector) {
			return true
		}
	}
	return false
}

// sortedKeysOf gives a map's keys in order.
func sortedKeysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
