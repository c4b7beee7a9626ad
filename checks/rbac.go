package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// rbacRule is one rule of a Role or ClusterRole.
type rbacRule struct {
	groups, resources, verbs []string
	urls                     []string // that are no resources
	field                    string
	key                      string // what it speaks of, wherever it stands
}

// rbacRules gives the rules of a Role or ClusterRole; none for other kinds. The
// name tells nothing: Kubernetes' own roles (system:…) are in no repository, and
// anyone may name one so.
func rbacRules(o *model.Object) []rbacRule {
	if o.ID.Group != kube.RBACGroup || o.ID.Kind != "Role" && o.ID.Kind != "ClusterRole" {
		return nil
	}
	var out []rbacRule
	for i, r := range review.Items(o.Fields(), "rules") {
		rule := rbacRule{groups: kube.Texts(r["apiGroups"]), resources: kube.Texts(r["resources"]), verbs: kube.Texts(r["verbs"]), urls: kube.Texts(r["nonResourceURLs"]), field: fmt.Sprint("/rules/", i)}
		rule.key = strings.Join(append(append(slices.Clone(rule.groups), rule.resources...), rule.urls...), " ")
		out = append(out, rule)
	}
	return out
}

// beyondReading reports whether verbs do more than look.
func beyondReading(verbs []string) bool {
	return slices.ContainsFunc(verbs, func(v string) bool { return !slices.Contains([]string{"get", "list", "watch"}, v) })
}
