package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pssLabelMissing = &review.Check{
	ID: "pss-label-missing", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "namespace enforces no Pod Security level",
		What:   "Looks for Namespaces without the label `pod-security.kubernetes.io/enforce`, as rendered. Low if a file that creates clusters sets a default level for admission. Namespaces that another object of the cluster labels are left alone. If a change removes the label, `pss-enforce-weakened` reports it. On a pull request, a new namespace is left to the audit if the repository has three or more similar ones and at most one in ten of them has the label.",
		Why:    "Whoever may create pods in the namespace may create privileged ones, and so take over the node, unless the cluster has a default that is not visible here.",
		Fix:    "Label it `pod-security.kubernetes.io/enforce: baseline`, better `restricted`. Try it first: `kubectl label --dry-run=server --overwrite ns NAME pod-security.kubernetes.io/enforce=restricted` names the pods that would be refused.",
		Verify: "kubectl get namespaces -L pod-security.kubernetes.io/enforce",
		Waive:  "The cluster's admission configuration has a default level, or a policy engine does the same.",
		Effort: "small",
		Bad:    "kind: Namespace\nmetadata: {name: shop}",
		Good:   "kind: Namespace\nmetadata:\n  name: shop\n  labels: {pod-security.kubernetes.io/enforce: restricted}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		label := kube.PodSecurityLabel("enforce")
		for _, n := range kube.TeamNamespaces(c) {
			level := review.Labels(n.Fields(), "metadata", "labels")[label]
			if level != "" && level != "privileged" {
				continue
			}
			old := p.Before(n)
			if old != nil && !slices.Contains([]string{"", "privileged"}, review.Labels(old.Fields(), "metadata", "labels")[label]) {
				continue // pss-enforce-weakened tells it
			}
			if level == "privileged" && (p.Side == model.Head && old == nil || kube.PrivilegeJustified(n)) {
				continue // as it tells of a new one
			}
			if custom.Lacks(p, n, kube.TeamNamespaces, func(_ *review.Cluster, other *model.Object) bool {
				return review.Labels(other.Fields(), "metadata", "labels")[label] != ""
			}) || custom.NotWritten(p, n, "kind: Namespace", kube.PodSecurityLabel("enforce")) {
				continue
			}
			severity := review.Medium
			if kube.NodeAgent.MatchString(n.ID.Name) {
				severity = review.Info
			}
			says := "enforces no Pod Security level"
			if level != "" {
				says = "enforces the Pod Security level `privileged`, which refuses nothing"
			}
			then := "privileged pods are admitted, unless the cluster has a default of its own"
			if def, file, line := podSecurityDefault(p, c); def != "" && level == "" {
				severity = review.Low
				then = fmt.Sprintf("what counts is the cluster's own default, `%s` by `%s:%d`", def, file, line)
			}
			p.Report(review.Hit{Object: n, Field: review.Pointer("metadata", "labels", label), Severity: severity,
				Message: fmt.Sprintf("%s %s: %s.", n.ID, says, then)})
		}
	}),
}

// podSecurityDefault is repo.PodSecurityDefault, read once a cluster.
func podSecurityDefault(p *review.Pass, c *review.Cluster) (level, file string, line int) {
	type answer struct {
		level, file string
		line        int
	}
	a := c.Made("pod security default", func() any {
		level, file, line := repo.PodSecurityDefault(p)
		return answer{level, file, line}
	}).(answer)
	return a.level, a.file, a.line
}
