package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/refused"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

var manifestRefused = &review.Check{
	ID: "manifest-refused", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "manifest that the API server refuses",
		What:   "Checks rendered objects against rules of the API server that no schema contains: numbers out of range, texts of the wrong form, fields that exclude or need each other, lists that must not be empty, names that occur twice. It covers pods and what makes them (containers, probes, volumes, resources, security contexts, affinity, spreads), Services, Ingresses, Gateway routes, network policies, budgets, autoscalers, roles and bindings, ConfigMaps and Secrets (values that are not base64), claims and volumes, quotas, webhooks, and the CEL rules of CustomResourceDefinitions, which must compile against their schema. The rules are those of Kubernetes' own validation, and each is held against it. Anything that depends on a variable that is not visible is left out.",
		Why:    "The apply fails with `is invalid`. With Flux or Argo CD everything after it in the same target waits.",
		Fix:    "Correct the field that the message names.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "Something changes the object before it reaches the API server; say what.",
		Effort: "small",
		Bad:    "env:\n- name: LEVEL\n  value: info\n  valueFrom: {configMapKeyRef: {name: web, key: level}}",
		Good:   "env:\n- name: LEVEL\n  valueFrom: {configMapKeyRef: {name: web, key: level}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		refused.Object(o, func(field, why string) {
			p.Report(review.Hit{Object: o, Field: field, Message: fmt.Sprintf("%s: %s.", o.ID, why)})
		})
		if o.ID.GroupKind() == kube.CustomResourceDefinition && !unchanged(p, o) {
			refusedRules(p, o)
		}
	}),
}

// unchanged reports whether the other side has the same object.
func unchanged(p *review.Pass, o *model.Object) bool {
	other := p.Before(o)
	if p.Side == model.Base {
		other = p.After(o)
	}
	return other != nil && other.Sum == o.Sum
}

// refusedRules tells of the rules of a definition that do not compile. Compiling takes its
// time, and of one that nobody touches there is nothing to say in a review.
func refusedRules(p *review.Pass, o *model.Object) {
	d := schema.ReadDefinition(o)
	if d == nil || !p.Spend(d.RulesCost()) {
		return
	}
	for _, m := range d.Mistakes() {
		p.Report(review.Hit{Object: o, Field: m.Field, Message: fmt.Sprintf("%s: the rule does not compile: %s.", o.ID, m.Why)})
	}
}
