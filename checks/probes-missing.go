package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var probesMissing = &review.Check{
	ID: "probes-missing", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Health},
	Doc: review.Doc{
		Title:  "probe missing",
		What:   "Looks at the containers of long-running workloads, including bare Pods, but not at jobs and init containers. A readiness probe is expected if a container has a port, with a higher severity if a Service sends it traffic; a missing liveness probe is advice. A startup probe replaces neither. For a chart that is not rendered, checks for probes that the change removes or disables in its values. On a pull request, a new workload is left to the audit if the repository has three or more similar ones and at most one in ten of them has the probe, and so is an exporter of metrics.",
		Why:    "Without a readiness probe, a Service sends requests to a pod as soon as it starts: every rollout drops some, and a broken version replaces all replicas. Without a liveness probe, a hung process stays until someone notices.",
		Fix:    "Add a `readinessProbe` that checks what a request needs, and a `livenessProbe` that checks only whether the process is alive: a liveness probe that depends on a database restarts everything when the database is slow.",
		Verify: "kubectl get deploy,sts,ds -A -o json | jq -r '.items[] | .metadata.namespace+\"/\"+.metadata.name as $n | .spec.template.spec.containers[] | select(.readinessProbe == null) | $n+\" \"+.name'",
		Waive:  "A worker that serves no requests, or an application that cannot be probed.",
		Effort: "small",
		Bad:    "containers:\n- name: app\n  ports: [{name: http, containerPort: 8080}]",
		Good:   "containers:\n- name: app\n  ports: [{name: http, containerPort: 8080}]\n  readinessProbe: {httpGet: {path: /ready, port: http}}\n  livenessProbe: {httpGet: {path: /live, port: http}}",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		if c.Init || c.Sidecar || !runsOn(c) || c.Name == "istio-proxy" {
			return
		}
		var missing, lost []string
		old, _ := p.ContainerBefore(c)
		for _, probe := range []string{"readinessProbe", "livenessProbe"} {
			if c.Field(probe) != nil {
				continue
			}
			missing = append(missing, probe)
			if old.Field(probe) != nil {
				lost = append(lost, probe)
			}
		}
		if len(missing) == 0 {
			return
		}
		if len(lost) == 0 && !p.Audit && forMetrics(c) {
			return
		}
		service := servedBy(p, c)
		h := review.Hit{Object: c.Workload, Field: c.At(missing[0]), Key: c.Key(), Measure: len(missing)}
		h.Severity, h.Message = probeVerdict(c, missing, service)
		if len(lost) > 0 {
			h.Field, h.Title = c.At(lost[0]), "probe removed"
			if h.Severity != review.High {
				h.Severity = review.Medium
			}
			h.Message = fmt.Sprintf("%s, loses its %s. %s", c, text.And(text.Code(lost)), h.Message)
		} else {
			h.Message = fmt.Sprintf("%s, has no %s. %s", c, text.And(text.Code(missing)), h.Message)
			if h.Severity != review.High && custom.Lacks(p, c.Workload, custom.Workloads, custom.Container(func(c review.Container) bool {
				return slices.ContainsFunc(missing, func(probe string) bool { return c.Field(probe) != nil })
			})) {
				return
			}
		}
		p.Report(h)
	}).ChartValues(probesLostInValues),
}

// forMetrics reports whether a container is there to be scraped: if it fails, a graph has
// a gap.
func forMetrics(c review.Container) bool {
	return strings.Contains(c.Name, "exporter") || strings.Contains(c.Name, "metrics")
}

// runsOn reports whether a container's workload is meant to run on: a bare Pod
// is where it is restarted in any case, and is not the test of a chart.
func runsOn(c review.Container) bool {
	if c.Workload.ID.GroupKind() != "Pod" {
		return slices.Contains(kube.LongRunning, c.Workload.ID.GroupKind())
	}
	policy := review.Text(c.Pod.Spec, "restartPolicy")
	return (policy == "" || policy == "Always") && review.Labels(c.Workload.Fields(), "metadata", "annotations")["helm.sh/hook"] == ""
}

func probeVerdict(c review.Container, missing []string, service *model.Object) (review.Severity, string) {
	ports, _ := c.Field("ports").([]any)
	switch {
	case missing[0] == "livenessProbe":
		return review.Low, "A hung process stays until someone notices."
	case service != nil:
		return review.High, fmt.Sprintf("%s sends it requests from the moment it starts, ready or not.", service.ID)
	case len(ports) > 0:
		return review.Medium, "A rollout goes on whether or not the new pods work."
	}
	return review.Low, "A rollout goes on whether or not the new pods work."
}

// servedBy gives a Service that sends traffic to the container.
func servedBy(p *review.Pass, c review.Container) *model.Object {
	home := p.Home(c.Workload)
	if home == nil {
		return nil
	}
	alone := len(review.Items(c.Pod.Spec, "containers")) == 1
	for _, s := range kube.ServicesOf(home, c.Workload) {
		for _, port := range review.Items(s.Fields(), "spec", "ports") {
			target := port["targetPort"]
			if target == nil {
				target = port["port"]
			}
			if alone || kube.HasPort(c, target) {
				return s
			}
		}
	}
	return nil
}

// probeMoved reports whether the values set a probe of the name at a place where they
// set none before.
func probeMoved(v *review.Values, was *review.Setting) (moved bool) {
	v.Each(func(s *review.Setting) {
		moved = moved || s.Key == was.Key && s.Map() && v.Was(s.Path) == nil
	})
	return moved
}

var probeKey = pattern.New(`^(liveness|readiness)(Probe)?$`)

// probesLostInValues tells of probes that the change takes out or turns off.
func probesLostInValues(p *review.Pass, v *review.Values) {
	setting.Lost(v, func(was, left *review.Setting) {
		m := probeKey.FindStringSubmatch(was.Key)
		if m == nil || !was.Map() || m[2] == "" && left.Key != "probes" {
			return
		}
		if probeMoved(v, was) {
			return
		}
		severity := review.Low
		if m[1] == "readiness" {
			severity = review.Medium
		}
		said := "no longer sets this probe. What the chart does instead is not visible here."
		if left.Field(was.Key) != nil {
			said = "turns this probe off."
		}
		setting.Report(p, v, left, "lost "+was.Path, review.Hit{Field: review.Pointer(was.Key), Severity: severity, Title: "probe removed from the values",
			Message: setting.Name(v, was.Path) + ", " + said})
	})
}
