package kube

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// systemNamespaces are those that Kubernetes brings along.
var systemNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "default", "flux-system"}

// TeamNamespaces gives the Namespaces of a cluster that are not the system's, nor
// OpenShift's own, which governs them otherwise.
// One whose name is no name, such as `_`, is a template that gets its own later.
func TeamNamespaces(c *review.Cluster) []*model.Object {
	var out []*model.Object
	for _, n := range c.Kind(Namespace) {
		if !slices.Contains(systemNamespaces, n.ID.Name) && !strings.HasPrefix(n.ID.Name, "openshift-") && !strings.ContainsAny(n.ID.Name, "_${}<>") {
			out = append(out, n)
		}
	}
	return out
}

// PodSecurityLabel is the label by which a Namespace asks for a mode.
func PodSecurityLabel(mode string) string { return "pod-security.kubernetes.io/" + mode }

// LevelRank orders Pod Security levels; what is unset or unknown admits all, as
// privileged does.
func LevelRank(level string) int {
	return map[string]int{"baseline": 1, "restricted": 2}[level]
}

// PrivilegeJustified reports whether a namespace's annotations say why it is
// privileged.
func PrivilegeJustified(o *model.Object) bool {
	for key := range review.Labels(o.Fields(), "metadata", "annotations") {
		if Justifies(key) {
			return true
		}
	}
	return false
}

// Justifies reports whether an annotation of this name says why something is as it is.
func Justifies(key string) bool {
	key = strings.ToLower(key)
	return strings.Contains(key, "reason") || strings.Contains(key, "justification")
}
