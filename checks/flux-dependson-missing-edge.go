package checks

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDependsonMissingEdge = &review.Check{
	ID: "flux-dependson-missing-edge", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Dependencies},
	Doc: review.Doc{
		Title:  "missing dependsOn on the CRD's Kustomization",
		What:   "Looks for Flux Kustomizations that apply objects whose CRD is installed by another Kustomization of the cluster, directly or by a chart, without a direct or indirect `dependsOn` on it. On a pull request it reports only if the change removes the dependency; an audit lists the rest (medium).",
		Why:    "On a new or restored cluster, the objects are applied before their CRD exists: the whole apply fails, and is retried at every interval. On the existing cluster the problem does not show.",
		Fix:    "Add the Kustomization that installs the CRD to `dependsOn`, and set `wait: true` on that one.",
		Verify: "flux tree kustomization NAME; kubectl get kustomization NAME -n flux-system -o jsonpath='{.spec.dependsOn}'",
		Waive:  "You accept the retries, also on the day of a restore; say so.",
		Effort: "small",
		Bad:    "kind: Kustomization\nmetadata: {name: certificates}\nspec: {path: ./certificates}",
		Good:   "kind: Kustomization\nmetadata: {name: certificates}\nspec: {path: ./certificates, dependsOn: [{name: cert-manager}]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		now := needsOf(c)
		var before map[*model.Object]map[*model.Object]string
		if c.Before != nil && !p.Audit {
			before = needsOf(c.Before)
		}
		for _, k := range c.Kind(flux.Kustomization) {
			for _, maker := range inOrder(now[k]) {
				if waits(c, k, maker, map[*model.Object]bool{}) {
					continue
				}
				h := review.Hit{Object: k, Field: "/spec/dependsOn", Key: "needs " + maker.ID.String(), Severity: review.Medium, Related: []*model.Object{maker},
					Message: fmt.Sprintf("%s applies %s objects, whose CRD is installed by %s, and does not wait for it.", k.ID, now[k][maker], maker.ID)}
				if !p.Audit {
					old, oldMaker := p.Before(k), p.Before(maker)
					if old == nil || oldMaker == nil || before[old][oldMaker] == "" || !waits(c.Before, old, oldMaker, map[*model.Object]bool{}) {
						continue
					}
					h.Severity = review.High
					h.Message = fmt.Sprintf("%s no longer waits for %s, which installs the CRD of the kind %s that it applies.", k.ID, maker.ID, now[k][maker])
				}
				p.Report(h)
			}
		}
	}),
}

// needsOf gives for each Kustomization those that bring the CRDs of what it
// applies, with one such kind. A kind that several bring, or it itself, is none.
func needsOf(c *review.Cluster) map[*model.Object]map[*model.Object]string {
	makers := map[string][]*model.Object{}
	for _, crd := range c.Kind(kube.CustomResourceDefinition) {
		kind := review.Text(crd.Fields(), "spec", "names", "kind") + "." + review.Text(crd.Fields(), "spec", "group")
		makers[kind] = append(makers[kind], appliers(c, crd)...)
	}
	out := map[*model.Object]map[*model.Object]string{}
	for _, kind := range slices.Sorted(maps.Keys(makers)) { // of several kinds the first is named, each time
		by := makers[kind]
		if len(by) != 1 {
			continue
		}
		for _, o := range c.Kind(kind) {
			for _, k := range fluxOwners(c, o) {
				if k != by[0] {
					if out[k] == nil {
						out[k] = map[*model.Object]string{}
					}
					out[k][by[0]] = cmp.Or(out[k][by[0]], o.ID.Kind)
				}
			}
		}
	}
	return out
}

// fluxOwners gives the Flux Kustomizations that apply an object themselves.
func fluxOwners(c *review.Cluster, o *model.Object) []*model.Object {
	var out []*model.Object
	for _, t := range c.Targets(o) {
		if k := flux.Owner(c, t); k != nil && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// appliers gives the Kustomizations that apply an object, or the HelmRelease
// whose chart brings it.
func appliers(c *review.Cluster, o *model.Object) []*model.Object {
	out := fluxOwners(c, o)
	for _, t := range c.Targets(o) {
		namespace, name, ok := flux.ReleaseTarget(t)
		if !ok {
			continue
		}
		for _, release := range c.Named(flux.HelmRelease, namespace, name) {
			for _, k := range fluxOwners(c, release) {
				if !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	return out
}

// waits reports whether a Kustomization depends on another, over any number of
// steps.
func waits(c *review.Cluster, k, on *model.Object, seen map[*model.Object]bool) bool {
	if seen[k] {
		return false
	}
	seen[k] = true
	for _, d := range flux.Dependencies(k) {
		for _, next := range c.Named(flux.Kustomization, d.Namespace, d.Name) {
			if next == on || waits(c, next, on, seen) {
				return true
			}
		}
	}
	return false
}

func inOrder(m map[*model.Object]string) []*model.Object {
	out := make([]*model.Object, 0, len(m))
	for o := range m {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b *model.Object) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	return out
}
