// Package rbac reads the rules of Roles and ClusterRoles.
package rbac

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Rule is one rule of a Role or ClusterRole.
type Rule struct {
	Groups, Resources, Verbs []string
	URLs                     []string // that are no resources
	Field                    string   // its pointer
}

// Rules gives the rules of a Role or ClusterRole; none for other kinds. The
// name tells nothing: Kubernetes' own roles (system:…) are in no repository, and
// anyone may name one so.
func Rules(o *model.Object) []Rule {
	if o.ID.Group != kube.RBACGroup || o.ID.Kind != "Role" && o.ID.Kind != "ClusterRole" {
		return nil
	}
	var out []Rule
	for i, r := range review.Items(o.Fields(), "rules") {
		out = append(out, Rule{Groups: kube.Texts(r["apiGroups"]), Resources: kube.Texts(r["resources"]), Verbs: kube.Texts(r["verbs"]),
			URLs: kube.Texts(r["nonResourceURLs"]), Field: fmt.Sprint("/rules/", i)})
	}
	return out
}

// Scope says where a role's rules hold.
func Scope(o *model.Object) string {
	if o.ID.Kind == "Role" {
		return " in its namespace"
	}
	return " in the whole cluster, or in any namespace in which it is bound"
}
