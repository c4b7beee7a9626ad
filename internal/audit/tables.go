package audit

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// tables are the tables of a chapter.
func (v shelf) tables(chapter string, checks []review.CheckResult, all []Gap) []Table {
	out := []Table{}
	add := func(t Table) {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	switch chapter {
	case "A8":
		add(v.fluxObjects())
		add(v.failureModes(checks, all))
	case "A9":
		add(v.entryTable())
	case "A10":
		add(v.signals(checks, all))
	case "A11":
		add(threats(checks, all))
		add(phases(all))
	}
	return out
}

// fluxObjects counts Flux's objects with their intervals.
func (v *Inventory) fluxObjects() Table {
	t := Table{Title: "Flux objects", Head: []string{"kind", "count", "intervals"}}
	n, intervals := map[string]int{}, map[string]map[string]int{}
	var kinds []string
	for _, node := range v.Nodes {
		if n[node.Kind] == 0 {
			kinds = append(kinds, node.Kind)
			intervals[node.Kind] = map[string]int{}
		}
		n[node.Kind]++
		if node.Interval != "" {
			intervals[node.Kind][node.Interval]++
		}
	}
	for _, k := range kinds {
		var said []string
		for i := range intervals[k] {
			said = append(said, fmt.Sprintf("%s (%d)", i, intervals[k][i]))
		}
		sort.Strings(said)
		t.Rows = append(t.Rows, []string{k, fmt.Sprint(n[k]), strings.Join(said, ", ")})
	}
	return t
}

// failureModes are what Flux checks of weight guard against, in their own words, where
// they had something to look at; before them what happens to every cluster some day.
func (v *Inventory) failureModes(checks []review.CheckResult, all []Gap) Table {
	t := Table{Title: "Failure modes", Head: []string{"failure", "impact", "detection", "recovery", "state"}}
	for _, c := range checks {
		if c.Check.Area != review.FluxArea || c.Severity.Rank() < review.High.Rank() || c.Outcome == review.NotApplicable || c.Outcome == review.Off {
			continue
		}
		t.Rows = append(t.Rows, failureMode(c, all))
	}
	rank := []State{Bad, Unclear, Advice, InPart, Fine}
	sort.SliceStable(t.Rows, func(i, j int) bool {
		return slices.Index(rank, State(t.Rows[i][4])) < slices.Index(rank, State(t.Rows[j][4]))
	})
	t.Rows = append(v.everyday(checks, all), t.Rows[:min(len(t.Rows), mostModes)]...)
	return t
}

func failureMode(c review.CheckResult, all []Gap) []string {
	d := c.Check.Doc
	return []string{d.Title, firstOf(d.Why), d.Verify, firstOf(d.Fix), string(judge([]review.CheckResult{c}, all))}
}

// everyday are the failures that no manifest prevents: a source that cannot be reached,
// whose state is whether somebody hears of it, and changes by hand. Flux keeps the last
// artifact of a source and tries again at its interval
// (https://fluxcd.io/flux/components/source/gitrepositories/#interval).
func (v *Inventory) everyday(checks []review.CheckResult, all []Gap) [][]string {
	var out [][]string
	n, intervals := map[string]int{}, map[string]bool{}
	for _, node := range v.Nodes {
		if node.group == sourceGroup {
			n[node.Kind]++
			intervals[node.Interval] = node.Interval != ""
		}
	}
	if len(n) > 0 {
		var sources, often []string
		for _, kind := range slices.Sorted(maps.Keys(n)) {
			sources = append(sources, count(n[kind], kind))
		}
		for _, i := range slices.Sorted(maps.Keys(intervals)) {
			if intervals[i] {
				often = append(often, i)
			}
		}
		told := topic(checks, all, func(c *review.Check) bool { return c.ID == "flux-alerts-missing" })
		recovery := "By itself: it is tried again at its interval."
		if len(often) > 0 {
			recovery = "By itself: it is tried again every " + strings.Join(often, " or ") + "."
		}
		out = append(out, []string{"Git or a registry cannot be reached", "What runs goes on, and nothing new arrives from " + strings.Join(sources, ", ") + ".",
			"flux get sources all -A", recovery, string(told.State)})
	}
	for _, c := range checks {
		if c.Check.ID == "helmrelease-drift-detection-off" && c.Outcome != review.NotApplicable && c.Outcome != review.Off {
			out = append(out, failureMode(c, all))
		}
	}
	return out
}

// mostModes bounds the table of failure modes: what is open comes first.
const mostModes = 10

// firstOf is the first sentence.
func firstOf(s string) string {
	if list := steps(s); len(list) > 0 {
		return list[0]
	}
	return s
}

func (v *Inventory) entryTable() Table {
	t := Table{Title: "Entry points", Head: []string{"entry point", "cluster", "opens", "TLS", "where"}}
	for _, e := range v.Entries {
		where := ""
		if e.Location != nil {
			where = fmt.Sprintf("%s:%d", e.Location.File, e.Location.Line)
		}
		t.Rows = append(t.Rows, []string{e.Kind + " " + e.Name, e.Cluster, e.Opens, e.TLS, where})
	}
	return t
}

// signals says for each signal who keeps it, how long and where, and what checks say.
func (s shelf) signals(checks []review.CheckResult, all []Gap) Table {
	t := Table{Title: "Signals", Head: []string{"signal", "kept by", "kept for", "state"}}
	for _, sig := range []struct {
		name  string
		role  Role
		tag   review.Tag
		kinds []string
	}{
		{"metrics", MetricsRole, review.Metrics, []string{"ServiceMonitor.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com", "Prometheus.monitoring.coreos.com"}},
		{"logs", LogsRole, review.Logs, []string{"LokiStack.loki.grafana.com", "ClusterOutput.fluentbit.fluent.io", "Flow.logging.banzaicloud.io"}},
		{"traces", TracesRole, review.Traces, []string{"Instrumentation.opentelemetry.io", "OpenTelemetryCollector.opentelemetry.io", "Telemetry.telemetry.istio.io"}},
		{"alerts", "", review.Alerts, []string{"PrometheusRule.monitoring.coreos.com", "AlertmanagerConfig.monitoring.coreos.com"}},
	} {
		of := topic(checks, all, func(c *review.Check) bool { return tagged(c, []review.Tag{sig.tag}) })
		kept := strings.Join(s.flowOf("", step{[]Role{sig.role}, sig.kinds}).Steps, ", ")
		if kept == "" {
			kept = "nothing here"
		}
		var long []string
		for _, r := range s.filling(sig.role) {
			for _, f := range r.Facts {
				if f.About == Retention {
					long = append(long, fmt.Sprintf("%s (%s, `%s`)", f.Value, r.called(), where(f.Location)))
					break
				}
			}
		}
		said := strings.Join(long, ", ")
		if said == "" && sig.role != "" && slices.ContainsFunc(s.filling(sig.role), func(r Release) bool { return r.Chart != "" }) {
			said = "the values do not say"
		}
		t.Rows = append(t.Rows, []string{sig.name, kept, said, string(of.State)})
	}
	return t
}

// threats are the ways in, each with the controls that checks look for.
func threats(checks []review.CheckResult, all []Gap) Table {
	t := Table{Title: "Threats", Head: []string{"entry point", "threat", "control", "state"}}
	for _, s := range []struct {
		entry, threat, control string
		tags                   []review.Tag
	}{
		{"listeners", "reading or changing traffic", "TLS, no plain listeners", []review.Tag{review.Listeners, review.TLS}},
		{"listeners", "abuse, overload", "rate limits", []review.Tag{review.RateLimits}},
		{"listeners", "use without a login", "authentication at the edge", []review.Tag{review.Authentication}},
		{"pods", "moving on from a broken one", "network policies, mesh TLS", []review.Tag{review.Network, review.MeshTLS}},
		{"container runtime", "escape to the node", "Pod Security, security contexts", []review.Tag{review.PodSecurity}},
		{"Kubernetes API", "more rights than needed", "RBAC", []review.Tag{review.RBAC}},
		{"images", "code nobody chose", "pinned images of trusted registries", []review.Tag{review.Images}},
		{"images", "known weaknesses, foreign images", "scanning, signatures", []review.Tag{review.Scanning, review.Signatures}},
		{"sources and charts", "what is applied changes by itself", "pinned revisions and versions", []review.Tag{review.Sources, review.Charts}},
		{"Git", "secrets in clear", "encryption, external stores", []review.Tag{review.Secrets}},
		{"pipelines", "foreign code with our rights", "pinned actions, no own runners for strangers", []review.Tag{review.Pipelines}},
		{"admission", "what no rule refuses", "policies that enforce", []review.Tag{review.Policies}},
	} {
		t.Rows = append(t.Rows, []string{s.entry, s.threat, s.control, string(together(checks, all, s.tags))})
	}
	return t
}

// phases is the plan of remedy: by severity, each with how long it takes.
func phases(all []Gap) Table {
	t := Table{Title: "Plan of remedy", Head: []string{"phase", "what", "effort"}}
	for _, p := range []struct {
		name     string
		severity []review.Severity
	}{
		{"1: before production", []review.Severity{review.Critical}},
		{"2: within 30 days", []review.Severity{review.High}},
		{"3: after that", []review.Severity{review.Medium}},
		{"4: when one is there anyway", []review.Severity{review.Low, review.Info}},
	} {
		var said []string
		hours := 0.0
		for _, g := range all {
			if g.Status == review.Existing && slices.Contains(p.severity, g.Severity) {
				said = append(said, g.ID+" "+lowered(g.Title))
				hours += g.Hours
			}
		}
		if len(said) > 0 {
			t.Rows = append(t.Rows, []string{p.name, strings.Join(said, "; "), Span(hours)})
		}
	}
	return t
}

// String is the effort as people read it.
func (e Effort) String() string {
	var said []string
	for _, s := range []struct {
		n    int
		size string
	}{{e.Small, "small (under 30 min)"}, {e.Medium, "medium (under 2 h)"}, {e.Large, "large"}} {
		if s.n > 0 {
			said = append(said, fmt.Sprintf("%d %s", s.n, s.size))
		}
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}
