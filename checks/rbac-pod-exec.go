package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/rbac"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rbacPodExec = &review.Check{
	ID: "rbac-pod-exec", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.RBAC, review.Workloads},
	Doc: review.Doc{
		Title:  "role may run commands in pods",
		What:   "Looks for rules that grant `create` or `get` on `pods/exec`, `pods/attach` or `pods/ephemeralcontainers` (`patch`, `update`). Low in a Role, because it is limited to its namespace; a rule with wildcards is reported as `rbac-wildcard`.",
		Why:    "A command in a pod can read everything that the pod can read: its Secrets, its volumes, the token of its service account. The audit log shows that the command was run, not what it did.",
		Fix:    "Remove it from the roles of applications. For people, bind it only during an incident.",
		Verify: "kubectl auth can-i create pods/exec --as=system:serviceaccount:NAMESPACE:NAME -A",
		Waive:  "A backup that freezes databases, or a console for developers; say which.",
		Effort: "small",
		Bad:    "rules: [{apiGroups: [\"\"], resources: [pods/exec], verbs: [create]}]",
		Good:   "rules: [{apiGroups: [\"\"], resources: [pods/log], verbs: [get]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		h := review.Hit{Object: o, Key: "exec", Severity: review.Medium}
		if o.ID.Kind == "Role" {
			h.Severity = review.Low
		}
		var ways []string
		for _, r := range rbac.Rules(o) {
			for i, s := range r.Resources {
				if !entersPods(s, r.Verbs) || slices.Contains(ways, s) {
					continue
				}
				if ways = append(ways, s); h.Field == "" {
					h.Field = fmt.Sprintf("%s/resources/%d", r.Field, i)
				}
			}
		}
		if len(ways) > 0 {
			h.Measure = len(ways)
			h.Message = fmt.Sprintf("%s may run commands in all pods (%s)%s.", o.ID, text.And(text.Code(ways)), rbac.Scope(o))
			p.Report(h)
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
