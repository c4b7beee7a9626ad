package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesKeyMismatch = &review.Check{
	ID: "helm-values-key-mismatch", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "values key does not exist",
		What:   "Looks for the `valuesKey` (default `values.yaml`) of a HelmRelease's `valuesFrom` in the ConfigMap or Secret, if that is rendered here.",
		Why:    "The release fails: `missing key`. With `optional: true` the chart's defaults apply again, without an error.",
		Fix:    "Use the same key in `valuesKey` and in the generator's `files: [KEY=FILE]`, in all tiers at once.",
		Verify: "kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data}' | jq keys",
		Waive:  "Never: the values are not read.",
		Effort: "small",
		Bad:    "valuesKey: values.yaml   # the Secret holds hardened.yaml",
		Good:   "valuesKey: hardened.yaml",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(flux.HelmRelease) {
			for i, v := range flux.ValueSources(o) {
				holders := c.Own(o, c.Named(v.Kind, v.Namespace, v.Name))
				if len(holders) != 1 || kube.HasKey(holders[0], v.Key) {
					continue
				}
				p.Report(review.Hit{Object: o, Field: fmt.Sprintf("/spec/valuesFrom/%d/valuesKey", i), Key: "values " + v.Name, Related: holders,
					Message: fmt.Sprintf("%s reads the key `%s` of %s, which has no such key.", o.ID, v.Key, holders[0].ID)})
			}
		}
	}),
}
