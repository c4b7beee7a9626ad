package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesKeyMismatch = &review.Check{
	ID: "helm-values-key-mismatch", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "values key does not exist",
		What:   "Looks for the `valuesKey` (default `values.yaml`) of a HelmRelease's `valuesFrom` in the ConfigMap or Secret, if that is rendered here, or what writes the Secret tells its keys. With `optional: true` a key may be absent: it is reported only if the change removes the key, or if the ConfigMap or Secret has a key that the release does not read.",
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
				secret := reference.To{Kind: kube.Secret, Namespace: v.Namespace, Name: v.Name}
				if writer := reference.Lacking(c, secret, v.Key); v.Kind == kube.Secret && !v.Optional && writer != nil {
					p.Report(review.Hit{Object: o, Field: fmt.Sprintf("/spec/valuesFrom/%d/valuesKey", i), Key: "values " + v.Name, Related: []*model.Object{writer},
						Message: fmt.Sprintf("%s reads the key `%s` of %s, which %s writes without it.", o.ID, v.Key, secret, writer.ID)})
					continue
				}
				holders := c.Own(o, c.Named(v.Kind, v.Namespace, v.Name))
				if len(holders) != 1 || kube.HasKey(holders[0], v.Key) || v.Optional && !dropped(p, o, v, holders[0]) {
					continue
				}
				p.Report(review.Hit{Object: o, Field: fmt.Sprintf("/spec/valuesFrom/%d/valuesKey", i), Key: "values " + v.Name, Related: holders,
					Message: fmt.Sprintf("%s reads the key `%s` of %s, which has no such key.", o.ID, v.Key, holders[0].ID)})
			}
		}
	}),
}

// dropped reports whether values get lost where an optional key is absent: the holder
// had it before, or has another one that the release reads nowhere.
func dropped(p *review.Pass, release *model.Object, v flux.ValueSource, holder *model.Object) bool {
	if old := p.Before(holder); old != nil && kube.HasKey(old, v.Key) {
		return true
	}
	read := map[string]bool{}
	for _, other := range flux.ValueSources(release) {
		if other.Kind == v.Kind && other.Name == v.Name {
			read[other.Key] = true
		}
	}
	for _, section := range []string{"data", "stringData", "binaryData"} {
		for key := range review.Map(holder.Fields(), section) {
			if !read[key] {
				return true
			}
		}
	}
	return false
}
