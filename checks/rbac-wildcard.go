package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/rbac"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// strongResources are those of the built-in groups with which, given every verb,
// one can take the namespace or the cluster.
var strongResources = []string{"secrets", "pods", "pods/exec", "deployments", "daemonsets", "statefulsets", "jobs", "cronjobs", "nodes",
	"roles", "rolebindings", "clusterroles", "clusterrolebindings", "serviceaccounts", "serviceaccounts/token", "namespaces"}

var rbacWildcard = &review.Check{
	ID: "rbac-wildcard", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.RBAC},
	Doc: review.Doc{
		Title:  "role with a wildcard",
		What:   "Looks at the rules of Roles and ClusterRoles for `*` among the verbs or the resources. All verbs on an operator's own resources are medium, as is reading everything.",
		Why:    "A wildcard also grants what does not exist yet: the next resource that an operator adds, and verbs such as `escalate`, `bind` and `impersonate`. Whoever holds the token of such an account owns the cluster.",
		Fix:    "List the resources and verbs that the application uses. `kubectl auth can-i --list --as=system:serviceaccount:NS:NAME` shows what it has, the audit log shows what it needs.",
		Verify: "kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; (.verbs | index(\"*\")) or (.resources // [] | index(\"*\")))) | .metadata.name'",
		Waive:  "A role for cluster administrators, or an operator whose vendor ships it like this; say which.",
		Effort: "medium",
		Bad:    "rules:\n- apiGroups: [\"*\"]\n  resources: [\"*\"]\n  verbs: [\"*\"]",
		Good:   "rules:\n- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [get, list, watch, patch]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, r := range rbac.Rules(o) {
			anyVerb, anyResource := slices.Contains(r.Verbs, "*"), slices.Contains(r.Resources, "*")
			field, severity, what := r.Field+"/verbs", review.Medium, ""
			switch {
			case anyVerb && anyResource:
				severity, what = review.High, "do everything with every resource"+in(r.Groups)
			case anyResource && beyondReading(r.Verbs):
				field, severity, what = r.Field+"/resources", review.High, fmt.Sprintf("%s every resource%s", text.And(r.Verbs), in(r.Groups))
			case anyResource:
				field, what = r.Field+"/resources", "read every resource"+in(r.Groups)+", Secrets too"
				if !slices.Contains(r.Groups, "*") && !slices.Contains(r.Groups, "") {
					severity, what = review.Low, "read every resource"+in(r.Groups)
				}
			case anyVerb && len(r.Resources) > 0:
				what = "do everything with " + text.Some(r.Resources)
				if slices.ContainsFunc(r.Resources, func(s string) bool { return slices.Contains(strongResources, s) }) {
					severity = review.High
				}
			case anyVerb && len(r.URLs) > 0:
				severity, what = review.Low, "do everything at "+text.Some(text.Code(r.URLs))
			default:
				continue
			}
			p.Report(review.Hit{
				Object: o, Field: wildcardField(o, field), Severity: severity, Key: fmt.Sprint(r.Groups, anyVerb, anyResource, r.Resources),
				Message: fmt.Sprintf("%s may %s.", o.ID, what),
			})
		}
	}),
}

// in names API groups as a sentence goes on.
func in(groups []string) string {
	if slices.Contains(groups, "*") || len(groups) == 0 {
		return ""
	}
	named := make([]string, len(groups))
	for i, g := range groups {
		named[i] = "`" + g + "`"
		if g == "" {
			named[i] = "the core group"
		}
	}
	return " of " + text.And(named)
}

// wildcardField points at the wildcard in a list, where the list is longer.
func wildcardField(o *model.Object, list string) string {
	_, value, _ := review.Walk(o, list)
	for i, s := range kube.Texts(value) {
		if s == "*" {
			return fmt.Sprint(list, "/", i)
		}
	}
	return list
}

// beyondReading reports whether verbs do more than look.
func beyondReading(verbs []string) bool {
	return slices.ContainsFunc(verbs, func(v string) bool { return !slices.Contains([]string{"get", "list", "watch"}, v) })
}
