package checks

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// builtinRoles are the ClusterRoles that every cluster of Kubernetes or OpenShift
// has; those of its own programs are named system:….
var builtinRoles = []string{"cluster-admin", "admin", "edit", "view", "basic-user", "cluster-reader", "cluster-status", "cluster-monitoring-view",
	"self-access-reviewer", "self-provisioner", "storage-admin", "sudoer"}

var danglingRole = &review.Check{
	ID: "dangling-role", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.References, review.RBAC},
	Doc: review.Doc{
		Title:  "role does not exist",
		What:   "Follows the Roles and ClusterRoles that bindings name. Where the role was never rendered here, its existence is reported as unknown; where a chart of the namespace was not seen either, it is reported in audits only. The roles that every cluster has are left alone.",
		Why:    "The binding grants nothing, and its program is refused what it needs. Whoever makes a role of that name later decides what the subjects may do.",
		Fix:    "Put the role back, or correct `roleRef`: since it cannot be changed, under a new name of the binding.",
		Verify: "kubectl get roles,clusterroles -A | grep NAME",
		Waive:  "Something that is not in this repository makes it; say what.",
		Effort: "small",
		Bad:    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web-old}",
		Good:   "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: roleReferences, Made: reference.MadeByController, Then: "It grants nothing.", Whole: true}.Run(p, c)
	}),
}

func roleReferences(o *model.Object) []reference.To {
	if o.ID.Group != kube.RBACGroup || !strings.HasSuffix(o.ID.Kind, "RoleBinding") || strings.HasPrefix(o.ID.Name, "system:") {
		return nil
	}
	kind, name := review.Text(o.Fields(), "roleRef", "kind"), review.Text(o.Fields(), "roleRef", "name")
	r := reference.To{Kind: kind + "." + kube.RBACGroup, Name: name, Namespace: o.ID.Namespace, Field: "/roleRef/name"}
	switch {
	case kind == "Role":
		return []reference.To{r}
	case kind == "ClusterRole" && !slices.Contains(builtinRoles, name) && !strings.HasPrefix(name, "system:"):
		r.Namespace = ""
		return []reference.To{r}
	}
	return nil
}
