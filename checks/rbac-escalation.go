package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/rbac"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var rbacEscalation = &review.Check{
	ID: "rbac-escalation", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.RBAC},
	Doc: review.Doc{
		Title:  "role allows privilege escalation",
		What:   "Looks for rules with which an account can raise its own rights: the verbs `escalate`, `bind` and `impersonate`, tokens of service accounts, the kubelet's API through `nodes/proxy`, and the approval of certificates. High if a ClusterRole of this repository grants the verbs for everything, medium for the rest: in a Role, with `resourceNames`, or from a chart. Wildcards are reported as `rbac-wildcard`.",
		Why:    "Such a rule is as powerful as the strongest role or account that it reaches, whatever else the role contains: a role with `impersonate` is one step away from cluster-admin.",
		Fix:    "Restrict the rule with `resourceNames`, or grant the needed rights directly.",
		Verify: "kubectl auth can-i impersonate users --as=system:serviceaccount:NAMESPACE:NAME   # likewise escalate clusterroles, create serviceaccounts/token",
		Waive:  "An operator that creates roles or tokens for others; say which.",
		Effort: "medium",
		Bad:    "rules: [{apiGroups: [\"\"], resources: [users, groups], verbs: [impersonate]}]",
		Good:   "rules: [{apiGroups: [\"\"], resources: [users], verbs: [impersonate], resourceNames: [shop-deployer]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		rules := rbac.Rules(o)
		if len(rules) == 0 {
			return
		}
		items := review.Items(o.Fields(), "rules")
		for _, e := range escalations {
			h := review.Hit{Object: o, Key: e.verbs[0] + " " + e.resources[0], Severity: review.Medium}
			var reached []string
			for i, r := range rules {
				verb, resource := e.grants(r)
				if resource == "" {
					continue
				}
				if reached = append(reached, "`"+resource+"`"); h.Field == "" {
					h.Field = fmt.Sprintf("%s/verbs/%d", r.Field, verb)
				}
				if e.verb && o.ID.Kind == "ClusterRole" && len(kube.Texts(items[i]["resourceNames"])) == 0 && !flux.OnlyCharts(p, o) {
					h.Severity = review.High
				}
			}
			if len(reached) > 0 {
				h.Measure = len(reached)
				h.Message = fmt.Sprintf("%s may %s %s%s: %s.", o.ID, e.verbs[0], text.And(slices.Compact(reached)), rbac.Scope(o), e.then)
				p.Report(h)
			}
		}
	}),
}

// escalation is a way to more rights.
type escalation struct {
	verbs, resources []string
	verb             bool // the verb itself is there for nothing else
	then             string
}

// grants gives the verb's index and the resource by which a rule grants it; ""
// where it does not.
func (e escalation) grants(r rbac.Rule) (verb int, resource string) {
	verb = slices.IndexFunc(r.Verbs, func(s string) bool { return slices.Contains(e.verbs, s) })
	at := slices.IndexFunc(r.Resources, func(s string) bool { return slices.Contains(e.resources, s) })
	if verb < 0 || at < 0 {
		return 0, ""
	}
	return verb, r.Resources[at]
}

var escalations = []escalation{
	{[]string{"escalate"}, []string{"roles", "clusterroles"}, true, "it can write any right into a role"},
	{[]string{"bind"}, []string{"roles", "clusterroles"}, true, "it can bind any role to itself"},
	{[]string{"impersonate"}, []string{"users", "groups", "serviceaccounts", "userextras"}, true, "it can act as any other"},
	{[]string{"create"}, []string{"serviceaccounts/token"}, false, "it can make itself a token of any account"},
	{[]string{"get", "create"}, []string{"nodes/proxy"}, false, "through the kubelet it can run commands in every pod of a node"},
	{[]string{"update", "patch"}, []string{"certificatesigningrequests/approval"}, false, "it can approve a certificate for any name"},
}
