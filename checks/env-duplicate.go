package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var envDuplicate = &review.Check{
	ID: "env-duplicate", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Workloads, review.ConfigData},
	Doc: review.Doc{
		Title:  "variable set twice",
		What:   "Looks for names that occur more than once in the `env` of a container. High if the entries have different values, medium if they have the same.",
		Why:    "Flux, Argo CD with server-side apply and `kubectl apply --server-side` refuse the object: `duplicate entries for key`. With client-side apply the last entry wins, and a later apply may remove the wrong one.",
		Fix:    "Keep one of the entries.",
		Verify: "kubectl apply --server-side --dry-run=server -f FILE",
		Waive:  "Never; remove one.",
		Effort: "small",
		Bad:    "env:\n- {name: LEVEL, value: info}\n- {name: LEVEL, value: debug}",
		Good:   "env:\n- {name: LEVEL, value: debug}",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		first := map[string]map[string]any{}
		told := map[string]bool{}
		for i, e := range review.Items(c.Fields, "env") {
			name := review.Text(e, "name")
			earlier, twice := first[name]
			if !twice {
				first[name] = e
				continue
			}
			if name == "" || told[name] {
				continue
			}
			told[name] = true
			h := review.Hit{Object: c.Workload, Field: fmt.Sprintf("%s/env/%d/name", c.Pointer, i), Key: c.Key() + " " + name,
				Message: fmt.Sprintf("%s: the variable `%s` is set twice, to the same. A server-side apply refuses that.", c, name)}
			if fmt.Sprint(earlier) != fmt.Sprint(e) {
				h.Severity = review.High
				h.Message = fmt.Sprintf("%s: the variable `%s` is set twice, to different values. A server-side apply refuses that; otherwise the last one counts.", c, name)
			}
			p.Report(h)
		}
	}),
}
