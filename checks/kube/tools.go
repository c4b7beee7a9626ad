package kube

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// AppliedByAnother reports whether every target that renders an object is of a tool that
// does not read the annotations of this one. What no tool is seen to apply may be for any.
func AppliedByAnother(p *review.Pass, o *model.Object, tool model.Kind) bool {
	for _, c := range p.Homes(o) {
		for _, target := range c.Targets(o) {
			kind, _, _ := strings.Cut(target, ":")
			of := model.Kind(kind)
			if of == tool || tool != model.Helm && (of == model.Kustomize || of == model.Manifests) {
				return false
			}
		}
	}
	return true
}
