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
		What:   "Checks that the Roles and ClusterRoles that bindings refer to exist. If the role was never rendered here, the result is unknown; if a chart of the namespace is not visible either, it is reported in audits only. The default roles of every cluster are left alone.",
		Why:    "The binding grants nothing, so the application is refused what it needs. Later, whoever creates a role with that name decides what the subjects may do.",
		Fix:    "Restore the role, or correct `roleRef`. It cannot be changed in place, so give the binding a new name.",
		Verify: "kubectl get roles,clusterroles -A | grep NAME",
		Waive:  "Something outside this repository creates it; say what.",
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
