package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/rbac"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// podMakers are the resources by which one makes pods.
var podMakers = []string{"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}

var rbacPodCreate = &review.Check{
	ID: "rbac-pod-create", Area: review.Security, Severity: review.Low, Tags: []review.Tag{review.RBAC, review.Workloads},
	Doc: review.Doc{
		Title:  "role may create pods",
		What:   "Looks for rules that grant `create` on pods or on objects that create pods. It is advice, because operators need this for their work; a rule with wildcards is reported as `rbac-wildcard`.",
		Why:    "Whoever may create a pod may run it as any service account of the namespace, mount any of its Secrets, and, if no Pod Security level is enforced, take over the node.",
		Fix:    "Remove `create`, or bind the role only in the namespace where it is needed and enforce a Pod Security level there.",
		Verify: "kubectl auth can-i create pods --as=system:serviceaccount:NAMESPACE:NAME",
		Waive:  "An operator or a deployer that needs it for its work.",
		Effort: "medium",
		Bad:    "rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get, create]}]",
		Good:   "rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		h := review.Hit{Object: o, Key: "create"}
		var makers []string
		for _, r := range rbac.Rules(o) {
			if !slices.Contains(r.Verbs, "create") {
				continue
			}
			for i, s := range r.Resources {
				if !slices.Contains(podMakers, s) || slices.Contains(makers, s) {
					continue
				}
				if makers = append(makers, s); h.Field == "" {
					h.Field = fmt.Sprintf("%s/resources/%d", r.Field, i)
				}
			}
		}
		if len(makers) > 0 {
			h.Measure = len(makers)
			h.Message = fmt.Sprintf("%s may create %s%s, and so run as any service account there.", o.ID, text.And(makers), rbac.Scope(o))
			p.Report(h)
		}
	}),
}
