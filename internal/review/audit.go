package review

import (
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Tag is what a reader looks for a check under: a report gathers the checks of
// its chapters by area and tag, so that a new check needs no change there.
type Tag string

const (
	Workloads      Tag = "workloads"
	PodSecurity    Tag = "pod-security"
	RBAC           Tag = "rbac"
	Network        Tag = "network"
	Resources      Tag = "resources"
	Health         Tag = "health"
	ConfigData     Tag = "config"
	Secrets        Tag = "secrets"
	Images         Tag = "images"
	Charts         Tag = "charts"
	Upgrades       Tag = "upgrades"
	Environments   Tag = "environments"
	Disruption     Tag = "disruption"
	References     Tag = "references" // one object names another
	Policies       Tag = "policies"
	APIVersions    Tag = "api-versions"
	Sources        Tag = "sources"
	Intervals      Tag = "intervals"
	Dependencies   Tag = "dependencies"
	Drift          Tag = "drift"
	Pruning        Tag = "pruning"
	Rollback       Tag = "rollback"
	HelmValues     Tag = "helm-values"
	Listeners      Tag = "listeners"
	TLS            Tag = "tls"
	Authentication Tag = "authentication"
	Routes         Tag = "routes"
	RateLimits     Tag = "rate-limits"
	Exposure       Tag = "exposure"
	MeshTLS        Tag = "mesh-tls"
	Metrics        Tag = "metrics"
	Logs           Tag = "logs"
	Traces         Tag = "traces"
	Dashboards     Tag = "dashboards"
	Alerts         Tag = "alerts"
	Runbooks       Tag = "runbooks"
	Objectives     Tag = "service-levels"
	Backups        Tag = "backups"
	Scanning       Tag = "scanning"
	Signatures     Tag = "signatures"
	Pipelines      Tag = "pipelines"
	Ownership      Tag = "ownership"
	Evidence       Tag = "evidence"
	Build          Tag = "build"
)

// Outcome is what became of a check in an audit.
type Outcome string

const (
	// Passed: it looked at something and found nothing.
	Passed Outcome = "passed"
	// Open: it found something that nobody waived.
	Open Outcome = "open"
	// Accepted: all that it found is waived.
	Accepted Outcome = "waived"
	// Unseen: it could not see what it needed.
	Unseen Outcome = "unknown"
	// NotApplicable: there was nothing to look at, or it speaks of changes only.
	NotApplicable Outcome = "not-applicable"
	// Off: the repository's file turns it off.
	Off Outcome = "off"
)

// CheckResult is one check's part in an audit.
type CheckResult struct {
	Check    *Check
	Severity Severity // as the repository's file sets it
	Outcome  Outcome
	Looked   int // objects and files that it looked at
	// Saw names the first of those that it read.
	Saw []string
	// Partial: it looked at rendered objects, and not all of them are visible.
	Partial bool
	// Open, Waived and Unknown count its findings.
	Open, Waived, Unknown int
}

// nothing is a base without anything, as the head's targets see it.
func nothing(head *model.Snapshot) *model.Snapshot {
	s := &model.Snapshot{Side: model.Base, Targets: make([]model.Rendered, len(head.Targets))}
	for i, t := range head.Targets {
		s.Targets[i] = model.Rendered{Target: t.Target, Status: model.StatusAbsent}
	}
	return s
}

// unrendered gives the releases of a snapshot whose charts no target renders:
// what they make is not seen.
func unrendered(s *model.Snapshot, within *Within) []string {
	var out []string
	for _, t := range s.Targets {
		if within != nil && !within.Targets[t.Target.ID] {
			continue
		}
		for _, o := range t.Objects {
			if o.ID.GroupKind() != helmRelease {
				continue
			}
			name := "/" + o.ID.Namespace + "/" + o.ID.Name
			covered := slices.ContainsFunc(s.Targets, func(t model.Rendered) bool {
				return t.Target.Kind == model.Helm && strings.HasSuffix(t.Target.ID, name)
			})
			if !covered {
				out = append(out, o.ID.String())
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// asExisting: in an audit nothing is new.
func asExisting(findings []Finding) []Finding {
	for i := range findings {
		findings[i].Status = Existing
	}
	return findings
}

// counter counts, in an audit, what a check looks at from now until the
// function that it gives is called: the objects whose content it reads.
func (j *judge) counter(c *Check, p *Pass) (stop func()) {
	if !j.audit() {
		return func() {}
	}
	all := j.distinct(p.Clusters)
	before := make([]int64, len(all))
	for i, o := range all {
		before[i] = o.Asked()
	}
	return func() {
		n := p.reads
		saw := p.files
		for i, o := range all {
			if o.Asked() > before[i] {
				n++
				saw = append(saw, o.ID.String())
			}
		}
		if p.said {
			saw = p.named
		}
		j.note(c.ID, saw)
		if p.said {
			n = p.looked
		}
		j.looked[c.ID] += n
		for _, h := range p.hits {
			if j.looked[c.ID] == 0 && h.Verdict.Known() {
				j.looked[c.ID] = 1 // what it found it has seen
			}
		}
	}
}

// mostSaw is how many things are named of all that a check looked at.
const mostSaw = 3

// note names what a check read.
func (j *judge) note(check string, saw []string) {
	for _, s := range saw {
		if have := j.saw[check]; len(have) < mostSaw && !slices.Contains(have, s) {
			j.saw[check] = append(have, s)
		}
	}
}

// distinct gives the objects of clusters, each once.
func (j *judge) distinct(clusters []*Cluster) []*model.Object {
	if j.all != nil {
		return j.all
	}
	seen := map[*model.Object]bool{}
	for _, c := range clusters {
		for _, o := range c.Objects {
			if !seen[o] {
				seen[o] = true
				j.all = append(j.all, o)
			}
		}
	}
	return j.all
}

// results says what became of each check.
func (j *judge) results(findings []Finding) []CheckResult {
	built := true
	for _, t := range j.Head.Targets {
		// One that does not build is a finding, and not a reason to know nothing of
		// the rest.
		built = built && t.Status != model.StatusIncomplete
	}
	visible := built && len(unrendered(j.Head, nil)) == 0
	broken := map[string]bool{}
	for _, b := range j.broken {
		broken[b.Check] = true
	}
	out := make([]CheckResult, 0, len(j.Checks)+len(j.own))
	for _, c := range append(slices.Clip(j.Checks), j.own...) {
		r := CheckResult{Check: c, Severity: c.Severity, Looked: j.looked[c.ID], Saw: j.saw[c.ID]}
		if s, ok := j.Settings.Severity[c.ID]; ok {
			r.Severity = s
		}
		r.Looked += j.ownLooked(c.ID)
		r.count(findings)
		everything := visible || c.Run.changes || c.Run.object == nil && c.Run.cluster == nil
		r.Outcome = r.outcome(everything)
		r.Partial = r.Outcome == Passed && !everything
		if (broken[c.ID] || c.ID == RenderFailed && !built) && r.Open == 0 {
			r.Outcome = Unseen
		}
		if j.Settings.Off[c.ID] {
			r.Outcome = Off
		}
		out = append(out, r)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Check.ID < out[j].Check.ID })
	return out
}

// own is what the review itself looked at for its own findings.
func (j *judge) ownLooked(id string) int {
	switch id {
	case RenderFailed:
		return len(j.Head.Targets)
	case WaiverExpired:
		return len(j.Settings.Waivers)
	case ConfigInvalid:
		return j.Configured
	}
	return 0
}

func (r *CheckResult) count(findings []Finding) {
	for _, f := range findings {
		if f.Check != r.Check.ID {
			continue
		}
		switch f.Status {
		case Waived:
			r.Waived++
		case Unknown:
			r.Unknown++
		default:
			r.Open++
		}
	}
}

func (r *CheckResult) outcome(visible bool) Outcome {
	switch {
	case r.Open > 0:
		return Open
	case r.Unknown > 0, r.Looked == 0 && !visible:
		return Unseen
	case r.Waived > 0:
		return Accepted
	case r.Looked == 0:
		return NotApplicable
	}
	return Passed
}

// audit judges a whole repository: an open critical finding blocks it, and under
// the strict gate so does what could not be seen.
func (g Gate) audit(r *Report, unjudged []string) {
	blocked := false
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Blocking = g != ReportOnly && f.Status == Existing && f.Severity == Critical
		blocked = blocked || f.Status == Existing && f.Severity == Critical
	}
	unseen := !r.Complete || len(r.Broken) > 0 || len(r.Hidden) > 0 || len(r.Targets) == 0 || len(unjudged) > 0
	for _, f := range r.Findings {
		unseen = unseen || f.Status == Unknown && (f.Severity == Critical || f.unanswered)
	}
	switch {
	case g == ReportOnly && (blocked || unseen):
		r.Conclusion = Neutral
	case blocked, g == Strict && unseen:
		r.Conclusion = Failure
	case unseen:
		r.Conclusion = Neutral
	default:
		r.Conclusion = Success
	}
}

// Within is a part of a repository.
type Within struct {
	Targets map[string]bool // by id
	Dir     string          // "" is none
}

// outside takes back that a check passed whose findings all lie outside of the part:
// what it looks at is not of the part.
func (w *Within) outside(checks []CheckResult, whole []Finding) {
	if w == nil {
		return
	}
	found := map[string]bool{}
	for _, f := range whole {
		found[f.Check] = true
	}
	for i := range checks {
		if c := &checks[i]; c.Outcome == Passed && found[c.Check.ID] {
			c.Outcome = NotApplicable
		}
	}
}

// narrow leaves in the report what is of the part.
func (w *Within) narrow(r *Report) {
	if w == nil {
		return
	}
	r.Targets = slices.DeleteFunc(r.Targets, func(t TargetResult) bool { return !w.Targets[t.ID] })
	r.Incomplete = slices.DeleteFunc(r.Incomplete, func(i Incomplete) bool { return !w.Targets[i.Target] })
	r.Complete = len(r.Incomplete) == 0
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return !w.has(f) })
}

func (w *Within) has(f Finding) bool {
	if slices.ContainsFunc(f.Targets, func(t string) bool { return w.Targets[t] }) {
		return true
	}
	return len(f.Targets) == 0 && w.Dir != "" && f.Location != nil && strings.HasPrefix(f.Location.File, w.Dir+"/")
}
