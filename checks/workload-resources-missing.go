package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var workloadResourcesMissing = &review.Check{
	ID: "workload-resources-missing", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Resources},
	Doc: review.Doc{
		Title:  "resource requests or limits missing",
		What:   "Looks at every container for a CPU request, a memory request and a memory limit. As in Kubernetes, a limit also counts as the request if none is set. Not reported if a LimitRange of the namespace or resources of the whole pod fill the gap; what a change removes is still reported, as medium. A CPU limit is not required; removing one is advice. For a chart that is not rendered, checks what the change removes from its values, and `resources` that are empty in them.",
		Why:    "Without a memory limit, one leak can take down the node and everything on it. Without requests, the scheduler puts too many pods on a node, and these pods are the first to be evicted.",
		Fix:    "Set `requests.cpu`, `requests.memory` and `limits.memory` from the container's usage: `kubectl top pod --containers` over a busy day, memory limit about half above the peak.",
		Verify: "kubectl get deploy,sts,ds,cronjob -A -o json | jq -r '.items[] | .metadata.namespace+\"/\"+.metadata.name as $n | (.spec.template // .spec.jobTemplate.spec.template).spec.containers[] | select(.resources.limits.memory == null) | $n+\" \"+.name'",
		Waive:  "A batch job on its own nodes, or resources that an operator or a vertical autoscaler sets.",
		Effort: "small",
		Bad:    "containers:\n- name: app\n  image: shop/app:1.4.2",
		Good:   "containers:\n- name: app\n  image: shop/app:1.4.2\n  resources:\n    requests: {cpu: 100m, memory: 256Mi}\n    limits: {memory: 512Mi}",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		if len(review.Map(c.Pod.Spec, "resources")) > 0 {
			return
		}
		lacks := lacking(c)
		old, had := p.ContainerBefore(c)
		lost, softer := lostResources(c, old, had, lacks)
		if c.Name == "istio-proxy" && len(lost) == 0 {
			return // the injector fills it in
		}
		if limitRange(p, c) {
			reportFilled(p, c, append(lost, softer...))
			return
		}
		if len(lacks) > 0 {
			reportLacking(p, c, lacks, lost)
		}
		for _, r := range softer {
			p.Report(review.Hit{
				Object: c.Workload, Field: resourceField(c, r), Key: c.Key() + " " + r.String(), Severity: r.softer(),
				Title: "resource " + r.what() + " removed", Message: fmt.Sprintf("%s, loses `resources.%s` (%v before). %s", c, r, old.Field("resources", r.section, r.name), r.then()),
			})
		}
	}).ChartValues(resourcesInValues),
}

// resource is one entry of a container's resources.
type containerResource struct{ section, name string }

func (r containerResource) String() string { return r.section + "." + r.name }

func (r containerResource) what() string {
	return map[string]string{"requests": "request", "limits": "limit"}[r.section]
}

// softer is how bad it is to lose an entry that nothing breaks without.
func (r containerResource) softer() review.Severity {
	if r.section == "requests" {
		return review.Medium
	}
	return review.Low
}

func (r containerResource) then() string {
	if r.section == "requests" {
		return "Its request is now its limit, so that it needs more room on a node."
	}
	return "It may now use every free core of its node."
}

var wanted = []containerResource{{"requests", "cpu"}, {"requests", "memory"}, {"limits", "memory"}}

// lacking gives the wanted entries that a container does not have. A limit is
// the request where none is set.
func lacking(c review.Container) []containerResource {
	var out []containerResource
	for _, r := range wanted {
		if !kube.HasResource(c, r.section, r.name) && (r.section == "limits" || !kube.HasResource(c, "limits", r.name)) {
			out = append(out, r)
		}
	}
	return out
}

// lostResources gives the entries that the change took away: those that are
// lacking now, and those whose loss is milder.
func lostResources(c, old review.Container, had bool, lacks []containerResource) (lost, softer []containerResource) {
	if !had {
		return nil, nil
	}
	for _, r := range append(wanted, containerResource{"limits", "cpu"}) {
		if kube.HasResource(c, r.section, r.name) || !kube.HasResource(old, r.section, r.name) {
			continue
		}
		isLacking := false
		for _, l := range lacks {
			isLacking = isLacking || l == r
		}
		if isLacking {
			lost = append(lost, r)
		} else {
			softer = append(softer, r)
		}
	}
	if len(lost) > 0 {
		softer = nil // one cause, one finding
	}
	return lost, softer
}

func reportLacking(p *review.Pass, c review.Container, lacks, lost []containerResource) {
	severity := review.Medium
	memory := !kube.HasResource(c, "limits", "memory") && !kube.HasResource(c, "requests", "memory")
	if (memory || len(lost) > 0) && !c.Init {
		severity = review.High
	}
	h := review.Hit{
		Object: c.Workload, Key: c.Key(), Severity: severity, Measure: len(lacks), Field: resourceField(c, lacks...),
		Message: fmt.Sprintf("%s, has no %s. %s", c, text.And(text.Code(resourceNames(lacks))), consequence(lacks)),
	}
	if len(lost) > 0 {
		old, _ := p.ContainerBefore(c)
		before := make([]string, len(lost))
		for i, r := range lost {
			before[i] = fmt.Sprintf("`resources.%s` (%v before)", r, old.Field("resources", r.section, r.name))
		}
		h.Title = "resource " + lost[len(lost)-1].what() + "s removed"
		if len(lost) == 1 {
			h.Title = map[string]string{"memory": "memory", "cpu": "CPU"}[lost[0].name] + " " + lost[0].what() + " removed"
		}
		h.Field = resourceField(c, lost...)
		h.Message = fmt.Sprintf("%s, loses %s. %s", c, text.And(before), consequence(lost))
	}
	p.Report(h)
}

// reportFilled tells what a container loses where a LimitRange fills the gap.
func reportFilled(p *review.Pass, c review.Container, lost []containerResource) {
	if len(lost) == 0 {
		return
	}
	p.Report(review.Hit{
		Object: c.Workload, Key: c.Key(), Severity: review.Medium, Field: resourceField(c, lost...), Title: "resource " + lost[0].what() + "s removed",
		Message: fmt.Sprintf("%s, loses %s. The LimitRange of its namespace now decides.", c, text.And(text.Code(resourceNames(lost)))),
	})
}

func resourceNames(list []containerResource) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.String()
	}
	return out
}

func consequence(list []containerResource) string {
	for _, r := range list {
		if r.section == "limits" {
			return "One leak can then take the node down with everything on it."
		}
	}
	return "The scheduler does not know what it needs, and it is among the first to be evicted."
}

// resourceField points at what the entries have in common.
func resourceField(c review.Container, list ...containerResource) string {
	for _, r := range list[1:] {
		if r.section != list[0].section {
			return c.At("resources")
		}
	}
	if len(list) > 1 || c.Field("resources", list[0].section) == nil {
		return c.At("resources", list[0].section)
	}
	return c.At("resources", list[0].section, list[0].name)
}

// limitRange reports whether a LimitRange of the container's namespace may fill
// in what is missing.
func limitRange(p *review.Pass, c review.Container) bool {
	home := p.Home(c.Workload)
	if home == nil {
		return false
	}
	for _, l := range home.Kind(kube.LimitRange) {
		if l.ID.Namespace != c.Workload.ID.Namespace {
			continue
		}
		for _, item := range review.Items(l.Fields(), "spec", "limits") {
			if review.Text(item, "type") == "Container" && (item["default"] != nil || item["defaultRequest"] != nil) {
				return true
			}
		}
	}
	return false
}

func resourcesInValues(p *review.Pass, v *review.Values) {
	if v.Before != nil {
		v.Before.Each(func(was *review.Setting) {
			if resourcesPath.MatchString(was.Path) {
				resourcesLost(p, v, was)
			}
		})
	}
	if !p.Audit {
		return // `{}` is what most charts have by themselves, and people copy: no news
	}
	var empty []string
	var first *review.Setting
	v.Each(func(s *review.Setting) {
		if s.Key != "resources" || s.Map() || s.Value != nil || len(s.Items()) > 0 {
			return
		}
		if first == nil {
			first = s
		}
		empty = append(empty, s.Path)
	})
	if first == nil {
		return
	}
	p.Report(review.Hit{
		Object: first.Holder, Field: first.Pointer, About: v.Release, Key: "values resources", Measure: len(empty), Severity: review.Medium,
		Title:   "resources unset in the values",
		Message: fmt.Sprintf("The values of %s leave %s empty. What the chart sets by itself is not visible from here; most set nothing.", v.Release.ID, text.Some(text.Code(empty))),
	})
}

// resourcesPath matches the path of resources, and of what lies one level below:
// some charts keep those of several containers together.
var resourcesPath = pattern.New(`(?:^|\.)resources(?:$|\.[^.]+$)`)

// resourcesLost tells what one set of resources no longer says.
func resourcesLost(p *review.Pass, v *review.Values, was *review.Setting) {
	now := v.On(was.Path)
	at, field := now, ""
	if now == nil {
		gone := was.Path
		if at = v.On(setting.Outer(gone)); at == nil && was.Key != "resources" {
			gone = setting.Outer(gone) // all that are kept together
			at = v.On(setting.Outer(gone))
		}
		if at == nil {
			return // its component is gone or off
		}
		field = review.Pointer(gone[strings.LastIndexByte(gone, '.')+1:])
	}
	var lost []string
	for _, r := range wanted {
		if old := was.Field(r.section, r.name); old.Text() != "" && now.Field(r.section, r.name).Text() == "" {
			lost = append(lost, fmt.Sprintf("`%s` (%s before)", r, old.Text()))
			if now != nil && field == "" {
				field = review.Pointer(r.section)
			}
		}
	}
	if len(lost) == 0 {
		return
	}
	setting.Report(p, v, at, "lost "+was.Path, review.Hit{Field: field, Severity: review.Medium, Title: "resources removed from the values", Measure: len(lost),
		Message: fmt.Sprintf("%s loses %s. What the chart sets instead is not visible from here; most set nothing.", setting.Name(v, was.Path), text.And(lost))})
}
