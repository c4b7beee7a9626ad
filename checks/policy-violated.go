package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var policyViolated = &review.Check{
	ID: "policy-violated", Area: review.Operations, Tags: []review.Tag{review.Policies}, Severity: review.High,
	Doc: review.Doc{
		Title: "a policy of the cluster refuses this",
		What: "Runs the ValidatingAdmissionPolicies that the cluster's targets render against the objects that they render, if a binding with `Deny` (high) or with `Warn` or `Audit` (low) applies them. Supports constraints, selectors if the Namespaces are rendered here, match conditions, variables, and parameters that are rendered here. " +
			"A policy that the change weakens or removes still counts in its old form. A policy whose expressions do not compile is reported, whether or not a binding applies it. The result is unknown if it depends on who applies, on the authorizer, on hidden values or on defaults of the API server. Kyverno policies are not run: Seaworthy has no engine for them.",
		Why:    "The API server refuses the object. With Flux the whole Kustomization fails, and nothing else in it is applied.",
		Fix:    "Change what the policy's message names, or change the policy first, in a separate change.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "The cluster has an exemption that is not in this repository.",
		Effort: "small",
		Bad:    "# policy: object.spec.replicas >= 2\nspec: {replicas: 1}",
		Good:   "spec: {replicas: 2}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		run := admissions(p, c)
		if run.unread != nil {
			p.Report(review.Hit{Object: run.unread, Key: "unread", Verdict: review.NotAnswered, Title: "not all policies of the cluster were run",
				Message: "The policies are larger than a review reads; those from " + run.unread.ID.String() + " on were not run."})
		}
		for _, a := range run.all {
			run.readable(a)
		}
		run.unbound()
		if len(run.all) == 0 {
			return
		}
		for _, o := range c.Objects {
			run.object(o)
		}
	}),
}

const (
	admissionGroup = "admissionregistration.k8s.io"
	policyKind     = "ValidatingAdmissionPolicy." + admissionGroup
	bindingKind    = "ValidatingAdmissionPolicyBinding." + admissionGroup
)

// bound is a policy where a binding applies it.
type bound struct {
	object  *model.Object // the policy
	binding *model.Object
	policy  *policy.Admission
	policy.Binding
	old bool // it is base's, and head has another one or none
}

type admissionRun struct {
	pass    *review.Pass
	cluster *review.Cluster
	all     []bound
	crds    map[string]*model.Object // by GroupKind of what they define
	unread  *model.Object            // the first policy that was too much; nil for none
}

// admissions collects what applies in a cluster: its own, and what base had
// where the change takes it away or alters it.
func admissions(p *review.Pass, c *review.Cluster) *admissionRun {
	run := &admissionRun{pass: p, cluster: c, crds: map[string]*model.Object{}}
	run.all = run.boundIn(c)
	if c.Before != nil && !p.Audit {
		same := map[string]bool{}
		for _, a := range run.all {
			same[a.object.Sum+" "+a.binding.Sum] = true
		}
		for _, b := range run.boundIn(c.Before) {
			if !same[b.object.Sum+" "+b.binding.Sum] {
				b.old = true
				run.all = append(run.all, b)
			}
		}
	}
	for _, o := range c.Kind(kube.CustomResourceDefinition) {
		id := model.ObjectID{Group: review.Text(o.Fields(), "spec", "group"), Kind: review.Text(o.Fields(), "spec", "names", "kind")}
		run.crds[id.GroupKind()] = o
	}
	return run
}

func (r *admissionRun) boundIn(c *review.Cluster) (out []bound) {
	read := map[*model.Object]*policy.Admission{}
	for _, o := range c.Kind(bindingKind) {
		b, ok := policy.ReadBinding(o)
		if !ok {
			continue
		}
		for _, a := range c.Near(o, c.Named(policyKind, "", b.Policy)) {
			if read[a] == nil {
				if !r.pass.Spend(policy.ReadCost(a)) {
					r.unread = a
					return out
				}
				read[a] = policy.ReadAdmission(a)
			}
			out = append(out, bound{object: a, binding: o, policy: read[a], Binding: b})
		}
	}
	return out
}

// readable tells of a policy that the API server would refuse itself.
func (r *admissionRun) readable(a bound) {
	if !a.old {
		r.wrong(a.object, a.policy)
	}
}

// unbound tells of those among the policies that nothing binds: they are refused as well.
func (r *admissionRun) unbound() {
	for _, o := range r.cluster.Kind(policyKind) {
		if slices.ContainsFunc(r.all, func(b bound) bool { return b.object == o }) {
			continue
		}
		if !r.pass.Spend(policy.ReadCost(o)) {
			return
		}
		r.wrong(o, policy.ReadAdmission(o))
	}
}

func (r *admissionRun) wrong(o *model.Object, a *policy.Admission) {
	if len(a.Wrong) > 0 {
		r.pass.Report(review.Hit{Object: o, Field: a.At, Key: "wrong", Verdict: review.Sure, Title: "a policy does not compile",
			Message: fmt.Sprintf("%s will be refused by the API server: %s.", o.ID, strings.Join(a.Wrong, "; "))})
	}
}

// object asks every policy about one object; of two that say the same the worse
// is told.
func (r *admissionRun) object(o *model.Object) {
	hits, request := map[string]review.Hit{}, r.request(o)
	var order []string
	for _, a := range r.applying(o) {
		for _, h := range r.ask(a, request) {
			old, known := hits[h.Key]
			if !known {
				order = append(order, h.Key)
			}
			if !known || h.Verdict.Known() && (!old.Verdict.Known() || h.Severity.Rank() > old.Severity.Rank()) {
				hits[h.Key] = h
			}
		}
	}
	for _, key := range order {
		r.pass.Report(hits[key])
	}
}

// applying gives the policies that may meet an object. Where a cluster has no
// name it may be several: those that come with the object are its own, if there
// are any.
func (r *admissionRun) applying(o *model.Object) []bound {
	if r.cluster.Name != "" {
		return r.all
	}
	var near []bound
	for _, a := range r.all {
		if r.together(o, a) {
			near = append(near, a)
		}
	}
	if len(near) > 0 {
		return near
	}
	return r.all
}

func (r *admissionRun) together(o *model.Object, a bound) bool {
	in := r.cluster
	if a.old {
		in = r.cluster.Before
	}
	for _, t := range r.cluster.Targets(o) {
		for _, u := range in.Targets(a.binding) {
			if t == u {
				return true
			}
		}
	}
	return false
}

// request is the object as it will come to the API server.
func (r *admissionRun) request(o *model.Object) policy.Request {
	q := policy.Request{Object: o, Old: r.pass.Before(o), Partial: r.pass.Partial(o), Resource: policy.Plural(o.ID.Kind), Namespaced: policy.Namespaced(o.ID)}
	if r.pass.Side == model.Base {
		q.Old = o // it is there already
	}
	if crd := r.crds[o.ID.GroupKind()]; crd != nil {
		q.Resource = review.Text(crd.Fields(), "spec", "names", "plural")
		q.Namespaced = review.Text(crd.Fields(), "spec", "scope") == "Namespaced"
	}
	if q.Namespaced && o.ID.Namespace != "" {
		if list := r.cluster.Near(o, r.cluster.Named(kube.Namespace, "", o.ID.Namespace)); len(list) == 1 {
			q.Namespace = list[0]
		}
	}
	return q
}

// ask gives what one policy says against a request.
func (r *admissionRun) ask(a bound, q policy.Request) []review.Hit {
	match := a.policy.Match(a.Binding, q)
	if match.Answer == policy.Fails || len(a.policy.Wrong) > 0 {
		return nil
	}
	if !r.pass.Spend(0) {
		return []review.Hit{r.hit(a, q, policy.Decision{Verdict: policy.Verdict{Why: "the review has spent what its policies may cost"}})}
	}
	params, why := r.params(a, q)
	if why != "" {
		return []review.Hit{r.hit(a, q, policy.Decision{Verdict: policy.Verdict{Why: why}})}
	}
	var out []review.Hit
	for _, q.Param = range params {
		decisions, cost := a.policy.Validate(q)
		r.pass.Spend(cost)
		for _, d := range decisions {
			if d.Panic != nil {
				r.pass.Recovered("policy", d.Panic.Value, d.Panic.Stack)
			}
			if match.Answer == policy.Unknown {
				d.Verdict = match
			}
			out = append(out, r.hit(a, q, d))
		}
	}
	return out
}

// params gives the parameters with which the binding runs the policy, one nil for
// a policy that reads none, or why they cannot be had.
func (r *admissionRun) params(a bound, q policy.Request) (list []*model.Object, why string) {
	kind, reads := a.policy.Parametric()
	if !reads {
		return []*model.Object{nil}, ""
	}
	at, ok := a.Param()
	if !ok {
		return nil, "its binding names no parameters"
	}
	namespace := at.Namespace
	if namespace == "" {
		namespace = q.Object.ID.Namespace
	}
	for _, o := range r.cluster.Kind(kind) {
		if !review.SameNamespace(o.ID.Namespace, namespace) {
			continue
		}
		if at.Name == o.ID.Name || at.Name == "" && policy.Selects(at.Selector, o) {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil, "its parameters are not rendered here"
	}
	return list, ""
}

func (r *admissionRun) hit(a bound, q policy.Request, d policy.Decision) review.Hit {
	h := review.Hit{Object: q.Object, Key: fmt.Sprintf("%s %d", a.Policy, d.Index), Severity: review.Low, Related: []*model.Object{a.object}}
	where := fmt.Sprintf("policy `%s`", a.Policy)
	if a.old {
		where += ", as it is before this change,"
	}
	does := "is accepted with a warning"
	if a.Denies {
		h.Severity, does = review.High, "will be rejected"
	}
	apart := r.cluster.Name == "" && !r.together(q.Object, a)
	switch {
	case d.Answer == policy.Unknown:
		h.Verdict = review.NotSeen
		h.Message = fmt.Sprintf("%s: what the %s says cannot be told from here: %s.", q.Object.ID, where, d.Why)
	case apart:
		h.Verdict = review.NotSeen
		h.Message = fmt.Sprintf("%s %s where the %s is applied to the same cluster; no target renders both. It says: %s.", q.Object.ID, does, where, strings.TrimSuffix(d.Message, "."))
	default:
		h.Message = fmt.Sprintf("%s %s: the %s (binding `%s`) says: %s.", q.Object.ID, does, where, a.Name, strings.TrimSuffix(d.Message, "."))
	}
	return h
}
