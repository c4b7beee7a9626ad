package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rbacPodExec = &review.Check{
	ID: "rbac-pod-exec", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.RBAC, review.Workloads},
	Doc: review.Doc{
		Title:  "role may run commands in pods",
		What:   "Looks for rules that grant `create` or `get` on `pods/exec`, `pods/attach` or `pods/ephemeralcontainers` (`patch`, `update`). Low in a Role, since it ends at its namespace; a rule with wildcards is told as `rbac-wildcard`.",
		Why:    "A command in a pod reads all that the pod may read: its Secrets, its volumes, the token of its service account. The audit log shows that it was run, not what it did.",
		Fix:    "Take it out of roles of programs. For people, bind it for the time of an incident.",
		Verify: "kubectl auth can-i create pods/exec --as=system:serviceaccount:NAMESPACE:NAME -A",
		Waive:  "A backup that freezes databases, or a console for developers; say which.",
		Effort: "small",
		Bad:    "rules: [{apiGroups: [\"\"], resources: [pods/exec], verbs: [create]}]",
		Good:   "rules: [{apiGroups: [\"\"], resources: [pods/log], verbs: [get]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, r := range rbacRules(o) {
			if slices.Contains(r.verbs, "*") {
				continue
			}
			at := slices.IndexFunc(r.resources, func(s string) bool { return entersPods(s, r.verbs) })
			if at < 0 {
				continue
			}
			severity := review.Medium
			if o.ID.Kind == "Role" {
				severity = review.Low
			}
			p.Report(review.Hit{Object: o, Field: fmt.Sprintf("%s/resources/%d", r.field, at), Key: r.resources[at], Severity: severity,
				Message: fmt.Sprintf("%s may run commands in all pods (`%s`)%s.", o.ID, r.resources[at], place(o))})
		}
	}),
}

// entersPods reports whether verbs on a resource let one into pods. A `get` opens
// a web socket, which is all that exec needs.
func entersPods(resource string, verbs []string) bool {
	switch resource {
	case "pods/exec", "pods/attach":
		return slices.Contains(verbs, "create") || slices.Contains(verbs, "get")
	case "pods/ephemeralcontainers":
		return slices.Contains(verbs, "patch") || slices.Contains(verbs, "update")
	}
	return false
}
