package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var kyvernoPoliciesNotEnforcing = &review.Check{
	ID: "kyverno-policies-not-enforcing", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "policy does not enforce",
		What:   "Looks at Kyverno policies with validation rules for a failure action other than Enforce, or `failurePolicy: Ignore`. High if the change makes an enforcing policy stop enforcing; low if a policy is new in Audit mode, or was in it before; high in an audit if no policy enforces at all.",
		Why:    "In Audit mode the policy allows everything and writes a report that few people read. With `Ignore`, everything is allowed while Kyverno is down.",
		Fix:    "Set `validationFailureAction: Enforce` (in newer versions `failureAction` on each rule) once the reports are clean.",
		Verify: "kubectl get clusterpolicies -o custom-columns=NAME:.metadata.name,ACTION:.spec.validationFailureAction",
		Waive:  "The policy is new and stays in Audit mode until a fixed date.",
		Effort: "small",
		Bad:    "validationFailureAction: Audit   # was Enforce",
		Good:   "validationFailureAction: Enforce",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.Group != "kyverno.io" || o.ID.Kind != "ClusterPolicy" && o.ID.Kind != "Policy" {
			return
		}
		old := p.Before(o)
		if field := lax(o); field != "" {
			h := review.Hit{Object: o, Field: field, Key: "action", Severity: review.Low, Message: fmt.Sprintf("%s only reports what it finds; it lets everything through.", o.ID)}
			if p.Audit && noneEnforces(p.Home(o)) {
				h.Severity, h.Message = review.High, fmt.Sprintf("%s only reports what it finds; it lets everything through, and so does every other policy.", o.ID)
			}
			if old != nil && lax(old) == "" {
				h.Severity, h.Message = review.High, fmt.Sprintf("%s refused what it found, and from now on only reports it.", o.ID)
			}
			p.Report(h)
		}
		if ignores(o) {
			h := review.Hit{Object: o, Field: "/spec/failurePolicy", Severity: review.Low, Message: fmt.Sprintf("%s lets everything through while Kyverno is down.", o.ID)}
			if old != nil && !ignores(old) {
				h.Severity = review.High
			}
			p.Report(h)
		}
	}),
}

// noneEnforces reports whether no policy of a cluster refuses anything.
func noneEnforces(c *review.Cluster) bool {
	if c == nil {
		return false
	}
	for _, kind := range []string{kube.KyvernoClusterPolicy, kube.KyvernoPolicy} {
		for _, o := range c.Kind(kind) {
			if validates(o) && lax(o) == "" {
				return false
			}
		}
	}
	return true
}

func validates(policy *model.Object) bool {
	return slices.ContainsFunc(review.Items(policy.Fields(), "spec", "rules"), func(r map[string]any) bool { return review.Map(r, "validate") != nil })
}

func ignores(policy *model.Object) bool {
	return review.Text(policy.Fields(), "spec", "failurePolicy") == "Ignore" || review.Text(policy.Fields(), "spec", "webhookConfiguration", "failurePolicy") == "Ignore"
}

// lax gives the field by which a policy with validation rules only reports; ""
// where it enforces, or validates nothing.
func lax(policy *model.Object) string {
	whole := review.Text(policy.Fields(), "spec", "validationFailureAction")
	for i, r := range review.Items(policy.Fields(), "spec", "rules") {
		if review.Map(r, "validate") == nil {
			continue
		}
		own := review.Text(r, "validate", "failureAction")
		switch {
		case strings.EqualFold(own, "Enforce") || own == "" && strings.EqualFold(whole, "Enforce"):
		case own != "":
			return fmt.Sprintf("/spec/rules/%d/validate/failureAction", i)
		default:
			return "/spec/validationFailureAction"
		}
	}
	return ""
}
