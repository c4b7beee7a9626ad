package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	registration "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Binding says where a policy applies, and what a refusal does.
type Binding struct {
	Name, Policy string
	Denies       bool // else a refusal warns, or stands in the audit log
	spec         registration.ValidatingAdmissionPolicyBindingSpec
}

// ReadBinding reads a rendered ValidatingAdmissionPolicyBinding; ok is false for
// one that cannot be read.
func ReadBinding(o *model.Object) (b Binding, ok bool) {
	var whole registration.ValidatingAdmissionPolicyBinding
	if json.Unmarshal(o.JSON(), &whole) != nil {
		return Binding{}, false
	}
	return Binding{Name: o.ID.Name, Policy: whole.Spec.PolicyName, spec: whole.Spec,
		Denies: slices.Contains(whole.Spec.ValidationActions, registration.Deny)}, true
}

// Param is where a binding's parameters are.
type Param struct {
	Name      string // "" is by Selector
	Namespace string // "" is the request's, where the kind has one
	Selector  labels.Selector
}

// Param gives where the parameters are; ok is false where the binding names
// none.
func (b Binding) Param() (p Param, ok bool) {
	ref := b.spec.ParamRef
	if ref == nil {
		return Param{}, false
	}
	p = Param{Name: ref.Name, Namespace: ref.Namespace, Selector: labels.Nothing()}
	if ref.Selector != nil {
		if s, err := metav1.LabelSelectorAsSelector(ref.Selector); err == nil {
			p.Selector = s
		}
	}
	return p, true
}

// Match reports whether a policy and its binding speak of a request, and why
// that cannot be said.
func (a *Admission) Match(b Binding, r Request) Verdict {
	if a.spec.MatchConstraints == nil || rules.IsExemptAdmissionConfigurationResource(r.attributes()) {
		return Verdict{Answer: Fails}
	}
	for _, m := range []*registration.MatchResources{a.spec.MatchConstraints, b.spec.MatchResources} {
		if m == nil {
			continue
		}
		if v := match(m, r); v.Answer != Holds {
			return v
		}
	}
	return Verdict{Answer: Holds}
}

// match is the API server's order: what is excluded, what is included, then the
// selectors, which may not be known.
func match(m *registration.MatchResources, r Request) Verdict {
	attributes := r.attributes()
	for _, rule := range m.ExcludeResourceRules {
		if applies(rule, attributes, r) {
			return Verdict{Answer: Fails}
		}
	}
	if len(m.ResourceRules) > 0 && !slices.ContainsFunc(m.ResourceRules, func(rule registration.NamedRuleWithOperations) bool { return applies(rule, attributes, r) }) {
		return equivalent(m, r)
	}
	if v := r.selectedByLabels(m.ObjectSelector); v.Answer != Holds {
		return v
	}
	return r.selectedByNamespace(m.NamespaceSelector)
}

func applies(rule registration.NamedRuleWithOperations, attributes admission.Attributes, r Request) bool {
	matcher := rules.Matcher{Rule: rule.RuleWithOperations, Attr: attributes}
	return matcher.Matches() && (len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.Object.ID.Name))
}

// equivalent: the API server would convert the object to a version that a rule
// names; that cannot be done here.
func equivalent(m *registration.MatchResources, r Request) Verdict {
	if m.MatchPolicy != nil && *m.MatchPolicy == registration.Exact {
		return Verdict{Answer: Fails}
	}
	for _, rule := range m.ResourceRules {
		rule.APIVersions = []string{"*"}
		if applies(rule, r.attributes(), r) {
			return Verdict{Why: "the policy reads it in another version"}
		}
	}
	return Verdict{Answer: Fails}
}

// unnamed is where an object lands that names no namespace, unless told.
const unnamed = "default"

func (r Request) attributes() admission.Attributes {
	id := r.Object.ID
	namespace := id.Namespace
	if namespace == "" && r.Namespaced {
		namespace = unnamed
	}
	return admission.NewAttributesRecord(nil, nil, schema.GroupVersionKind{Group: id.Group, Version: id.Version, Kind: id.Kind}, namespace, id.Name,
		schema.GroupVersionResource{Group: id.Group, Version: id.Version, Resource: r.Resource}, "", admission.Operation(r.operation()), nil, false, nil)
}

// selectedByLabels: either the object or what it was must carry the labels.
func (r Request) selectedByLabels(by *metav1.LabelSelector) Verdict {
	selector, v := read(by)
	if selector == nil || selector.Empty() {
		return v
	}
	for _, o := range []*model.Object{r.Object, r.Old} {
		if o != nil && selector.Matches(labelsOf(o)) {
			return v
		}
	}
	return Verdict{Answer: Fails}
}

// selectedByNamespace: an object without a namespace is always selected; a
// Namespace is by its own labels.
func (r Request) selectedByNamespace(by *metav1.LabelSelector) Verdict {
	selector, v := read(by)
	id := r.Object.ID
	isNamespace := id.Kind == "Namespace" && id.Group == ""
	if selector == nil || selector.Empty() || !r.Namespaced && !isNamespace {
		return v
	}
	if id.Namespace == "" && !isNamespace {
		return Verdict{Why: "the object names no namespace, and the policy goes by it"}
	}
	in, name, known := r.Namespace, id.Namespace, r.Namespace != nil
	if isNamespace {
		in, name, known = r.Object, id.Name, true
	}
	have := labels.Set{nameLabel: name}
	if known {
		for k, v := range labelsOf(in) {
			have[k] = v
		}
		have[nameLabel] = name
	}
	requirements, _ := selector.Requirements()
	for _, q := range requirements {
		switch {
		case q.Key() != nameLabel && !known:
			v = Verdict{Why: fmt.Sprintf("the policy goes by the label `%s` of the Namespace `%s`, which is not rendered here", q.Key(), name)}
		case !q.Matches(have):
			return Verdict{Answer: Fails}
		}
	}
	return v
}

// read gives a selector; nil and a verdict where it is none that can be read.
func read(by *metav1.LabelSelector) (labels.Selector, Verdict) {
	if by == nil {
		return nil, Verdict{Answer: Holds}
	}
	s, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		return nil, Verdict{Why: "a selector of the policy cannot be read"}
	}
	return s, Verdict{Answer: Holds}
}

func labelsOf(o *model.Object) labels.Set {
	metadata, _ := o.Fields()["metadata"].(map[string]any)
	have, _ := metadata["labels"].(map[string]any)
	out := labels.Set{}
	for k, v := range have {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	return out
}

// Plural guesses the resource's name of a kind, as Kubernetes' own guess does,
// which is right for the built-in kinds; what is defined by a CRD says it itself.
func Plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case name == "endpoints":
		return name // the guess is for singulars
	case vowelY.MatchString(name):
		return name + "s" // gateways, which is in no list of the guess
	}
	plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Kind: kind})
	return plural.Resource
}

var vowelY = pattern.New(`[aeiou]y$`)
