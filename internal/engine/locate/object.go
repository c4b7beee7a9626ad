package locate

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// ident is the identity of an object in one layer.
type ident struct{ group, version, kind, ns, name string }

// clusterScoped lists the kinds that Kustomize knows to have no namespace.
var clusterScoped = setOf("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole",
	"ClusterRoleBinding", "ComponentStatus", "CustomResourceDefinition", "FlowSchema", "IngressClass",
	"MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PodSecurityPolicy", "PriorityClass",
	"PriorityLevelConfiguration", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment")

func setOf(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// namespaceless reports whether the kind is one of Kubernetes' own without a
// namespace; Kustomize knows no others.
func (id ident) namespaceless() bool {
	return clusterScoped[id.kind] && builtinGroup(id.group)
}

// builtinGroup reports whether a group's kinds are in Kustomize's own schema.
func builtinGroup(group string) bool {
	switch group {
	case "", "apps", "batch", "policy", "autoscaling", "extensions":
		return true
	}
	return strings.HasSuffix(group, ".k8s.io")
}

func (id ident) effectiveNS() string {
	switch {
	case id.namespaceless():
		return ""
	case id.ns == "":
		return "default"
	}
	return id.ns
}

func (id ident) equals(o ident) bool {
	return id.kind == o.kind && id.name == o.name && id.group == o.group && id.version == o.version &&
		id.effectiveNS() == o.effectiveNS()
}

// identOf reads an object's own identity; ok is false where it is no object.
func identOf(n *node) (id ident, ok bool) {
	id.group, id.version = model.SplitAPIVersion(n.str("apiVersion"))
	id.kind, id.name, id.ns = n.str("kind"), cmp.Or(n.str("metadata", "name"), n.str("metadata", "generateName")), n.str("metadata", "namespace")
	return id, id.kind != "" && id.name != ""
}

// link is one step of the way from a target's kustomization to a declaration:
// an entry of a list in a kustomization file.
type link struct {
	dir   string // whose kustomization holds the entry
	field string // resources, components, configMapGenerator, secretGenerator
	entry string // the path it leads to, or the generator's name
	at    place  // the entry
	inner *link
}

// object follows one object through the layers. What happens to its content is
// only noted, and done for the few objects that somebody asks for.
type object struct {
	id    ident
	prev  []ident // what it was called before, oldest first
	root  *node   // content before todo
	todo  *step
	made  *node // content after todo, once asked for
	decl  place
	chain *link
	names []part // what its name is made of besides the original, last writer first
	hash  bool   // its name gets a suffix made of its content
	gen   *node  // the generator's entry
	gone  place  // the patch that deleted it
	bare  bool   // nothing but its identity is known
	moved bool   // nor, of a bare one, the namespace that it came with

	outside bool // what patches write into one from elsewhere; no file here declares it
}

// step is a pending change of an object's content.
type step struct {
	before *step
	do     func(*node)
}

// then notes a change of content for later.
func (o *object) then(do func(*node)) {
	o.todo, o.made = &step{before: o.todo, do: do}, nil
}

// content is the object as the layers so far have made it; not to be changed.
func (o *object) content() *node {
	if o.todo == nil {
		return o.root
	}
	if o.made == nil {
		var steps []*step
		for s := o.todo; s != nil; s = s.before {
			steps = append(steps, s)
		}
		n := o.root.clone()
		for _, s := range slices.Backward(steps) {
			s.do(n)
		}
		o.made = n
	}
	return o.made
}

// copy is the object for a further layer.
func (o *object) copy() *object {
	c := *o
	if c.made != nil {
		c.root, c.made, c.todo = c.made, nil, nil
	}
	c.prev = slices.Clip(c.prev)
	c.names = slices.Clip(c.names)
	return &c
}

// rename gives the object another identity and remembers the old one.
func (o *object) rename(id ident) {
	if n := len(o.prev); n == 0 || o.prev[n-1] != o.id {
		o.prev = append(o.prev, o.id)
	}
	o.id = id
}

func (o *object) original() ident {
	if len(o.prev) > 0 {
		return o.prev[0]
	}
	return o.id
}

// known reports whether the object is or was called so.
func (o *object) known(match func(ident) bool) bool {
	return match(o.id) || slices.ContainsFunc(o.prev, match)
}

// selector picks the targets of a patch.
type selector struct {
	group, version, kind, name, ns *regexp.Regexp
	labels, annotations            string
}

// newSelector reads a patch's target; ok is false when a pattern is invalid.
func newSelector(n *node) (sel selector, ok bool) {
	ok = true
	compile := func(pattern string) *regexp.Regexp {
		if pattern == "" {
			return nil
		}
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		ok = ok && err == nil
		return re
	}
	sel = selector{
		group: compile(n.str("group")), version: compile(n.str("version")), kind: compile(n.str("kind")),
		name: compile(n.str("name")), ns: compile(n.str("namespace")),
		labels: n.str("labelSelector"), annotations: n.str("annotationSelector"),
	}
	return sel, ok
}

func allows(re *regexp.Regexp, texts ...string) bool {
	return re == nil || slices.ContainsFunc(texts, re.MatchString)
}

func (sel selector) picks(o *object) bool {
	org := o.original()
	return allows(sel.ns, org.effectiveNS(), o.id.effectiveNS()) && allows(sel.name, org.name, o.id.name) &&
		allows(sel.group, o.id.group) && allows(sel.version, o.id.version) && allows(sel.kind, o.id.kind) &&
		sel.picksMeta(o)
}

func (sel selector) picksMeta(o *object) bool {
	return (sel.labels == "" || matchLabels(sel.labels, o.content().get("metadata", "labels"))) &&
		(sel.annotations == "" || matchLabels(sel.annotations, o.content().get("metadata", "annotations")))
}

var inExpr = regexp.MustCompile(`^(\S+)\s+(in|notin)\s*\(([^)]*)\)$`)

// matchLabels holds a label selection expression against a map.
func matchLabels(expr string, have *node) bool {
	for _, req := range requirements(expr) {
		if !matchRequirement(strings.TrimSpace(req), have) {
			return false
		}
	}
	return true
}

// requirements splits an expression at the commas outside parentheses.
func requirements(expr string) (out []string) {
	depth, start := 0, 0
	for i, r := range expr {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, expr[start:i])
				start = i + 1
			}
		}
	}
	return append(out, expr[start:])
}

func matchRequirement(req string, have *node) bool {
	if m := inExpr.FindStringSubmatch(req); m != nil {
		v := have.get(m[1])
		found := v != nil && slices.ContainsFunc(strings.Split(m[3], ","), func(s string) bool {
			return strings.TrimSpace(s) == v.text
		})
		return found == (m[2] == "in")
	}
	for _, op := range []string{"!=", "==", "="} {
		if key, want, ok := strings.Cut(req, op); ok {
			v := have.get(strings.TrimSpace(key))
			equal := v != nil && v.text == strings.TrimSpace(want)
			return equal == (op != "!=")
		}
	}
	if key, not := strings.CutPrefix(req, "!"); not {
		return have.get(strings.TrimSpace(key)) == nil
	}
	return have.get(req) != nil
}
