package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// workloadConventionsOptions can be set in the repository's file.
type workloadConventionsOptions struct {
	// Require are the conventions that workloads are held to.
	Require []convention `json:"require"`
}

// convention is the name of a rule on which good teams differ.
type convention string

// UnmarshalText refuses a name that no convention has.
func (c *convention) UnmarshalText(text []byte) error {
	known := make([]string, len(conventions))
	for i, r := range conventions {
		known[i] = string(r.name)
	}
	if !slices.Contains(known, string(text)) {
		return fmt.Errorf("there is no convention %q; there are %s", text, strings.Join(known, ", "))
	}
	*c = convention(text)
	return nil
}

var workloadConventions = &review.Check{
	ID: "workload-conventions", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Ownership},
	Options: &workloadConventionsOptions{},
	Doc: review.Doc{
		Title:  "workload breaks a convention",
		What:   "Holds workloads to the conventions that the repository's file lists, one finding a workload. Without a list it is silent: each of these is right for some teams, and most good manifests break it. There are " + conventionList() + ".",
		Why:    "A convention is worth something when everything keeps to it; nobody sees in a review that the forty-first Deployment is the first without a priority class.",
		Fix:    "Set what the message names, or take the convention off the list.",
		Verify: "seaworthy audit --repo .",
		Waive:  "A workload to which the convention does not fit; or switch it off for all.",
		Effort: "small",
		Bad:    "# checks: {workload-conventions: {options: {require: [priority-class]}}}\nspec: {containers: […]}",
		Good:   "spec: {priorityClassName: shop-standard, containers: […]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		wanted := p.Options.(*workloadConventionsOptions).Require
		p.Looked(0)
		if len(wanted) == 0 {
			return
		}
		var isolated func(*model.Object) bool
		if slices.Contains(wanted, "network-policy") {
			isolated = isolatedIn(c)
		}
		for _, o := range c.Objects {
			subject := conventionSubject{pass: p, cluster: c, object: o, isolated: isolated}
			subject.pod, subject.workload = review.PodOf(o)
			if !subject.workload && o.ID.GroupKind() != hpaKind && o.ID.GroupKind() != pdbKind {
				continue
			}
			p.Looked(1)
			subject.report(wanted)
		}
	}),
}

// conventionSubject is what a convention is asked about.
type conventionSubject struct {
	pass     *review.Pass
	cluster  *review.Cluster
	object   *model.Object
	pod      review.Pod
	workload bool
	isolated func(*model.Object) bool // by a NetworkPolicy; nil where nobody asks
}

func (s conventionSubject) report(wanted []convention) {
	var broken []string
	for _, r := range conventions {
		if !slices.Contains(wanted, r.name) {
			continue
		}
		if what := r.broken(s); what != "" {
			broken = append(broken, fmt.Sprintf("`%s` (%s)", r.name, what))
		}
	}
	if len(broken) == 0 {
		return
	}
	field := "/spec"
	if s.workload {
		field = s.pod.Pointer
	}
	s.pass.Report(review.Hit{Object: s.object, Field: field, Key: "conventions", Measure: len(broken),
		Message: fmt.Sprintf("%s breaks %s.", s.object.ID, and(broken))})
}

// conventionList names the conventions as prose, for the docs.
func conventionList() string {
	list := make([]string, len(conventions))
	for i, r := range conventions {
		list[i] = fmt.Sprintf("`%s` (%s)", r.name, r.asks)
	}
	return and(list)
}
