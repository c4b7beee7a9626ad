package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxDependsonCycle = &review.Check{
	ID: "flux-dependson-cycle", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Dependencies},
	Doc: review.Doc{
		Title:  "dependsOn cycle",
		What:   "Looks for cycles in the `dependsOn` of Flux Kustomizations and HelmReleases.",
		Why:    "Each waits for the other indefinitely, and none of them is applied.",
		Fix:    "Remove one of the dependencies. If both need each other's objects, split one of them.",
		Verify: "flux tree kustomization NAME; flux get kustomizations -A | grep -i dependency",
		Waive:  "Never.",
		Effort: "medium",
		Bad:    "# a: dependsOn: [{name: b}]\n# b: dependsOn: [{name: a}]",
		Good:   "# b: dependsOn: [{name: a}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		told := map[*model.Object]bool{}
		for _, kind := range []string{flux.Kustomization, flux.HelmRelease} {
			for _, o := range c.Kind(kind) {
				if circle := circleFrom(c, o, nil); circle != nil && !told[o] {
					for _, x := range circle {
						told[x] = true
					}
					circle = fromChanged(p, circle)
					path := append(text.Names(circle), circle[0].ID.String())
					p.Report(review.Hit{Verdict: review.Sure, Object: circle[0], Field: "/spec/dependsOn", Key: "cycle", Related: circle,
						Message: fmt.Sprintf("%s waits for itself: %s.", circle[0].ID, strings.Join(path, " → "))})
				}
			}
		}
	}),
}

// fromChanged turns a circle so that it begins with an object that the change
// touches.
func fromChanged(p *review.Pass, circle []*model.Object) []*model.Object {
	for i, o := range circle {
		if p.Side == model.Head && p.Before(o) != o {
			return append(circle[i:len(circle):len(circle)], circle[:i]...)
		}
	}
	return circle
}

// circleFrom gives the objects on a way from an object back to it; nil where
// there is none.
func circleFrom(c *review.Cluster, start *model.Object, way []*model.Object) []*model.Object {
	at := start
	if len(way) > 0 {
		at = way[len(way)-1]
	} else {
		way = []*model.Object{start}
	}
	for _, d := range flux.Dependencies(at) {
		for _, next := range c.Near(at, c.Named(d.Kind, d.Namespace, d.Name)) {
			if next == start {
				return way
			}
			if contains(way, next) {
				continue
			}
			if found := circleFrom(c, start, append(way[:len(way):len(way)], next)); found != nil {
				return found
			}
		}
	}
	return nil
}

func contains(list []*model.Object, o *model.Object) bool {
	for _, x := range list {
		if x == o {
			return true
		}
	}
	return false
}
