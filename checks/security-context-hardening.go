package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var securityContextHardening = &review.Check{
	ID: "security-context-hardening", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "container is not hardened",
		What:   "Looks at every container, and at its pod where that speaks for it, for: `runAsNonRoot: true` or a user above 0, a seccomp profile, `capabilities.drop: [ALL]`, `allowPrivilegeEscalation: false` and `readOnlyRootFilesystem: true`. What is missing is one finding a container; each setting that the change weakens is a finding at its own line. For node agents all of it is information. Of a chart that is not rendered, what its values turn off, and what the change takes out of them. On a pull request, a new one among three or more of its like of which none has it is left to the audit.",
		Why:    "These five settings decide what someone who has broken into the process can do next: become root, write a tool to disk, call the kernel's rarely used and rarely tested parts. They cost nothing in a program that does not need more.",
		Fix:    "Set all five on the container. Where the program writes to its root file system, mount an `emptyDir` there.",
		Verify: "kubectl get pods -A -o json | jq -r '.items[] | .metadata.namespace+\"/\"+.metadata.name as $n | .spec.containers[] | select(.securityContext.allowPrivilegeEscalation != false) | $n+\" \"+.name'",
		Waive:  "An image that must run as root and cannot be rebuilt, in a namespace of its own.",
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
		var lacks []hardeningRule
		for _, rule := range hardenings {
			now := rule.state(c)
			before := hardening{}
			if had {
				before = rule.state(old)
			}
			weakened := had && before.good && !now.good
			if rule.name == "runAsUser" && now.off && had && !before.off {
				weakened = true
			}
			switch {
			case weakened, now.off:
				reportHardening(p, c, rule, now, before, weakened)
			case !now.good:
				missing, lacks = append(missing, rule.want), append(lacks, rule)
			}
		}
		if len(missing) > 0 && !uncustomary(p, c.Workload, workloads, anyContainer(func(c review.Container) bool {
			return slices.ContainsFunc(lacks, func(rule hardeningRule) bool { return rule.state(c).good })
		})) {
			p.Report(review.Hit{
				Object: c.Workload, Field: c.At("securityContext"), Key: c.Key(), Measure: len(missing),
				Severity: forAgent(c.Workload, review.Medium),
				Message:  fmt.Sprintf("%s, lacks %s.", c, and(code(missing))),
			})
		}
	}).ChartValues(hardeningInValues),
}

func reportHardening(p *review.Pass, c review.Container, rule hardeningRule, now, before hardening, weakened bool) {
	h := review.Hit{
		Object: c.Workload, Field: now.field, Key: c.Key() + " " + rule.name, Severity: forAgent(c.Workload, review.Medium),
		Message: fmt.Sprintf("%s: `%s` is %s. %s", c, rule.name, show(now.value), rule.why),
	}
	if weakened {
		h.Title, h.Severity = "hardening weakened", forAgent(c.Workload, review.High)
		h.Message = fmt.Sprintf("%s: `%s` was %s and is now %s. %s", c, rule.name, show(before.value), show(now.value), rule.why)
		if now.value == nil && before.field != "" {
			h.Field = strings.Replace(before.field, before.owner, c.Pointer, 1)
			if before.owner == "" {
				h.Field = before.field
			}
		}
	}
	p.Report(h)
}

// hardening is one setting of a container as it takes effect.
type hardening struct {
	good, off bool // off: turned off in so many words
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
func effective(c review.Container, pod bool, path ...string) hardening {
	at := append([]string{"securityContext"}, path...)
	if v := c.Field(at...); v != nil {
		return hardening{value: v, field: c.At(at...), owner: c.Pointer}
	}
	if v := review.Lookup(c.Pod.Spec, at...); pod && v != nil {
		return hardening{value: v, field: c.Pod.At(at...)}
	}
	return hardening{field: c.At(at...), owner: c.Pointer}
}
