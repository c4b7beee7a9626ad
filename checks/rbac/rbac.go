// Package rbac reads the rules of Roles and ClusterRoles.
package rbac

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Rule is one rule of a Role or ClusterRole.
type Rule struct {
	Groups, Resources, Verbs []string
	URLs                     []string // that are no resources
	Field                    string
	key                      string // what it speaks of, wherever it stands
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
		rule := Rule{Groups: kube.Texts(r["apiGroups"]), Resources: kube.Texts(r["resources"]), Verbs: kube.Texts(r["verbs"]), URLs: kube.Texts(r["nonResourceURLs"]), Field: fmt.Sprint("/rules/", i)}
		rule.key = strings.Join(append(append(slices.Clone(rule.Groups), rule.Resources...), rule.URLs...), " ")
		out = append(out, rule)
	}
	return out
}

// BeyondReading reports whether verbs do more than look.
func BeyondReading(verbs []string) bool {
	return slices.ContainsFunc(verbs, func(v string) bool { return !slices.Contains([]string{"get", "list", "watch"}, v) })
}

// Scope says where a role's rules hold.
func Scope(o *model.Object) string {
	if o.ID.Kind == "Role" {
		return " in its namespace"
	}
	return " in the whole cluster, or in any namespace in which it is bound"
}
