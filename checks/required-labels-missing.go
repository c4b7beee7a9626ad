package checks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// requiredLabelsOptions can be set in the repository's file.
type requiredLabelsOptions struct {
	// Labels are the keys that every workload and Namespace must carry.
	Labels []string `json:"labels"`
	// Annotations are the keys of annotations that they must carry.
	Annotations []string `json:"annotations"`
	// Values are what a label must say, by its key.
	Values map[string]string `json:"values"`
}

var requiredLabelsMissing = &review.Check{
	ID: "required-labels-missing", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Ownership},
	Options: &requiredLabelsOptions{},
	Doc: review.Doc{
		Title:  "required label missing",
		What:   "Looks at workloads and Namespaces, as rendered, for the labels and annotations that the repository's file requires (`labels`, `annotations`, and `values` of labels). Without such a list it reports nothing.",
		Why:    "Labels name the owner of an object. Without them, nobody can be found for its costs, alerts and incidents.",
		Fix:    "Add them once, in the kustomization: `labels: [{pairs: {team: shop}}]`.",
		Verify: "kubectl get deploy,sts,ds -A -L LABEL",
		Waive:  "An object without a particular owner.",
		Effort: "small",
		Bad:    "metadata: {name: web}",
		Good:   "metadata: {name: web, labels: {team: shop}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if _, workload := review.PodOf(o); !workload && o.ID.GroupKind() != kube.Namespace {
			return
		}
		options := p.Options.(*requiredLabelsOptions)
		have := review.Labels(o.Fields(), "metadata", "labels")
		reportLacks(p, o, "label", options.Labels)
		reportLacks(p, o, "annotation", options.Annotations)
		for _, key := range slices.Sorted(maps.Keys(options.Values)) {
			if want := options.Values[key]; have[key] != "" && have[key] != want {
				p.Report(review.Hit{Object: o, Field: review.Pointer("metadata", "labels", key), Title: "label with another value",
					Message: fmt.Sprintf("%s: the label `%s` is `%s` and must be `%s`.", o.ID, key, have[key], want)})
			}
		}
	}),
}

// reportLacks reports the labels or annotations of a list that an object does
// not have.
func reportLacks(p *review.Pass, o *model.Object, what string, keys []string) {
	have := review.Labels(o.Fields(), "metadata", what+"s")
	var missing []string
	for _, key := range keys {
		if have[key] == "" {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		p.Report(review.Hit{Object: o, Field: review.Pointer("metadata", what+"s", missing[0]), Key: what + "s", Measure: len(missing),
			Message: fmt.Sprintf("%s lacks the %s %s.", o.ID, what, text.And(text.Code(missing)))})
	}
}
