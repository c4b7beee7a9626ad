package checks

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Kinds of Flux objects, as in GroupKind.
const (
	helmReleaseKind    = "HelmRelease.helm.toolkit.fluxcd.io"
	kustomizationKind  = "Kustomization.kustomize.toolkit.fluxcd.io"
	gitRepositoryKind  = "GitRepository.source.toolkit.fluxcd.io"
	ociRepositoryKind  = "OCIRepository.source.toolkit.fluxcd.io"
	helmRepositoryKind = "HelmRepository.source.toolkit.fluxcd.io"
	helmChartKind      = "HelmChart.source.toolkit.fluxcd.io"
)

// isFlux reports whether an object belongs to Flux.
func isFlux(o *model.Object) bool { return strings.HasSuffix(o.ID.Group, ".toolkit.fluxcd.io") }

// sourceKind is the GroupKind of what a sourceRef names.
func sourceKind(kind string) string { return kind + ".source.toolkit.fluxcd.io" }

// exactVersion matches one SemVer version, with or without its v; a suffix may
// follow. 0.0.0 with any suffix is a stand-in.
var (
	exactVersion = regexp.MustCompile(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	zeroVersion  = regexp.MustCompile(`^v?0\.0\.0([-+]|$)`)
)

// movingWords are names of branches and of tags that move.
var movingWords = []string{"latest", "main", "master", "edge", "nightly", "canary", "dev", "develop", "stable", "rolling", "head", "HEAD", "trunk"}

func moves(word string) bool { return slices.Contains(movingWords, word) }

// fluxOwner gives the Flux Kustomization behind a target's id; nil where
// it is none, or is not rendered.
func fluxOwner(c *review.Cluster, target string) *model.Object {
	rest, ok := strings.CutPrefix(target, string(model.Flux)+":")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 2 {
		return nil
	}
	list := c.Named(kustomizationKind, parts[len(parts)-2], parts[len(parts)-1])
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

// releaseTarget reads the id of a target that renders a chart.
func releaseTarget(target string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(target, string(model.Helm)+":")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 2 {
		return "", "", false
	}
	return parts[len(parts)-2], parts[len(parts)-1], true
}
