package checks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var kyvernoPolicyCoverage = &review.Check{
	ID: "kyverno-policy-coverage", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "kinds of policy are missing",
		What:   "In an audit of a cluster with Kyverno policies, looks for four kinds of rules: required labels, required resources, verified images, generated network policies. CEL in the newer kinds of policies is not read; if there are such policies, the result is unknown.",
		Why:    "Reviewers must remember rules that the policy engine could enforce.",
		Fix:    "Add the missing kind of rule, first in Audit mode.",
		Verify: "kubectl get clusterpolicies",
		Waive:  "Another tool enforces it; say which.",
		Effort: "medium",
		Bad:    "kind: ClusterPolicy   # Pod Security only",
		Good:   "rules: [{name: limits, validate: {pattern: {spec: {containers: [{resources: {limits: {memory: '?*'}}}]}}}}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		rules := presence.KyvernoRules(c)
		if len(rules) == 0 {
			return
		}
		has := map[string]bool{"verified images": presence.VerifiesImages(p, c)}
		for _, r := range rules {
			if kind := review.Text(r, "generate", "kind"); strings.HasSuffix(kind, "NetworkPolicy") {
				has["generated network policies"] = true
			}
			text, _ := json.Marshal(r["validate"])
			has["demanded labels"] = has["demanded labels"] || strings.Contains(string(text), `"labels"`)
			has["demanded resources"] = has["demanded resources"] || strings.Contains(string(text), `resources`) && strings.Contains(string(text), "memory")
		}
		var missing []string
		for _, family := range []string{"demanded labels", "demanded resources", "verified images", "generated network policies"} {
			if !has[family] {
				missing = append(missing, family)
			}
		}
		if len(missing) == 0 {
			return
		}
		var first *model.Object
		for _, kind := range presence.KyvernoKinds[:2] {
			if list := c.Kind(kind); first == nil && len(list) > 0 {
				first = list[0]
			}
		}
		p.Report(review.Hit{Object: first, Field: "/metadata/name", Key: "coverage", Measure: len(missing), Verdict: review.NotSeenIf(!flux.AllSeen(c) || presence.AnyKind(presence.KyvernoKinds[2:]...)(p, c)),
			Message:  fmt.Sprintf("The policies of %s, %s among them, leave out: %s.", text.InCluster(c), first.ID, text.And(missing)),
			Searched: []string{text.Plural(len(rules), "rule") + " of Kyverno policies in all rendered targets"}})
	}).OfAudits(),
}
