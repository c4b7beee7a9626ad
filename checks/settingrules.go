package checks

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func hostAccessInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		report := func(severity review.Severity, at *review.Setting, message string) {
			reportSetting(p, v, at, "", review.Hit{Severity: forAgentValues(v, s, severity), Message: settingOf(v, at.Path) + message})
		}
		switch {
		case s.Key == "privileged" && s.Is(true):
			report(review.High, s, ": privileged, so that whoever breaks into the container is root on the node.")
		case s.Key == "hostPath":
			path := s.Text() + s.Field("path").Text()
			if strings.HasPrefix(path, "/") && !harmlessPath(path) {
				report(review.High, s, fmt.Sprintf(": mounts `%s` of the node. What it writes there outlives the pod and is seen by all others.", path))
			}
		case s.Key == "hostPort" && s.Text() != "" && s.Text() != "0":
			report(review.High, s, fmt.Sprintf(": listens on port %s of its node, past Services and network policies.", s.Text()))
		case s.Key == "procMount" && s.Text() == "Unmasked":
			report(review.High, s, ": sees all of /proc.")
		case s.Key == "seccompProfile" && s.Field("type").Text() == "Unconfined":
			report(review.High, s.Field("type"), ": seccomp is turned off; every system call is open to whoever breaks in.")
		case s.Key == "appArmorProfile" && s.Field("type").Text() == "Unconfined":
			report(review.High, s.Field("type"), ": AppArmor is turned off.")
		case s.Key == "capabilities":
			for _, item := range s.Field("add").Items() {
				name := strings.TrimPrefix(strings.ToUpper(item.Text()), "CAP_")
				if severity, then := capability(name); severity != "" && name != "" {
					report(severity, item, fmt.Sprintf(": adds the capability `%s`%s.", name, then))
				}
			}
		}
		for _, n := range hostNamespaces {
			if s.Key == n.field && s.Is(true) {
				report(review.High, s, " is `true`. "+n.then)
			}
		}
	})
}

// settingHardenings are the settings of a security context that the values of a
// chart can turn off in so many words.
var settingHardenings = []struct {
	key       string
	good, off func(*review.Setting) bool
	why       string
}{
	{"runAsNonRoot", is(true), is(false), "The process may run as root."},
	{"runAsUser", func(s *review.Setting) bool { return s.Text() != "" && s.Text() != "0" }, func(s *review.Setting) bool { return s.Text() == "0" }, "The process runs as root, and a break-out is root on the node."},
	{"allowPrivilegeEscalation", is(false), is(true), "A set-uid program in the image makes it root."},
	{"readOnlyRootFilesystem", is(true), is(false), "Whoever gets in can write tools into it and change its program."},
	{"seccompProfile", func(s *review.Setting) bool {
		return s.Field("type").Text() != "" && s.Field("type").Text() != "Unconfined"
	}, func(*review.Setting) bool { return false }, "The process may call every part of the kernel."},
}

func is(want bool) func(*review.Setting) bool {
	return func(s *review.Setting) bool { return s.Is(want) }
}

var securityContextKey = regexp.MustCompile(`(?i)securityContext$`)

func hardeningInValues(p *review.Pass, v *review.Values) {
	for _, rule := range settingHardenings {
		v.Each(func(s *review.Setting) {
			context := v.On(outer(s.Path))
			if s.Key != rule.key || !rule.off(s) || context == nil || !securityContextKey.MatchString(context.Key) {
				return
			}
			h := review.Hit{Severity: forAgentValues(v, s, review.Medium), Message: fmt.Sprintf("%s is %s. %s", settingOf(v, s.Path), show(s.Value), rule.why)}
			if was := v.Was(s.Path); was != nil && rule.good(was) {
				h.Title, h.Severity = "hardening weakened", forAgentValues(v, s, review.High)
				h.Message = fmt.Sprintf("%s was %s and is %s now. %s", settingOf(v, s.Path), show(was.Value), show(s.Value), rule.why)
			}
			reportSetting(p, v, s, "off", h)
		})
	}
	hardeningLost(p, v)
}

// hardeningLost tells what the change takes out of a security context, or the
// whole of it.
func hardeningLost(p *review.Pass, v *review.Values) {
	lostSettings(v, func(was, left *review.Setting) {
		var gone []string
		context := left.Path
		for _, rule := range settingHardenings {
			switch {
			case was.Key == rule.key && securityContextKey.MatchString(left.Key) && rule.good(was):
				gone = append(gone, rule.key)
			case securityContextKey.MatchString(was.Key) && rule.good(was.Field(rule.key)):
				gone, context = append(gone, rule.key), was.Path
			}
		}
		if len(gone) == 0 {
			return
		}
		reportSetting(p, v, left, "lost "+was.Path, review.Hit{
			Field: review.Pointer(was.Key), Severity: forAgentValues(v, was, review.Medium), Title: "hardening removed from the values",
			Message: fmt.Sprintf("%s, no longer says %s. What the chart sets instead is not visible from here.", settingOf(v, context), and(code(gone))),
		})
	})
}

func resourcesInValues(p *review.Pass, v *review.Values) {
	if v.Before != nil {
		v.Before.Each(func(was *review.Setting) {
			if resourcesPath.MatchString(was.Path) {
				resourcesLost(p, v, was)
			}
		})
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
		Message: fmt.Sprintf("The values of %s leave %s empty. What the chart sets by itself is not visible from here; most set nothing.", v.Release.ID, some(code(empty))),
	})
}

// resourcesPath matches the path of resources, and of what lies one level below:
// some charts keep those of several containers together.
var resourcesPath = regexp.MustCompile(`(?:^|\.)resources(?:$|\.[^.]+$)`)

// resourcesLost tells what one set of resources no longer says.
func resourcesLost(p *review.Pass, v *review.Values, was *review.Setting) {
	now := v.On(was.Path)
	at, field := now, ""
	if now == nil {
		gone := was.Path
		if at = v.On(outer(gone)); at == nil && was.Key != "resources" {
			gone = outer(gone) // all that are kept together
			at = v.On(outer(gone))
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
	reportSetting(p, v, at, "lost "+was.Path, review.Hit{Field: field, Severity: review.Medium, Title: "resources removed from the values", Measure: len(lost),
		Message: fmt.Sprintf("%s loses %s. What the chart sets instead is not visible from here; most set nothing.", settingOf(v, was.Path), and(lost))})
}

var probeKey = regexp.MustCompile(`^(liveness|readiness)(Probe)?$`)

// probesLostInValues tells of probes that the change takes out or turns off.
func probesLostInValues(p *review.Pass, v *review.Values) {
	lostSettings(v, func(was, left *review.Setting) {
		m := probeKey.FindStringSubmatch(was.Key)
		if m == nil || !was.Map() || m[2] == "" && left.Key != "probes" {
			return
		}
		severity := review.Low
		if m[1] == "readiness" {
			severity = review.Medium
		}
		said := "no longer says anything of this probe. What the chart does instead is not visible from here."
		if left.Field(was.Key) != nil {
			said = "turns this probe off."
		}
		reportSetting(p, v, left, "lost "+was.Path, review.Hit{Field: review.Pointer(was.Key), Severity: severity, Title: "probe removed from the values",
			Message: settingOf(v, was.Path) + ", " + said})
	})
}

var serviceKey = regexp.MustCompile(`(?i)service$`)

func exposureInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		kind := s.Text()
		in := v.On(outer(s.Path))
		if s.Key != "type" || kind != "LoadBalancer" && kind != "NodePort" || in == nil {
			return
		}
		if around := v.On(outer(in.Path)); !serviceKey.MatchString(in.Key) && (around == nil || !serviceKey.MatchString(around.Key)) {
			return
		}
		h := review.Hit{Severity: review.Medium, Message: fmt.Sprintf("%s makes a Service a %s: %s.", settingOf(v, s.Path), kind, reach(kind))}
		if v.Before != nil && v.Before.On(in.Path) != nil && (v.Was(s.Path) == nil || v.Was(s.Path).Text() == "ClusterIP") {
			h.Severity, h.Message = review.High, h.Message+" It was internal before, as far as the values say."
		}
		if front.MatchString(v.Release.ID.Name) || front.MatchString(s.Path) {
			h.Severity = review.Low
		}
		reportSetting(p, v, s, "", h)
	})
}

// replicaCount reads a setting as a number of replicas.
func replicaCount(s *review.Setting) (n int, ok bool) {
	if s == nil || s.Key != "replicas" && s.Key != "replicaCount" {
		return 0, false
	}
	n, err := strconv.Atoi(s.Text())
	return n, err == nil
}

func noReplicasInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		n, ok := replicaCount(s)
		if was, had := replicaCount(v.Was(s.Path)); ok && n == 0 && had && was > 0 {
			reportSetting(p, v, s, "", review.Hit{Message: fmt.Sprintf("%s was %d and is 0 now: what it served will be gone.", settingOf(v, s.Path), was)})
		}
	})
}

func oneReplicaInValues(p *review.Pass, v *review.Values) {
	if p.Audit {
		loneReplica(p, v)
		return
	}
	v.Each(func(s *review.Setting) {
		n, ok := replicaCount(s)
		if was, had := replicaCount(v.Was(s.Path)); ok && n == 1 && had && was > 1 {
			reportSetting(p, v, s, "", review.Hit{Severity: review.Medium, Title: "down to a single replica",
				Message: fmt.Sprintf("%s was %d and is 1 now: it is down whenever that one is.", settingOf(v, s.Path), was)})
		}
	})
}

// loneReplica tells, in an audit, of a chart whose own number of replicas is 1.
func loneReplica(p *review.Pass, v *review.Values) {
	root := v.On("")
	if root == nil || autoscaled(root) {
		return
	}
	for _, key := range []string{"replicaCount", "replicas"} {
		if n, ok := replicaCount(root.Field(key)); ok && n == 1 {
			severity := review.Info
			if c := p.Home(v.Release); production.MatchString(v.Release.ID.Namespace) || c != nil && production.MatchString(c.Name) {
				severity = review.Low
			}
			reportSetting(p, v, root.Field(key), "", review.Hit{Severity: severity, Message: fmt.Sprintf("%s is 1: it is down whenever that one is.", settingOf(v, key))})
			return
		}
	}
}

var budgetKey = regexp.MustCompile(`(?i)^(pdb|podDisruptionBudget)$`)

// eachBudget visits the PodDisruptionBudgets that values ask for, with the
// number of replicas beside them, 0 where the values say none.
func eachBudget(v *review.Values, visit func(budget *review.Setting, replicas int)) {
	v.Each(func(s *review.Setting) {
		if !budgetKey.MatchString(s.Key) || !s.Map() {
			return
		}
		replicas := 0
		if beside := v.On(outer(s.Path)); beside != nil && !autoscaled(beside) {
			for _, key := range []string{"replicas", "replicaCount"} {
				if n, ok := replicaCount(beside.Field(key)); ok {
					replicas = n
				}
			}
		}
		visit(s, replicas)
	})
}

// autoscaled reports whether a component's values ask for an autoscaler, so that
// its number of replicas is not what runs.
func autoscaled(component *review.Setting) bool {
	for _, key := range component.Keys() {
		if s := component.Field(key); strings.HasPrefix(strings.ToLower(key), "autoscal") && (s.Is(true) || s.Field("enabled").Is(true)) {
			return true
		}
	}
	return false
}

func drainBlockedInValues(p *review.Pass, v *review.Values) {
	eachBudget(v, func(s *review.Setting, replicas int) {
		least, most := s.Field("minAvailable"), s.Field("maxUnavailable")
		n, err := strconv.Atoi(least.Text())
		switch {
		case most.Text() == "0" || most.Text() == "0%":
			reportSetting(p, v, most, "", review.Hit{Message: fmt.Sprintf("%s of %s lets no pod be evicted. No node with such a pod can be drained.", settingOf(v, most.Path), most.Text())})
		case least.Text() == "100%", err == nil && replicas > 0 && n >= replicas:
			reportSetting(p, v, least, "", review.Hit{Message: fmt.Sprintf("%s of %s lets no pod be evicted. No node with such a pod can be drained.", settingOf(v, least.Path), least.Text())})
		}
	})
}

func uselessBudgetInValues(p *review.Pass, v *review.Values) {
	eachBudget(v, func(s *review.Setting, _ int) {
		for _, all := range []struct{ key, value string }{{"minAvailable", "0"}, {"maxUnavailable", "100%"}} {
			if at := s.Field(all.key); at.Text() == all.value {
				reportSetting(p, v, at, "", review.Hit{Message: fmt.Sprintf("%s of %s lets all pods be evicted at once.", settingOf(v, at.Path), all.value)})
			}
		}
	})
}

func clusterAdminInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		if s.Text() == "cluster-admin" && strings.Contains(strings.ToLower(s.Key), "role") {
			reportSetting(p, v, s, "", review.Hit{Message: settingOf(v, s.Path) + " binds to `cluster-admin`: every verb on everything, Secrets of all namespaces included."})
		}
	})
}

// credentialsInValues reports variables that values list by name and value. A
// key that is named like a credential is told of the file.
func credentialsInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		name, value := s.Field("name").Text(), s.Field("value")
		if name == "" || value == nil || !model.Credential(value.Value) {
			return
		}
		reportSetting(p, v, value, "", review.Hit{Message: fmt.Sprintf("%s: the variable `%s` holds a credential in clear text. Whoever may read the repository has it.", settingOf(v, s.Path), name)})
	})
}
