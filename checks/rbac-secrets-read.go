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

var rbacSecretsRead = &review.Check{
	ID: "rbac-secrets-read", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.RBAC, review.Secrets},
	Doc: review.Doc{
		Title:  "role may read Secrets",
		What:   "Looks for rules that grant get, list or watch on Secrets without naming which. A rule with `resourceNames` is not reported; one with wildcards is reported as `rbac-wildcard`. Low in a Role, because it is limited to its namespace.",
		Why:    "Secrets hold the tokens of other accounts: whoever can read them all can become any of those accounts.",
		Fix:    "Name the Secrets (`resourceNames`), or mount them into the pod and grant nothing.",
		Verify: "kubectl auth can-i list secrets --as=system:serviceaccount:NAMESPACE:NAME -A",
		Waive:  "A controller that works with Secrets, such as cert-manager or External Secrets.",
		Effort: "small",
		Bad:    "rules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get, list]}]",
		Good:   "rules: [{apiGroups: [\"\"], resources: [secrets], resourceNames: [web-tls], verbs: [get]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for i, r := range rbac.Rules(o) {
			reads := slices.ContainsFunc(r.Verbs, func(v string) bool { return slices.Contains([]string{"get", "list", "watch"}, v) })
			named := len(kube.Texts(review.Items(o.Fields(), "rules")[i]["resourceNames"])) > 0
			at := slices.Index(r.Resources, "secrets")
			if at < 0 || !reads || named {
				continue
			}
			severity := review.Medium
			if o.ID.Kind == "Role" {
				severity = review.Low
			}
			p.Report(review.Hit{Object: o, Field: fmt.Sprintf("%s/resources/%d", r.Field, at), Key: "secrets", Severity: severity,
				Message: fmt.Sprintf("%s may %s all Secrets%s.", o.ID, text.And(r.Verbs), scope(o))})
		}
	}),
}

func scope(o *model.Object) string {
	if o.ID.Kind == "Role" {
		return " of its namespace"
	}
	return " of the whole cluster, or of any namespace in which it is bound"
}
