package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

var schemaInvalid = &review.Check{
	ID: "schema-invalid", OneCause: true, Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.APIVersions, review.Workloads},
	Doc: review.Doc{
		Title: "the API server will refuse this",
		What: "Checks every object against the schema of its kind: fields that do not exist at their place (wrong indentation, a misspelling), values of the wrong type, missing fields, values that are not allowed, kinds that do not exist, and containers that request more than their limit. " +
			"Built-in kinds are checked against Kubernetes 1.29 to 1.36: against the version under `kubernetes:` in the repository's file; without it, only what all these versions refuse counts. " +
			"Custom kinds are checked against the CustomResourceDefinition that the same cluster renders, with its patterns, bounds and CEL rules. For kinds of well-known projects whose definition is not in the repository (Flux, Gateway API, cert-manager, prometheus-operator, Kyverno, Istio, External Secrets, KEDA, Argo CD and others), embedded definitions of several releases are used. They report fields that are misplaced, misspelled, of the wrong type, missing, or of a value that is not allowed in all these releases. Of a field of Flux' objects that none of them has it is said that it is not certain: a newer release may have it. " +
			"For other custom kinds only the metadata is checked; encrypted and unresolved values are left alone.",
		Why:    "`kubectl apply`, and server-side apply as Flux uses it, refuse the object, and with Flux the whole Kustomization fails. If validation is switched off, or Helm 3 applies the object, the field is dropped silently: probes, limits or a security context in the file are not in the cluster.",
		Fix:    "Add, move or rename the field, or give the value the type that the message names. If a chart creates the object, correct the value that it uses.",
		Verify: "kubectl apply --dry-run=server -f FILE; kubectl explain KIND.spec",
		Waive:  "The cluster serves another version of the schema than the message names.",
		Effort: "small",
		Bad:    "spec:\n  containers:\n  - name: app\n    image: shop/app:1.4.2\n  livenessProbe: {tcpSocket: {port: 80}}",
		Good:   "spec:\n  containers:\n  - name: app\n    image: shop/app:1.4.2\n    livenessProbe: {tcpSocket: {port: 80}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		definitions := definitionsFor(p, o)
		for _, found := range schemaProblems(p, o, definitions) {
			if found.Sort == schema.Unasked {
				p.Report(unasked(o, found))
				continue
			}
			if found.Sort == schema.NotAllowed && strings.Contains(found.Text, durationPattern) && strings.HasSuffix(o.ID.Group, ".fluxcd.io") {
				continue // flux-field-refused
			}
			p.Report(schemaHit(p, o, found))
		}
		requestsAboveLimits(p, o)
		if o.ID.GroupKind() == definitionKind {
			narrowed(p, o)
			kindTaken(p, o)
		}
	}),
}

// durationPattern is in the pattern of a duration in Flux's definitions.
const durationPattern = `(ms|s|m`

const definitionKind = kube.CustomResourceDefinition

// requestsAboveLimits reports containers that request more than they may use.
func requestsAboveLimits(p *review.Pass, o *model.Object) {
	for _, c := range review.ContainersOf(o) {
		requests, limits := review.Map(c.Fields, "resources", "requests"), review.Map(c.Fields, "resources", "limits")
		for _, name := range slices.Sorted(maps.Keys(requests)) {
			asked, ok := kube.Quantity(requests[name])
			most, limited := kube.Quantity(limits[name])
			if !ok || !limited || asked.Cmp(most) <= 0 {
				continue
			}
			at := "requests"
			if old, had := p.ContainerBefore(c); had && old.Field("resources", "requests", name) == requests[name] {
				at = "limits" // which the change lowered
			}
			p.Report(review.Hit{Object: o, Field: c.At("resources", at, name), Key: "request " + c.Key() + " " + name, Title: "request above its limit",
				Message: fmt.Sprintf("%s, requests %v of %s and may use %v: the API server refuses that.", c, requests[name], name, limits[name])})
		}
	}
}

// budgetOfRules bounds what the CEL rules of CustomResourceDefinitions may cost
// on one object; the review has a bound of its own.
const budgetOfRules = 1_000_000

func schemaProblems(p *review.Pass, o *model.Object, definitions []*schema.Definition) []schema.Problem {
	q := schema.Question{Object: o, Kubernetes: p.Kubernetes, Definitions: definitions, Budget: budgetOfRules, Resolved: flux.Resolved(p, o)}
	left := true
	for _, d := range definitions {
		cost := int64(0)
		if p.Once(d.Digest(o.ID.Version)) {
			cost = d.Cost(o.ID.Version)
		}
		left = p.Spend(cost)
	}
	if !left {
		p.Report(review.Hit{Object: o, Key: "unread", Verdict: review.NotAnswered, Title: "not all custom kinds were looked at",
			Message: "The CustomResourceDefinitions cost more than a review may spend; " + o.ID.String() + " and others were not checked against theirs."})
		return nil
	}
	list, cost := schema.Problems(q)
	p.Spend(cost)
	for _, found := range list {
		if found.Panic != nil {
			p.Recovered("schema", found.Panic.Value, found.Panic.Stack)
		}
	}
	return list
}

// definitionsFor gives the CustomResourceDefinitions of an object's kind that its
// clusters render, those that come with it before others.
func definitionsFor(p *review.Pass, o *model.Object) (out []*schema.Definition) {
	if schema.BuiltIn(o.ID) {
		return nil
	}
	for _, c := range p.Homes(o) {
		for _, crd := range c.Near(o, incumbents(p, definitionsOf(c)[o.ID.GroupKind()])) {
			out = append(out, schema.ReadDefinition(crd))
		}
	}
	return out
}

// definitionsOf gives a cluster's CustomResourceDefinitions by the kind that they
// define.
func definitionsOf(c *review.Cluster) map[string][]*model.Object {
	return c.Made("definitions", func() any {
		out := map[string][]*model.Object{}
		for _, crd := range c.Kind(definitionKind) {
			if d := schema.ReadDefinition(crd); d != nil && d.Sound() {
				out[d.Kind()] = append(out[d.Kind()], crd)
			}
		}
		return out
	}).(map[string][]*model.Object)
}

// incumbents gives, of definitions of one kind, those that were there before the
// change where there are any: the API server gives a kind to who has it already,
// and another definition of it is never served.
func incumbents(p *review.Pass, of []*model.Object) []*model.Object {
	var old []*model.Object
	for _, crd := range of {
		if was := p.Before(crd); was != nil && was.ID.Name == crd.ID.Name {
			old = append(old, crd)
		}
	}
	if len(old) == 0 {
		return of
	}
	return slices.DeleteFunc(slices.Clone(of), func(crd *model.Object) bool {
		return !slices.ContainsFunc(old, func(o *model.Object) bool { return o.ID.Name == crd.ID.Name })
	})
}

// kindTaken tells of a definition whose kind another one has.
func kindTaken(p *review.Pass, crd *model.Object) {
	d := schema.ReadDefinition(crd)
	if d == nil {
		return
	}
	if !d.Sound() && !strings.ContainsAny(crd.ID.Name, "${}<>()") {
		p.Report(review.Hit{Object: crd, Field: "/metadata/name", Key: "name", Title: schema.NotAllowed.Title(), Severity: review.High, Verdict: review.Sure,
			Message: fmt.Sprintf("%s: the name must be that of `spec.names.plural`, a dot and `spec.group`. The apply is refused.", crd.ID)})
		return
	}
	for _, c := range p.Homes(crd) {
		of := definitionsOf(c)[d.Kind()]
		for _, other := range incumbents(p, of) {
			if other.ID.Name == crd.ID.Name || slices.ContainsFunc(incumbents(p, of), func(o *model.Object) bool { return o.ID.Name == crd.ID.Name }) && crd.ID.Name < other.ID.Name {
				continue
			}
			p.Report(review.Hit{Object: crd, Field: "/spec/names/kind", Key: "kind taken", Title: "kind is defined twice", Severity: review.High, Verdict: review.Sure, Related: []*model.Object{other},
				Message: fmt.Sprintf("%s defines the kind of %s. The API server serves only one of them, and reports this only in the status of the other.", crd.ID, other.ID)})
			return
		}
	}
}

// unasked tells that an object was not held against all that its definition says:
// the pull request may have made it so.
func unasked(o *model.Object, found schema.Problem) review.Hit {
	return review.Hit{Object: o, Key: found.Key, Verdict: review.NotAnswered, Title: found.Sort.Title(),
		Message: fmt.Sprintf("%s was not checked against all of its definition: %s.", o.ID, found.Text)}
}

// refusals leaves out what could not be found out.
func refusals(list []schema.Problem) []schema.Problem {
	return slices.DeleteFunc(list, func(p schema.Problem) bool { return p.Sort == schema.Unasked })
}

func schemaHit(p *review.Pass, o *model.Object, found schema.Problem) review.Hit {
	h := review.Hit{Object: o, Field: found.Field, Key: found.Key, Meant: found.Meant(), Title: found.Sort.Title(), Measure: found.Fields, Verdict: review.Sure, Severity: review.High}
	verdict := "The apply is refused"
	switch {
	case found.Sort == schema.Unknown && onlyByHelm(p, o):
		h.Severity, verdict = review.Medium, "Helm 4 is refused; Helm 3 drops the field silently"
	case o.ID.Kind == "StatefulSet" && strings.HasPrefix(found.Field, "/spec/template/spec/") && (found.Sort == schema.Missing || found.Sort == schema.NotAllowed):
		verdict = "The API server takes the StatefulSet unread, and refuses every pod of it"
	case found.Sort == schema.Missing:
		verdict = "The API server refuses to create it"
	}
	if found.Against != "" {
		verdict += ", by " + found.Against
	}
	if found.Doubt {
		h.Severity, h.Verdict, h.Searched = review.Medium, review.NotSeen, []string{found.Against}
		verdict = "It does nothing by " + found.Against + ", unless the cluster runs a newer one"
	}
	h.Message = fmt.Sprintf("%s: %s. %s.", o.ID, found.Text, verdict)
	if strings.HasSuffix(found.Text, "?") {
		h.Message = fmt.Sprintf("%s: %s %s.", o.ID, found.Text, verdict)
	}
	h.Message += strayContainer(p, o, found)
	return h
}

// strayContainer says of a missing image that the container came by a name which none had;
// "" of any other problem.
func strayContainer(p *review.Pass, o *model.Object, found schema.Problem) string {
	for _, c := range review.ContainersOf(o) {
		if found.Sort != schema.Missing || found.Field != c.At("image") || !p.Stray(c) {
			continue
		}
		var others []string
		for _, b := range review.ContainersOf(p.Before(o)) {
			others = append(others, b.Name)
		}
		return fmt.Sprintf(" The container `%s` is new; before, it had %s: perhaps that was meant.", c.Name, text.Some(text.Code(others)))
	}
	return ""
}

// onlyByHelm reports whether releases alone apply an object.
func onlyByHelm(p *review.Pass, o *model.Object) bool {
	seen := false
	for _, c := range p.Homes(o) {
		for _, t := range c.Targets(o) {
			if !strings.HasPrefix(t, "helm:") {
				return false
			}
			seen = true
		}
	}
	return seen
}

// narrowed tells of objects that the change leaves alone, and whose changed
// CustomResourceDefinition refuses them from now on.
func narrowed(p *review.Pass, crd *model.Object) {
	old := p.Before(crd)
	if p.Audit || p.Side != model.Head || old == nil || old == crd {
		return
	}
	was, is := schema.ReadDefinition(old), schema.ReadDefinition(crd)
	if was == nil || is == nil {
		return
	}
	group := review.Text(crd.Fields(), "spec", "group")
	for _, c := range p.Homes(crd) {
		for _, o := range c.Kind(review.Text(crd.Fields(), "spec", "names", "kind") + "." + group) {
			if p.Before(o) != o || len(refusals(schemaProblems(p, o, []*schema.Definition{was}))) > 0 {
				continue
			}
			for _, found := range refusals(schemaProblems(p, o, []*schema.Definition{is})) {
				h := schemaHit(p, o, found)
				h.Targets, h.Related = c.Targets(o), []*model.Object{crd}
				p.Report(h)
			}
		}
	}
}
