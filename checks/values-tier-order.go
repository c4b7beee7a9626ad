package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var valuesTierOrder = &review.Check{
	ID: "values-tier-order", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues, review.Environments},
	Doc: review.Doc{
		Title:  "base values override the overrides",
		What:   "Reads the tiers of a HelmRelease's `valuesFrom` from their names, or from their keys if the names show no tier (base, hardened or default; enterprise; override or custom), and looks for one that comes after a tier with higher precedence.",
		Why:    "The later entry wins: the base overrides the customer's value, and nobody sees why a setting has no effect.",
		Fix:    "Order them: base, enterprise, override.",
		Verify: "kubectl get helmrelease NAME -n NAMESPACE -o jsonpath='{.spec.valuesFrom[*].name}'",
		Waive:  "The base should win, as a policy that no cluster may change.",
		Effort: "small",
		Bad:    "valuesFrom:\n- {kind: Secret, name: loki-values-override}\n- {kind: Secret, name: loki-values-base}",
		Good:   "valuesFrom:\n- {kind: Secret, name: loki-values-base}\n- {kind: Secret, name: loki-values-override}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		highest, who := 0, ""
		for _, v := range flux.ValueSources(o) {
			t := tier(v.Name)
			if t == 0 {
				t = tier(v.Key) // a key may be called after how it came about, such as hardened.yaml of the enterprise's
			}
			if t == 0 {
				continue
			}
			if t < highest {
				p.Report(review.Hit{Object: o, Field: v.Field, Key: "tier " + v.Name,
					Message: fmt.Sprintf("%s reads `%s` after `%s`, so it overrides it.", o.ID, v.Name, who)})
			}
			if t > highest {
				highest, who = t, v.Name
			}
		}
	}),
}

// tier ranks a name by the words of its layer; 0 where it has none, or two.
func tier(name string) int {
	found := 0
	for t, words := range [][]string{{"base", "hardened", "default", "common"}, {"enterprise"}, {"override", "overrides", "custom", "customer"}} {
		for _, w := range words {
			for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_. ", r) }) {
				if part == w {
					if found != 0 && found != t+1 {
						return 0
					}
					found = t + 1
				}
			}
		}
	}
	return found
}
