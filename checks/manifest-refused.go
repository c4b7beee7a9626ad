package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/refused"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var manifestRefused = &review.Check{
	ID: "manifest-refused", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "manifest that the API server refuses",
		What:   "Checks rendered objects against rules of the API server that no schema contains: numbers out of range, texts of the wrong form, fields that exclude or need each other, lists that must not be empty, names that occur twice. It covers pods and what makes them (containers, probes, volumes, resources, security contexts, affinity, spreads), Services, Ingresses, Gateway routes, network policies, budgets, autoscalers, roles and bindings, ConfigMaps and Secrets (values that are not base64), claims and volumes, quotas, webhooks. The rules are those of Kubernetes' own validation, and each is held against it. Anything that depends on a variable that is not visible is left out.",
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
	}),
}
