package loss

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// NewOwners gives the targets that render the object from now on: all of the
// clusters that it leaves, since another cluster's object is another one; in an
// unnamed cluster only those that did not before, since the others may be other
// clusters'.
func NewOwners(p *review.Pass, id model.ObjectID, targets []string) []string {
	var out []string
	for _, cluster := range p.Clusters {
		if cluster.Name != "" && !slices.ContainsFunc(targets, func(t string) bool { return rendered(cluster.Before, id, t) }) {
			continue
		}
		for _, o := range cluster.Named(id.GroupKind(), id.Namespace, id.Name) {
			for _, t := range cluster.Targets(o) {
				if !slices.Contains(out, t) && !Loose(t) && (cluster.Name != "" || !rendered(cluster.Before, id, t)) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// Loose reports whether a target is a file that stands for itself: nothing in the
// repository applies it, so that it is nobody's new owner.
func Loose(target string) bool {
	return strings.HasPrefix(target, string(model.Manifests)+":") && (strings.HasSuffix(target, ".yaml") || strings.HasSuffix(target, ".yml"))
}

func rendered(c *review.Cluster, id model.ObjectID, target string) bool {
	if c == nil {
		return false
	}
	for _, o := range c.Named(id.GroupKind(), id.Namespace, id.Name) {
		if slices.Contains(c.Targets(o), target) {
			return true
		}
	}
	return false
}
