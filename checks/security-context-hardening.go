package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var securityContextHardening = &review.Check{
	ID: "security-context-hardening", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "container is not hardened",
		What:   "Looks at every container, and at its pod if the pod's setting applies, for: `runAsNonRoot: true` or a user above 0, a seccomp profile, `capabilities.drop: [ALL]`, `allowPrivilegeEscalation: false` and `readOnlyRootFilesystem: true`. All missing settings of a container are one finding; each setting that the change weakens is a finding at its own line, and all that go with their `securityContext` are one. For node agents all of it is information. For a chart that is not rendered, checks what its values disable, and what the change removes from them. On a pull request, a new workload is left to the audit if the repository has three or more similar ones and at most one in ten of them has the setting.",
		Why:    "These five settings limit what an attacker inside the process can do next: become root, write a tool to disk, or call rarely used and rarely tested parts of the kernel. They cost nothing for an application that does not need more.",
		Fix:    "Set all five on the container. If the application writes to its root file system, mount an `emptyDir` there.",
		Verify: "kubectl get pods -A -o json | jq -r '.items[] | .metadata.namespace+\"/\"+.metadata.name as $n | .spec.containers[] | select(.securityContext.allowPrivilegeEscalation != false) | $n+\" \"+.name'",
		Waive:  "An image must run as root and cannot be rebuilt, in its own namespace.",
		Effort: "small",
		Bad:    "containers:\n- name: app\n  securityContext: {runAsUser: 0}",
		Good:   "containers:\n- name: app\n  securityContext:\n    runAsNonRoot: true\n    allowPrivilegeEscalation: false\n    readOnlyRootFilesystem: true\n    capabilities: {drop: [ALL]}\n    seccompProfile: {type: RuntimeDefault}",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		if review.Text(c.Pod.Spec, "os", "name") == "windows" {
			return
		}
		old, had := p.ContainerBefore(c)
		var missing []string
		var lost []review.Hit
		var lacks []hardeningRule
		for _, rule := range hardenings {
			now := rule.state(c)
			if now.open {
				continue
			}
			before := hardening{}
			if had {
				before = rule.state(old)
			}
			weakened := had && before.good && !now.good
			if rule.name == "runAsUser" && now.off && had && !before.off {
				weakened = true
			}
			switch {
			case weakened && now.value == nil:
				lost = append(lost, weakenedHit(p, c, rule, now, before))
			case weakened:
				p.Report(weakenedHit(p, c, rule, now, before))
			case now.off:
				p.Report(review.Hit{
					Object: c.Workload, Field: now.field, Key: c.Key() + " " + rule.name, Severity: kube.AgentSeverity(c.Workload, review.Medium),
					Message: fmt.Sprintf("%s: `%s` is %s. %s", c, rule.name, text.Show(now.value), rule.why)})
			case !now.good:
				missing, lacks = append(missing, rule.want), append(lacks, rule)
			}
		}
		for _, h := range together(c, lost) {
			p.Report(h)
		}
		agents := !p.Audit && kube.AgentSeverity(c.Workload, review.Medium) == review.Info // what they lack is no news
		if len(missing) > 0 && !agents && !custom.Lacks(p, c.Workload, custom.Workloads, custom.Container(func(c review.Container) bool {
			return slices.ContainsFunc(lacks, func(rule hardeningRule) bool { return rule.state(c).good })
		})) {
			p.Report(review.Hit{
				Object: c.Workload, Field: c.At("securityContext"), Key: c.Key(), Measure: len(missing),
				Severity: kube.AgentSeverity(c.Workload, review.Medium),
				Message:  fmt.Sprintf("%s, lacks %s.", c, text.And(text.Code(missing))),
			})
		}
	}).ChartValues(hardeningInValues),
}

// weakenedHit tells of a setting that the change weakens or takes away.
func weakenedHit(p *review.Pass, c review.Container, rule hardeningRule, now, before hardening) review.Hit {
	h := review.Hit{
		Object: c.Workload, Field: now.field, Key: c.Key() + " " + rule.name, Title: "hardening weakened", Severity: kube.AgentSeverity(c.Workload, review.High),
		Message: fmt.Sprintf("%s: `%s` was %s and is now %s. %s", c, rule.name, text.Show(before.value), text.Show(now.value), rule.why),
	}
	if now.value == nil && before.field != "" {
		h.Field = strings.Replace(before.field, before.owner, c.Pointer, 1)
		if before.owner == "" {
			h.Field = before.field
		}
	}
	return h
}

// together makes one of what is said of settings whose whole security context is gone:
// that, or what wrote it, is their one cause.
func together(c review.Container, lost []review.Hit) (out []review.Hit) {
	at := map[string]int{}
	for _, h := range lost {
		context, _, ok := strings.Cut(h.Field, "/securityContext/")
		context += "/securityContext"
		if _, _, stands := review.Walk(c.Workload, context); !ok || stands {
			out = append(out, h)
			continue
		}
		i, more := at[context]
		if !more {
			at[context] = len(out)
			out = append(out, h)
			continue
		}
		out[i].Field = context
		out[i].Key += " " + strings.TrimPrefix(h.Key, c.Key()+" ")
		out[i].Message += strings.TrimPrefix(h.Message, c.String()+":")
	}
	return out
}

// hardening is one setting of a container as it takes effect.
type hardening struct {
	good, off bool // off: turned off in so many words
	open      bool // a variable decides that cannot be seen
	value     any
	field     string
	owner     string // the container's pointer where the container sets it; "" for the pod
}

type hardeningRule struct {
	name, want, why string
	state           func(review.Container) hardening
}

var hardenings = []hardeningRule{
	{"runAsNonRoot", "runAsNonRoot: true", "Its process may run as root.", func(c review.Container) hardening {
		h := effective(c, true, "runAsNonRoot")
		user := effective(c, true, "runAsUser")
		h.good = h.value == true || h.value == nil && user.value != nil && fmt.Sprint(user.value) != "0"
		h.off = h.value == false
		if h.value == nil && user.value != nil && fmt.Sprint(user.value) == "0" {
			h.good = true // told as runAsUser
		}
		return h
	}},
	{"runAsUser", "runAsUser above 0", "Its process runs as root, and a break-out is root on the node.", func(c review.Container) hardening {
		h := effective(c, true, "runAsUser")
		h.off = h.value != nil && fmt.Sprint(h.value) == "0"
		h.good = !h.off
		return h
	}},
	{"seccompProfile", "seccompProfile: RuntimeDefault", "It may call every part of the kernel.", func(c review.Container) hardening {
		h := effective(c, true, "seccompProfile", "type")
		h.good = h.value != nil // Unconfined is told as access to the host
		return h
	}},
	{"capabilities.drop", "capabilities.drop: [ALL]", "It keeps the runtime's default capabilities.", func(c review.Container) hardening {
		h := effective(c, false, "capabilities", "drop")
		list, _ := h.value.([]any)
		h.good = slices.ContainsFunc(list, func(v any) bool { return strings.EqualFold(fmt.Sprint(v), "ALL") })
		return h
	}},
	{"allowPrivilegeEscalation", "allowPrivilegeEscalation: false", "A set-uid program in the image makes it root.", func(c review.Container) hardening {
		h := effective(c, false, "allowPrivilegeEscalation")
		h.good, h.off = h.value == false, h.value == true
		return h
	}},
	{"readOnlyRootFilesystem", "readOnlyRootFilesystem: true", "Whoever gets in can write tools into it and change its program.", func(c review.Container) hardening {
		h := effective(c, false, "readOnlyRootFilesystem")
		h.good, h.off = h.value == true, h.value == false
		return h
	}},
}

// effective gives a setting of the container's security context, else, where the
// pod may speak for it, of the pod's.
func effective(c review.Container, pod bool, path ...string) (h hardening) {
	h.value, h.field, h.owner = kube.SecuritySetting(c, pod, path...)
	list, _ := h.value.([]any)
	h.open = review.Unsettled(h.value) || slices.ContainsFunc(list, review.Unsettled)
	return h
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

var securityContextKey = pattern.New(`(?i)securityContext$`)

func hardeningInValues(p *review.Pass, v *review.Values) {
	for _, rule := range settingHardenings {
		v.Each(func(s *review.Setting) {
			context := v.On(setting.Outer(s.Path))
			if s.Key != rule.key || !rule.off(s) || context == nil || !securityContextKey.MatchString(context.Key) {
				return
			}
			h := review.Hit{Severity: setting.AgentSeverity(v, s, review.Medium), Message: fmt.Sprintf("%s is %s. %s", setting.Name(v, s.Path), text.Show(s.Value), rule.why)}
			if was := v.Was(s.Path); was != nil && rule.good(was) {
				h.Title, h.Severity = "hardening weakened", setting.AgentSeverity(v, s, review.High)
				h.Message = fmt.Sprintf("%s was %s and is %s now. %s", setting.Name(v, s.Path), text.Show(was.Value), text.Show(s.Value), rule.why)
			}
			setting.Report(p, v, s, "off", h)
		})
	}
	hardeningLost(p, v)
}

// hardeningLost tells what the change takes out of a security context, or the
// whole of it.
func hardeningLost(p *review.Pass, v *review.Values) {
	setting.Lost(v, func(was, left *review.Setting) {
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
		setting.Report(p, v, left, "lost "+was.Path, review.Hit{
			Field: review.Pointer(was.Key), Severity: setting.AgentSeverity(v, was, review.Medium), Title: "hardening removed from the values",
			Message: fmt.Sprintf("%s, no longer says %s. What the chart sets instead is not visible from here.", setting.Name(v, context), text.And(text.Code(gone))),
		})
	})
}
