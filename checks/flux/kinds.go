// Package flux is what several checks know of Flux: its kinds, which object
// stands behind a target, what waits for what, and the values that a
// HelmRelease reads.
package flux

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// SourceGroup is the API group of sources.
const SourceGroup = "source.toolkit.fluxcd.io"

// System is the namespace of Flux itself.
const System = "flux-system"

// Kinds of Flux objects, as in GroupKind.
const (
	HelmRelease    = "HelmRelease.helm.toolkit.fluxcd.io"
	Kustomization  = "Kustomization.kustomize.toolkit.fluxcd.io"
	GitRepository  = "GitRepository." + SourceGroup
	OCIRepository  = "OCIRepository." + SourceGroup
	HelmRepository = "HelmRepository." + SourceGroup
	HelmChart      = "HelmChart." + SourceGroup
)

// Belongs reports whether an object belongs to Flux.
func Belongs(o *model.Object) bool { return strings.HasSuffix(o.ID.Group, ".toolkit.fluxcd.io") }

// SourceKind is the GroupKind of what a sourceRef names.
func SourceKind(kind string) string { return kind + "." + SourceGroup }

// Owner gives the Flux Kustomization behind a target's id; nil where
// it is none, or is not rendered.
func Owner(c *review.Cluster, target string) *model.Object {
	rest, ok := strings.CutPrefix(target, string(model.Flux)+":")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 2 {
		return nil
	}
	list := c.Named(Kustomization, parts[len(parts)-2], parts[len(parts)-1])
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

// ReleaseTarget reads the id of a target that renders a chart.
func ReleaseTarget(target string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(target, string(model.Helm)+":")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 2 {
		return "", "", false
	}
	return parts[len(parts)-2], parts[len(parts)-1], true
}

// Dependencies gives what a Kustomization or HelmRelease waits for.
func Dependencies(o *model.Object) []reference.To {
	kind := o.ID.GroupKind()
	if kind != Kustomization && kind != HelmRelease {
		return nil
	}
	var out []reference.To
	for i, d := range review.Items(o.Fields(), "spec", "dependsOn") {
		namespace := review.Text(d, "namespace")
		if namespace == "" {
			namespace = o.ID.Namespace
		}
		out = append(out, reference.To{Kind: kind, Namespace: namespace, Name: review.Text(d, "name"), Field: fmt.Sprintf("/spec/dependsOn/%d/name", i)})
	}
	return out
}

// Resolved reports whether a `${NAME}` in an object is what the API server gets: its
// Kustomizations alone apply it, and none of their variables is hidden.
func Resolved(p *review.Pass, o *model.Object) bool {
	seen := false
	for _, c := range p.Homes(o) {
		for _, t := range c.Targets(o) {
			if !strings.HasPrefix(t, "flux:") {
				return false
			}
			seen = true
		}
	}
	return seen && !p.Partial(o)
}
