package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// reference is one object's mention of another.
type reference struct {
	kind, namespace, name string // kind as in GroupKind
	field                 string // where it is named
	holder                string // what in the object names it, for the message: "container `app`"
	instead               string // the name that stood here before and led to something rendered; "" for none
}

func (r reference) String() string {
	kind, _, _ := strings.Cut(r.kind, ".")
	if r.namespace == "" {
		return kind + " " + r.name
	}
	return kind + " " + r.namespace + "/" + r.name
}

// dangling reports references that lead nowhere. That something is absent is
// certain only where the change made it so: it was there before, or the
// reference led to something else that was. Else it may come from what is not
// seen: an operator, a chart, a hand.
type dangling struct {
	of    func(*model.Object) []reference
	made  func(*review.Cluster, reference) bool // by something that is seen, though not rendered; may be nil
	maker func(*review.Cluster, reference) bool // something makes it for certain; may be nil
	then  string                                // what happens
	quiet bool                                  // say nothing where absence is not certain, but in an audit
	whole bool                                  // say nothing of a namespace in which a chart was not seen, but in an audit
}

func (d dangling) run(p *review.Pass, c *review.Cluster) {
	p.Looked(0)
	for _, o := range c.Objects {
		for _, r := range d.of(o) {
			p.Looked(1)
			presence := c.Refer(o, r.kind, r.namespace, r.name)
			was, resolved := d.resolvedBefore(p, c, o, r)
			r.instead = was.name
			if r.name == "" || strings.ContainsAny(r.name, "${}") || presence == review.Present || d.made != nil && d.made(c, r) {
				continue
			}
			h := review.Hit{Object: o, Field: r.field, Searched: []string{r.String() + " in all rendered targets"}}
			switch {
			case presence == review.Lost:
				h.Message = fmt.Sprintf("%s names %s, which this change removes. %s", subject(o, r), r, d.then)
			case resolved:
				h.Message = fmt.Sprintf("%s names %s, which is nowhere in this repository; it named %s before. %s", subject(o, r), r, was, d.then)
			case !p.Audit && (d.quiet || d.whole && !c.CompleteIn(r.namespace)):
				continue
			default:
				h.Unknown = true
				h.Message = fmt.Sprintf("%s names %s, which is not in this repository. If nothing else makes it: %s", subject(o, r), r, text.LowerFirst(d.then))
			}
			p.Report(h)
		}
	}
}

// resolvedBefore gives what the same field led to before the change; ok is false
// where it led nowhere or is new.
func (d dangling) resolvedBefore(p *review.Pass, c *review.Cluster, o *model.Object, r reference) (was reference, ok bool) {
	old := p.Before(o)
	if old == nil || old == o || c.Before == nil {
		return reference{}, false
	}
	for _, b := range d.of(old) {
		if b.kind == r.kind && b.namespace == r.namespace && b.name == r.name {
			return reference{}, false // it stood elsewhere in the list, and led as far as now
		}
	}
	for _, b := range d.of(old) {
		if b.field == r.field && b.name != r.name && (c.Before.Refer(old, b.kind, b.namespace, b.name) == review.Present || d.maker != nil && d.maker(c.Before, b)) {
			return b, true
		}
	}
	return reference{}, false
}

func subject(o *model.Object, r reference) string {
	if r.holder == "" {
		return o.ID.String()
	}
	return o.ID.String() + ", " + r.holder + ","
}

// builtin reports whether a group is one of Kubernetes' own: its objects make no
// others behind the repository's back.
func builtin(group string) bool {
	return group == "" || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") && !strings.Contains(group, ".x-k8s.io")
}

// madeByController reports whether some custom resource in the cluster may make
// the named object: one of its name, one that names it, or one whose name it
// goes on from. A name that goes on from it tells nothing where the one before
// did too and was rendered.
func madeByController(c *review.Cluster, r reference) bool {
	for _, o := range c.Objects {
		if builtin(o.ID.Group) || !mayMake(o, r.kind) || !review.SameNamespace(o.ID.Namespace, r.namespace) {
			continue
		}
		if _, workload := review.PodOf(o); workload {
			continue // it makes pods and nothing else
		}
		goesOn := goesOnFrom(r.name, o.ID.Name) && !goesOnFrom(r.instead, o.ID.Name)
		if r.name == o.ID.Name || goesOn || mentions(o.Fields()["spec"], r.name) {
			return true
		}
	}
	return false
}

// goesOnFrom reports whether a name is another one, or that with more before or
// after it.
func goesOnFrom(name, stem string) bool {
	return name == stem || strings.HasPrefix(name, stem+"-") || strings.HasSuffix(name, "-"+stem)
}

// makesOnly tells of custom resources, by group or kind and group, which other
// objects they make, by kind: none is in the list that is empty.
var makesOnly = map[string][]string{
	"route.openshift.io":                   {},
	"networking.istio.io":                  {},
	"security.istio.io":                    {},
	"telemetry.istio.io":                   {},
	"gateway.envoyproxy.io":                {},
	"ServiceMonitor.monitoring.coreos.com": {},
	"PodMonitor.monitoring.coreos.com":     {},
	"PrometheusRule.monitoring.coreos.com": {},
	"Probe.monitoring.coreos.com":          {},
	"cert-manager.io":                      {"Secret"},
	"external-secrets.io":                  {"Secret", "ConfigMap"},
	"bitnami.com":                          {"Secret"},
	"source.toolkit.fluxcd.io":             {},
	"notification.toolkit.fluxcd.io":       {},
	"kustomize.toolkit.fluxcd.io":          {}, // what it applies is a target of its own
}

// mayMake reports whether a custom resource may make objects of a kind. Flux's
// own are made by a ResourceSet, and hardly by anything else.
func mayMake(o *model.Object, kind string) bool {
	if strings.HasSuffix(kind, ".toolkit.fluxcd.io") {
		return o.ID.Kind == "ResourceSet"
	}
	only, known := makesOnly[o.ID.GroupKind()]
	if !known {
		only, known = makesOnly[o.ID.Group]
	}
	return !known || slices.Contains(only, kind)
}

// mentions reports whether a text stands somewhere in a value.
func mentions(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return v == text
	case map[string]any:
		for _, child := range v {
			if mentions(child, text) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if mentions(child, text) {
				return true
			}
		}
	}
	return false
}
