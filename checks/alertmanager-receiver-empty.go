package checks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var alertmanagerReceiverEmpty = &review.Check{
	ID: "alertmanager-receiver-empty", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Alerts, review.HelmValues},
	Doc: review.Doc{
		Title:  "alerts reach nobody",
		What:   "Reads Alertmanager's configuration in AlertmanagerConfigs, values and rendered ConfigMaps and Secrets: a route to a receiver that does not exist, a receiver that a route names with an empty address, one that says nobody to tell (medium; names such as `null` and `blackhole` mean it so), and matchers that Alertmanager refuses.",
		Why:    "Alertmanager refuses the whole configuration and goes on with the old one, or sends the alert to nowhere. Both are noticed in the first outage.",
		Fix:    "Fill in the address, from a Secret; name a receiver that exists; close the quotes.",
		Verify: "amtool check-config alertmanager.yaml && amtool config routes test --config.file alertmanager.yaml severity=critical",
		Waive:  "Another layer fills the address in; say which.",
		Effort: "small",
		Bad:    "receivers: [{name: team, slack_configs: [{api_url: \"\"}]}]",
		Good:   "receivers: [{name: team, slack_configs: [{api_url_file: /etc/alertmanager/secrets/slack}]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, r := range routingsOf(o) {
			at := map[string]int{}
			for i, receiver := range r.receivers {
				at[review.Text(receiver, "name")] = i
			}
			used := map[string]bool{}
			walkRoutes(r.route, r.at+"/route", 0, func(route map[string]any, pointer string) {
				judgeRoute(p, o, route, pointer, at, used)
			})
			for _, name := range slices.Sorted(maps.Keys(used)) {
				i := at[name]
				fault, field := receiverFault(r.receivers[i])
				if fault == "" {
					continue
				}
				h := review.Hit{Object: o, Field: fmt.Sprintf("%s/receivers/%d%s", r.at, i, field), Key: "receiver " + name,
					Message: fmt.Sprintf("%s: alerts go to the receiver `%s`, which %s.", o.ID, name, fault)}
				if field == "/name" {
					h.Severity = review.Medium
				}
				p.Report(h)
			}
		}
	}),
}

// judgeRoute reports what is wrong with one route, and notes its receiver.
func judgeRoute(p *review.Pass, o *model.Object, route map[string]any, pointer string, receivers map[string]int, used map[string]bool) {
	if name := review.Text(route, "receiver"); name != "" {
		if _, known := receivers[name]; known {
			used[name] = true
		} else {
			p.Report(review.Hit{Object: o, Field: pointer + "/receiver", Key: "route " + name,
				Message: fmt.Sprintf("%s: a route names the receiver `%s`, which is not defined. Alertmanager refuses the configuration.", o.ID, name)})
		}
	}
	matchers, _ := route["matchers"].([]any)
	for i, m := range matchers {
		if text, ok := m.(string); ok && badMatcher(text) {
			p.Report(review.Hit{Object: o, Field: fmt.Sprintf("%s/matchers/%d", pointer, i), Key: "matcher " + text,
				Message: fmt.Sprintf("%s: Alertmanager cannot read the matcher `%s` and refuses the configuration.", o.ID, text)})
		}
	}
}

// walkRoutes visits a route and those below it.
func walkRoutes(route map[string]any, pointer string, depth int, visit func(map[string]any, string)) {
	visit(route, pointer)
	if depth > maxRoutingDepth {
		return
	}
	for i, child := range review.Items(route, "routes") {
		walkRoutes(child, fmt.Sprintf("%s/routes/%d", pointer, i), depth+1, visit)
	}
}
