package refused

import (
	"slices"
	"strings"
)

func (p place) limitRange() {
	limits := p.at("spec").items("limits")
	for _, l := range limits {
		kind := l.text("type")
		if !strings.Contains(kind, "/") {
			l.enum("type", "Container", "Pod", "PersistentVolumeClaim")
		}
		for _, key := range []string{"default", "defaultRequest"} {
			if kind == "Pod" && l.has(key) {
				l.refuse(key, "the type Pod has no `%s`", key)
			}
		}
		order := []string{"min", "defaultRequest", "default", "max"}
		for i, low := range order {
			for _, high := range order[i+1:] {
				l.ordered(low, high)
			}
		}
	}
	for _, l := range twice(limits, named("type")) {
		l.refuse("type", "the type %s occurs twice", l.text("type"))
	}
}

// ordered wants what one map says of a resource not to be more than the other says.
func (p place) ordered(low, high string) {
	for _, key := range p.at(low).keys() {
		a, ok := p.at(low).quantity(key)
		b, also := p.at(high).quantity(key)
		if ok && also && a.Cmp(b) > 0 {
			p.at(low).refuse(key, "`%s` of %s is %s, over `%s`, which is %s", low, key, a.String(), high, b.String())
		}
	}
}

// quotaResources are the resources without a domain or a prefix that a quota may bound.
var quotaResources = []string{"cpu", "memory", "ephemeral-storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims"}

func (p place) quota() {
	hard := p.at("spec", "hard")
	for _, key := range hard.keys() {
		q, ok := hard.quantity(key)
		plain := !strings.Contains(key, "/")
		whole := plain && !strings.ContainsAny(key, ".") && !slices.Contains([]string{"cpu", "memory", "ephemeral-storage", "storage"}, key) && !strings.HasPrefix(key, "hugepages-") ||
			strings.HasPrefix(key, "count/")
		switch {
		case plain && !strings.Contains(key, ".") && !slices.Contains(quotaResources, key) && !strings.HasPrefix(key, "hugepages-"):
			hard.refuse(key, "`%s` is no resource that a quota bounds", short(key))
		case ok && q.Sign() < 0:
			hard.refuse(key, "%s of %s is less than nothing", key, q.String())
		case ok && whole && q.MilliValue()%1000 != 0:
			hard.refuse(key, "%s is a number of objects, and %s is not whole", key, q.String())
		}
	}
	if scopes := p.at("spec").texts("scopes"); slices.Contains(scopes, "BestEffort") {
		for _, key := range hard.keys() {
			if key != "pods" && key != "count/pods" {
				hard.refuse(key, "the scope BestEffort bounds pods alone, not %s", key)
				break
			}
		}
	}
}

// maxPriority is the highest that is not the system's.
const maxPriority = 1_000_000_000

func (p place) priorityClass() {
	m := p.at("metadata")
	if name := m.text("name"); strings.HasPrefix(name, "system-") {
		if name != "system-node-critical" && name != "system-cluster-critical" {
			m.refuse("name", "names that begin with `system-` are the system's")
		}
		return
	}
	if n, ok := p.integer("value"); ok && n > maxPriority {
		p.refuse("value", "`value` is %d; at most %d is allowed", n, maxPriority)
	}
}
