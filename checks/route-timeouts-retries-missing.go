package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var routeTimeoutsRetriesMissing = &review.Check{
	ID: "route-timeouts-retries-missing", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.Routes},
	Doc: review.Doc{
		Title:  "route without timeout",
		What:   "Looks at HTTPRoute rules with backends for `timeouts`, and at VirtualService routes for `timeout`. On a pull request it reports only if the change removes one; an audit lists the rest.",
		Why:    "One hanging backend holds connections until the gateway has none left, and then every host behind the gateway is down.",
		Fix:    "Set `timeouts: {request: 15s}` (VirtualService: `timeout: 15s`), with retries for requests that may be repeated.",
		Verify: "kubectl get httproutes -A -o json | jq -r '.items[] | select(any(.spec.rules[]; .timeouts == null)) | .metadata.name'",
		Waive:  "Long-lived connections: websockets, streams, large uploads.",
		Effort: "small",
		Bad:    "rules: [{backendRefs: [{name: web, port: 80}]}]",
		Good:   "rules: [{timeouts: {request: 15s}, backendRefs: [{name: web, port: 80}]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		old := p.Before(o)
		for i, r := range timeouts(o) {
			if r.set {
				continue
			}
			lost := old != nil && i < len(timeouts(old)) && timeouts(old)[i].set
			if !lost && !p.Audit {
				continue
			}
			message := fmt.Sprintf("%s has a rule without a timeout.", o.ID)
			if lost {
				message = fmt.Sprintf("%s loses the timeout of a rule: a backend that hangs holds its connections.", o.ID)
			}
			p.Report(review.Hit{Object: o, Field: r.field, Message: message})
		}
	}),
}

type timeout struct {
	set   bool
	field string
}

func timeouts(o *model.Object) []timeout {
	var out []timeout
	switch o.ID.GroupKind() {
	case kube.HTTPRoute:
		for i, r := range review.Items(o.Fields(), "spec", "rules") {
			out = append(out, timeout{set: r["timeouts"] != nil || r["backendRefs"] == nil, field: fmt.Sprintf("/spec/rules/%d/timeouts", i)})
		}
	case "VirtualService.networking.istio.io":
		for i, r := range review.Items(o.Fields(), "spec", "http") {
			out = append(out, timeout{set: r["timeout"] != nil || r["route"] == nil, field: fmt.Sprintf("/spec/http/%d/timeout", i)})
		}
	}
	return out
}
