package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rbacClusterAdmin = &review.Check{
	ID: "rbac-cluster-admin", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.RBAC},
	Doc: review.Doc{
		Title:  "bound to cluster-admin",
		What:   "Looks for bindings to the ClusterRole `cluster-admin`: ClusterRoleBindings, RoleBindings (all of a namespace) and RBACDefinitions. A group that is named as the cluster's administrators, and Flux's own controllers, are information. For a chart that is not rendered, checks its values for a role of that name.",
		Why:    "cluster-admin allows every verb on everything, including the Secrets of all namespaces. With it, each bug in a service account's application becomes a bug in the whole cluster.",
		Fix:    "Bind a role that lists what is used. `view`, `edit` and `admin` exist for people.",
		Verify: "kubectl get clusterrolebindings -o json | jq -r '.items[] | select(.roleRef.name == \"cluster-admin\") | .metadata.name + \": \" + ([.subjects[]?.name] | join(\", \"))'",
		Waive:  "A deployer that must create whatever it is given, and whose token stays in the cluster.",
		Effort: "medium",
		Bad:    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}",
		Good:   "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-deployer}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		switch o.ID.GroupKind() {
		case kube.ClusterRoleBinding, kube.RoleBinding:
			if review.Text(o.Fields(), "roleRef", "name") == "cluster-admin" && review.Text(o.Fields(), "roleRef", "kind") == "ClusterRole" {
				reportAdmin(p, o, "/roleRef/name", "", review.Items(o.Fields(), "subjects"))
			}
		case "RBACDefinition.rbacmanager.reactiveops.io":
			for i, b := range review.Items(o.Fields(), "rbacBindings") {
				for _, list := range []string{"clusterRoleBindings", "roleBindings"} {
					for j, role := range review.Items(b, list) {
						if review.Text(role, "clusterRole") == "cluster-admin" {
							reportAdmin(p, o, fmt.Sprintf("/rbacBindings/%d/%s/%d/clusterRole", i, list, j), review.Text(b, "name"), review.Items(b, "subjects"))
						}
					}
				}
			}
		}
	}).ChartValues(clusterAdminInValues),
}

func reportAdmin(p *review.Pass, o *model.Object, field, key string, subjects []map[string]any) {
	severity, who := review.Info, make([]string, len(subjects))
	for i, s := range subjects {
		name := review.Text(s, "name")
		who[i] = strings.TrimSpace(review.Text(s, "kind") + " `" + name + "`")
		if !administrators(review.Text(s, "kind"), name, review.Text(s, "namespace")) {
			severity = review.High
		}
	}
	if len(subjects) == 0 {
		return
	}
	where := "the whole cluster"
	if o.ID.Kind == "RoleBinding" {
		where = "its namespace"
	}
	p.Report(review.Hit{
		Object: o, Field: field, Key: "cluster-admin " + key, Severity: severity, Measure: len(subjects),
		Message: fmt.Sprintf("%s lets %s do everything in %s.", o.ID, text.Some(who), where),
	})
}

// administrators reports whether a subject is meant to hold the cluster.
func administrators(kind, name, namespace string) bool {
	name = strings.ToLower(name)
	switch kind {
	case "Group":
		return name == "system:masters" || strings.Contains(name, "admin")
	case "ServiceAccount":
		return namespace == "flux-system" && (name == "kustomize-controller" || name == "helm-controller" || name == "flux")
	}
	return false
}

func clusterAdminInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		if s.Text() == "cluster-admin" && strings.Contains(strings.ToLower(s.Key), "role") {
			setting.Report(p, v, s, "", review.Hit{Message: setting.Name(v, s.Path) + " binds to `cluster-admin`: every verb on everything, Secrets of all namespaces included."})
		}
	})
}
