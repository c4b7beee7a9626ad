package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesSecretUnmatched = &review.Check{
	ID: "helm-values-secret-unmatched", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues, review.Secrets},
	Doc: review.Doc{
		Title:  "values of a release do not exist",
		What:   "Checks the ConfigMaps and Secrets that `valuesFrom` of HelmReleases names: required ones, and optional ones that existed before the change. Also looks for values that a release read before the change and no release reads now. In an audit, also looks for values that are named like a release and that no release reads, if that release names some that do not exist. An optional tier that never existed is left alone.",
		Why:    "A missing required one stops the release. A missing optional one is worse: the chart's defaults apply again without an error, for passwords, replicas and storage too.",
		Fix:    "Use the same name in the generator and in the release's `valuesFrom`, in the same namespace, without a generated suffix (`disableNameSuffixHash`).",
		Verify: "kubectl get helmrelease NAME -n NAMESPACE -o jsonpath='{.spec.valuesFrom}'; kubectl get secrets -n NAMESPACE",
		Waive:  "The values are created by hand, or the tier is removed on purpose.",
		Effort: "small",
		Bad:    "valuesFrom: [{kind: Secret, name: loki-values-overide, optional: true}]",
		Good:   "valuesFrom: [{kind: Secret, name: loki-values-override, optional: true}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: requiredValues, Made: reference.FromStore, Then: "The release will fail."}.Run(p, c)
		reference.Dangling{Of: optionalValues, Made: reference.FromStore, Then: "The chart's defaults come back in silence.", Quiet: true}.Run(p, c)
		unread(p, c)
	}),
}

func requiredValues(o *model.Object) []reference.To { return valuesReferences(o, false) }
func optionalValues(o *model.Object) []reference.To { return valuesReferences(o, true) }

func valuesReferences(o *model.Object, optional bool) []reference.To {
	var out []reference.To
	for _, v := range flux.ValueSources(o) {
		if v.Optional == optional {
			out = append(out, v.To)
		}
	}
	return out
}

// unread reports values that a release read before the change and that are
// still rendered, under a name that none reads now.
func unread(p *review.Pass, c *review.Cluster) {
	if p.Audit {
		neverRead(p, c)
	}
	if c.Before == nil {
		return
	}
	read, before := readValues(c), readValues(c.Before)
	for _, kind := range []string{kube.Secret, kube.ConfigMap} {
		for _, o := range c.Kind(kind) {
			old := p.Before(o)
			if old == nil || !before[old] || read[o] || old.ID.Name != o.ID.Name && lostName(c, old) {
				continue
			}
			p.Report(review.Hit{Object: o, Field: "/metadata/name", Title: "values are no longer read",
				Message: fmt.Sprintf("%s held values of a HelmRelease, and no HelmRelease reads it now. Its settings no longer apply.", o.ID)})
		}
	}
}

// neverRead reports, in an audit, values that no release reads, where a release beside
// them names some that are not there: one of the two names is wrong.
func neverRead(p *review.Pass, c *review.Cluster) {
	read := readValues(c)
	for _, kind := range []string{kube.Secret, kube.ConfigMap} {
		for _, o := range c.Kind(kind) {
			if read[o] || !strings.Contains(o.ID.Name, "values") || !holdsValues(o) {
				continue
			}
			for _, release := range c.Kind(flux.HelmRelease) {
				if lacks, ok := lackingValues(c, release, o); ok {
					p.Report(review.Hit{Object: o, Field: "/metadata/name", Key: "never read", Title: "values that no release reads", Related: []*model.Object{release}, Verdict: review.NotSeenIf(!c.Complete && !flux.SeenIn(p, c, o.ID.Namespace)),
						Message: fmt.Sprintf("%s holds values, and no HelmRelease reads it; %s names %s, which does not exist. Its settings do not apply.", o.ID, release.ID, lacks)})
					break
				}
			}
		}
	}
}

// holdsValues reports whether some key of a ConfigMap or Secret holds a map in YAML.
func holdsValues(o *model.Object) bool {
	for at, key := range o.Keys {
		if _, ok := key.YAML.(map[string]any); ok && (strings.HasPrefix(at, "/data/") || strings.HasPrefix(at, "/stringData/")) {
			return true
		}
	}
	return false
}

// lackingValues gives the values that a release names in the namespace of some others and
// that are not there, if those are called after the release or what is lacking goes on
// from their name.
func lackingValues(c *review.Cluster, release, o *model.Object) (reference.To, bool) {
	if !review.SameNamespace(release.ID.Namespace, o.ID.Namespace) {
		return reference.To{}, false
	}
	for _, v := range flux.ValueSources(release) {
		if !strings.Contains(o.ID.Name, release.ID.Name) && !strings.HasSuffix(v.Name, "-"+o.ID.Name) && !strings.HasSuffix(o.ID.Name, "-"+v.Name) {
			continue
		}
		if v.Kind == o.ID.GroupKind() && len(c.Named(v.Kind, v.Namespace, v.Name)) == 0 && !reference.FromStore(c, v.To) && strings.Contains(v.Name, "override") == strings.Contains(o.ID.Name, "override") {
			return v.To, true
		}
	}
	return reference.To{}, false
}

// lostName reports whether some release still names what the values were called:
// that is told where it does.
func lostName(c *review.Cluster, old *model.Object) bool {
	for _, o := range c.Kind(flux.HelmRelease) {
		for _, v := range flux.ValueSources(o) {
			if v.Name == old.ID.Name && review.SameNamespace(v.Namespace, old.ID.Namespace) {
				return true
			}
		}
	}
	return false
}

func readValues(c *review.Cluster) map[*model.Object]bool {
	out := map[*model.Object]bool{}
	for _, o := range c.Kind(flux.HelmRelease) {
		for _, v := range flux.ValueSources(o) {
			for _, holder := range c.Named(v.Kind, v.Namespace, v.Name) {
				out[holder] = true
			}
		}
	}
	return out
}
