package refused

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container has no zones of its own

	"github.com/robfig/cron/v3"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func (p place) deployment() {
	s := p.at("spec")
	s.atLeast(0, "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
	ready, _ := s.integer("minReadySeconds")
	progress, ok := s.integer("progressDeadlineSeconds")
	if !ok {
		progress = 600 // as it is defaulted
	}
	if !s.open("progressDeadlineSeconds") && ready >= progress {
		s.refuse("minReadySeconds", "`progressDeadlineSeconds` is %d and must be more than `minReadySeconds`, which is %d", progress, ready)
	}
	strategy := s.at("strategy")
	if strategy.text("type") == "Recreate" && strategy.has("rollingUpdate") {
		strategy.refuse("rollingUpdate", "the strategy Recreate has no `rollingUpdate`")
	}
	strategy.at("rollingUpdate").rolling()
}

// rolling is how many pods may be missing and how many too many.
func (p place) rolling() {
	p.share("maxUnavailable", 100)
	p.share("maxSurge", 0)
	if p.nothing("maxUnavailable") && p.nothing("maxSurge") {
		p.refuse("maxUnavailable", "`maxUnavailable` and `maxSurge` are both 0: no pod could ever be replaced")
	}
}

func (p place) nothing(key string) bool {
	n, ok := p.integer(key)
	return ok && n == 0 || p.text(key) == "0%"
}

// share is a number or a percentage, of most percent; 0 is any.
func (p place) share(key string, most int) {
	p.atLeast(0, key)
	s := p.text(key)
	if s == "" {
		return
	}
	number, ok := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil || n < 0:
		p.refuse(key, "`%s` is neither a number nor a percentage", short(s))
	case most > 0 && n > most:
		p.refuse(key, "`%s` is more than all", s)
	}
}

func (p place) statefulSet() {
	s := p.at("spec")
	s.atLeast(0, "replicas", "minReadySeconds", "revisionHistoryLimit")
	s.at("ordinals").atLeast(0, "start")
	for _, t := range s.items("volumeClaimTemplates") {
		t.name = "claim `" + review.Text(t.fields, "metadata", "name") + "`"
		t.at("spec").claim()
	}
	update := s.at("updateStrategy")
	if update.text("type") == "OnDelete" && update.has("rollingUpdate") {
		update.refuse("rollingUpdate", "the update strategy OnDelete has no `rollingUpdate`")
	}
	update.at("rollingUpdate").atLeast(0, "partition")
	retention := s.at("persistentVolumeClaimRetentionPolicy")
	retention.enum("whenDeleted", "Retain", "Delete")
	retention.enum("whenScaled", "Retain", "Delete")
}

func (p place) daemonSet() {
	s := p.at("spec")
	s.atLeast(0, "minReadySeconds", "revisionHistoryLimit")
	if s.at("updateStrategy").text("type") == "OnDelete" || s.at("updateStrategy").open("type") {
		return
	}
	rolling := s.at("updateStrategy", "rollingUpdate")
	if rolling.nothing("maxUnavailable") && rolling.lacks("maxSurge") {
		rolling.refuse("maxUnavailable", "`maxUnavailable` is 0, and `maxSurge` is too where it is not set: no pod could ever be replaced")
	}
	rolling.rolling()
	if rolling.has("maxSurge") && !rolling.nothing("maxSurge") && !rolling.open("maxSurge") && !rolling.open("maxUnavailable") && !rolling.nothing("maxUnavailable") {
		rolling.refuse("maxSurge", "with `maxSurge` a DaemonSet needs `maxUnavailable: 0`")
	}
}

// job is the spec of a Job.
func (p place) job() {
	p.atLeast(0, "parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes", "activeDeadlineSeconds")
	indexed := p.text("completionMode") == "Indexed"
	if indexed && p.has("parallelism") && p.lacks("completions") { // with neither, both are 1
		p.refuse("completionMode", "the completion mode Indexed needs `completions`")
	}
	if p.has("backoffLimitPerIndex") && !indexed && !p.open("completionMode") {
		p.refuse("backoffLimitPerIndex", "`backoffLimitPerIndex` is for the completion mode Indexed")
	}
	policy := p.at("podFailurePolicy")
	if pods := p.at("template", "spec"); policy.there() && !pods.open("restartPolicy") && pods.text("restartPolicy") != "Never" {
		p.refuse("podFailurePolicy", "a `podFailurePolicy` needs `restartPolicy: Never`")
	}
	for _, rule := range policy.items("rules") {
		codes := rule.at("onExitCodes")
		list, _ := codes.fields["values"].([]any)
		for _, code := range list {
			if fmt.Sprint(code) == "0" && codes.text("operator") == "In" {
				codes.refuse("values", "a container that ends with 0 has not failed: In takes no 0")
			}
		}
	}
}

// maxCronJobName leaves room for what Jobs are called after it.
const maxCronJobName = 52

// cronJob reads a schedule as the API server does, by the same library.
func (p place) cronJob() {
	if name := p.at("metadata").text("name"); len(name) > maxCronJobName {
		p.at("metadata").refuse("name", "the name has %d characters; %d are allowed, since its Jobs get longer ones", len(name), maxCronJobName)
	}
	s := p.at("spec")
	s.atLeast(0, "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
	s.timeZone()
	s.schedule()
	s.at("jobTemplate", "spec").job()
}

func (p place) timeZone() {
	zone := p.text("timeZone")
	if zone == "" {
		return
	}
	if _, err := time.LoadLocation(zone); err != nil || strings.EqualFold(zone, "Local") {
		p.refuse("timeZone", "`%s` is no time zone, such as Europe/Berlin", short(zone))
	}
}

func (p place) schedule() {
	schedule := p.text("schedule")
	if p.open("schedule") || strings.HasPrefix(schedule, "TZ=") || strings.HasPrefix(schedule, "CRON_TZ=") { // the library does not survive all of those
		return
	}
	if _, err := cron.ParseStandard(schedule); err != nil {
		p.refuse("schedule", "the schedule `%s` is not valid: %s", schedule, err)
	}
	if strings.Contains(schedule, "TZ") && p.has("timeZone") {
		p.refuse("schedule", "the schedule names a time zone, and `timeZone` is set; one is allowed")
	}
}

func (p place) budget() {
	s := p.at("spec")
	s.together("minAvailable", "maxUnavailable")
	s.share("minAvailable", 100)
	s.share("maxUnavailable", 100)
	s.at("selector").selector()
}

func (p place) scaler() {
	s := p.at("spec")
	s.atLeast(1, "maxReplicas")
	target := s.at("scaleTargetRef")
	if target.there() {
		target.filled("kind", "name")
	}
	for _, m := range s.items("metrics") {
		m.metric()
	}
	for _, way := range []string{"scaleUp", "scaleDown"} {
		b := s.at("behavior", way).called("behavior %s", way)
		b.between(0, 3600, "stabilizationWindowSeconds")
		b.enum("selectPolicy", "Max", "Min", "Disabled")
		if list, ok := b.fields["policies"].([]any); ok && len(list) == 0 {
			b.refuse("policies", "`policies` is empty: leave it out, or name one")
		}
		for _, policy := range b.items("policies") {
			policy.enum("type", "Pods", "Percent")
			policy.atLeast(1, "value")
			policy.between(1, 1800, "periodSeconds")
		}
	}
}

// metricSources are the fields of a metric, by its type.
var metricSources = map[string]string{"Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object", "External": "external"}

func (p place) metric() {
	kind := p.text("type")
	p.enum("type", "Resource", "ContainerResource", "Pods", "Object", "External")
	key, ok := metricSources[kind]
	if !ok {
		return
	}
	p.name = "metric of type " + kind
	if p.lacks(key) {
		p.refuse("", "it needs the field `%s`", key)
	}
	for _, other := range slices.Sorted(maps.Keys(metricSources)) {
		if field := metricSources[other]; other != kind && p.has(field) {
			p.refuse(field, "it has the field `%s`, of another type", field)
		}
	}
	target := p.at(key, "target")
	if !target.there() {
		return
	}
	target.enum("type", "Utilization", "Value", "AverageValue")
	target.atLeast(1, "averageUtilization")
	for _, field := range []string{"value", "averageValue"} {
		if q, ok := target.quantity(field); ok && q.Sign() <= 0 {
			target.refuse(field, "`%s` must be more than 0", field)
		}
	}
	switch kind {
	case "Resource", "ContainerResource":
		target.oneOf("averageUtilization", "averageValue")
	case "Pods":
		target.needs("averageValue")
	case "Object", "External":
		target.oneOf("value", "averageValue")
	}
}
