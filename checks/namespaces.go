package checks

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// systemNamespaces are those that Kubernetes brings along.
var systemNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "default", "flux-system"}

// teamNamespaces gives the Namespaces of a cluster that are not the system's.
// One whose name is no name, such as `_`, is a template that gets its own later.
func teamNamespaces(c *review.Cluster) []*model.Object {
	var out []*model.Object
	for _, n := range c.Kind("Namespace") {
		if !slices.Contains(systemNamespaces, n.ID.Name) && !strings.ContainsAny(n.ID.Name, "_${}<>") {
			out = append(out, n)
		}
	}
	return out
}
