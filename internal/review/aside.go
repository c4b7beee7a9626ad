package review

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// asideDirs are directories that show how something is used, or that a developer
// applies to a cluster of one's own.
var asideDirs = []string{"examples", "example", "samples", "sample", "minikube", "kind", "local", "devenv"}

// Aside reports whether a path lies where nothing is meant for production: among
// examples, or in an overlay of a tool of developers.
func Aside(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool {
		return slices.Contains(asideDirs, part) || strings.HasPrefix(part, "tilt-") || strings.HasPrefix(part, "skaffold-") || part == "tilt" || part == "skaffold"
	})
}

// AsideTarget reports whether a target, or what leads to it, lies aside.
func AsideTarget(t model.Rendered) bool {
	if Aside(t.Target.Path) {
		return true
	}
	for l := t.Lineage; l != nil; l = l.Parent {
		if Aside(l.Dir) || Aside(l.File) {
			return true
		}
	}
	return false
}

// setAside makes what is found only aside no more than medium: it is to be mended,
// and it is not what production runs. Where everything lies aside, nothing does. So is
// a kustomization with nothing in it that nothing applies.
func (j *judge) setAside(findings []Finding) {
	j.setEmptyAside(findings)
	aside := map[string]bool{}
	for _, t := range j.Head.Targets {
		if AsideTarget(t) {
			aside[t.Target.ID] = true
		}
	}
	if len(aside) == 0 || len(aside) == len(j.Head.Targets) {
		return
	}
	for i := range findings {
		f := &findings[i]
		in := len(f.Targets) > 0 && !slices.ContainsFunc(f.Targets, func(t string) bool { return !aside[t] })
		if f.Location != nil {
			in = Aside(f.Location.File) // what an example takes from a base is the base's
		}
		if in && f.Severity.Rank() > Medium.Rank() {
			f.Severity = Medium
			f.Message = strings.TrimSuffix(f.Message, ".") + ". It is in an example or in a developer's overlay."
		}
	}
}

// setEmptyAside is setAside for roots that do not build because nothing is in them,
// where Flux or Argo CD say what is applied.
func (j *judge) setEmptyAside(findings []Finding) {
	delivered := slices.ContainsFunc(j.Head.Targets, func(t model.Rendered) bool { return t.Target.Kind == model.Flux || t.Target.Kind == model.ArgoCD })
	for i := range findings {
		f := &findings[i]
		if !delivered || f.Check != RenderFailed || len(f.Targets) != 1 || f.Severity.Rank() <= Medium.Rank() {
			continue
		}
		t := j.Head.Target(f.Targets[0])
		if t != nil && t.Target.Kind == model.Kustomize && t.Target.Cluster == "" && t.Problem != nil && t.Problem.Class == model.EmptyKustomization {
			f.Severity = Medium
			f.Message = strings.TrimSuffix(f.Message, ".") + ". Nothing here applies it."
		}
	}
}
