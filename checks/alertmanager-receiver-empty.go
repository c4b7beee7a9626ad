package checks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var alertmanagerReceiverEmpty = &review.Check{
	ID: "alertmanager-receiver-empty", Area: review.Observability, Severity: review.High, Tags: []review.Tag{review.Alerts, review.HelmValues},
	Doc: review.Doc{
		Title:  "alerts reach nobody",
		What:   "Reads Alertmanager's configuration in AlertmanagerConfigs, values and rendered ConfigMaps and Secrets. Reports a route to a receiver that does not exist, a receiver that is used by a route and has an empty address, a receiver without any integration (medium; a name such as `null` or `blackhole` shows that this is intended), and matchers that Alertmanager refuses.",
		Why:    "Alertmanager either refuses the whole configuration and keeps the old one, or delivers the alert to nobody. Both are noticed only in an outage.",
		Fix:    "Fill in the address, from a Secret; name a receiver that exists; close the quotes.",
		Verify: "amtool check-config alertmanager.yaml && amtool config routes test --config.file alertmanager.yaml severity=critical",
		Waive:  "Another layer fills in the address; say which.",
		Effort: "small",
		Bad:    "receivers: [{name: team, slack_configs: [{api_url: \"\"}]}]",
		Good:   "receivers: [{name: team, slack_configs: [{api_url_file: /etc/alertmanager/secrets/slack}]}]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		p.Looked(0)
		for _, r := range routingsOf(o) {
			p.Looked(1)
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

// routing is an Alertmanager configuration somewhere in an object.
type routing struct {
	at        string // its pointer
	route     map[string]any
	receivers []map[string]any
}

// maxRoutingDepth bounds how deep in values a configuration is looked for.
const maxRoutingDepth = 8

// routingsOf finds the Alertmanager configurations in an object: an
// AlertmanagerConfig's, in the inline values of a HelmRelease, and in the keys
// of ConfigMaps and Secrets.
func routingsOf(o *model.Object) []routing {
	var out []routing
	switch kind := o.ID.GroupKind(); kind {
	case "AlertmanagerConfig.monitoring.coreos.com", flux.HelmRelease:
		findRoutings(&out, review.Map(o.Fields(), "spec"), "/spec", 0)
	case kube.ConfigMap, kube.Secret:
		for _, pointer := range slices.Sorted(maps.Keys(o.Keys)) {
			findRoutings(&out, o.Keys[pointer].YAML, pointer+"/", 0)
		}
	}
	return out
}

func findRoutings(out *[]routing, value any, at string, depth int) {
	if depth > maxRoutingDepth {
		return
	}
	m, ok := value.(map[string]any)
	if !ok {
		return
	}
	route, receivers := review.Map(m, "route"), review.Items(m, "receivers")
	if review.Text(route, "receiver") != "" && len(receivers) > 0 {
		*out = append(*out, routing{at, route, receivers})
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		findRoutings(out, m[key], at+review.Pointer(key), depth+1)
	}
}

// nowhere are names that people give a receiver which is meant to tell nobody.
var nowhere = pattern.New(`(?i)null|none|black-?hole|dev-?null|void|noop|no-op|discard|drop|silent|empty|ignore`)

// addresses are the fields of a receiver's configuration without which nothing
// is sent.
var addresses = []string{"url", "webhook_url", "webhookUrl", "api_url", "service_key", "routing_key", "to", "bot_token", "api_key"}

// receiverFault says what keeps a receiver from telling anyone; "" where nothing
// does.
func receiverFault(receiver map[string]any) (fault, field string) {
	configs := 0
	for _, key := range slices.Sorted(maps.Keys(receiver)) {
		if !strings.HasSuffix(key, "_configs") && !strings.HasSuffix(key, "Configs") {
			continue
		}
		for i, config := range review.Items(receiver, key) {
			configs++
			for _, address := range addresses {
				if v, there := config[address]; there && v == "" && config[address+"_file"] == nil {
					return fmt.Sprintf("has an empty `%s`", address), fmt.Sprintf("/%s/%d/%s", key, i, address)
				}
			}
		}
	}
	if configs == 0 && !nowhere.MatchString(review.Text(receiver, "name")) {
		return "says nobody to tell", "/name"
	}
	return "", ""
}

// badMatcher reports whether Alertmanager refuses a matcher: quotes that are not
// closed, an expression that does not compile.
func badMatcher(text string) bool {
	m := matcher.FindStringSubmatch(strings.Trim(text, "{} "))
	if m == nil || strings.Contains(text, ",") {
		return false // several in one text are not read here
	}
	value := strings.TrimSpace(m[2])
	open, closed := strings.HasPrefix(value, `"`), strings.HasSuffix(value, `"`) && len(value) > 1
	if open != closed {
		return true
	}
	_, err := regexp.Compile(strings.Trim(value, `"`))
	return strings.HasSuffix(m[1], "~") && err != nil
}

var matcher = pattern.New(`^[a-zA-Z_][a-zA-Z0-9_]*\s*(=~|!~|!=|=)(.*)$`)
