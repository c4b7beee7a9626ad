package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmSourceMissing = &review.Check{
	ID: "helm-source-missing", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Charts, review.Sources},
	Doc: review.Doc{
		Title:  "source does not exist",
		What:   "Checks that the sources named by HelmReleases and Flux Kustomizations exist: HelmRepository, GitRepository, OCIRepository, Bucket, HelmChart. A source that names no namespace may be created in any. In an audit, a missing HelmRepository is certain only if everything that a named cluster applies to its namespace is visible; otherwise the result is unknown.",
		Why:    "`source not found`: the release or the Kustomization keeps its current state and gets no updates.",
		Fix:    "Correct the name and namespace, or restore the source.",
		Verify: "flux get sources all -A",
		Waive:  "Something outside this repository creates the source, such as the bootstrap.",
		Effort: "small",
		Bad:    "sourceRef: {kind: HelmRepository, name: graphana}",
		Good:   "sourceRef: {kind: HelmRepository, name: grafana}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		made := func(_ *review.Cluster, r reference.To) bool {
			return r.Name == "flux-system" || !p.Audit && reference.Written(p, r)
		}
		reference.Dangling{Of: sources, Made: made, Then: "What it applies stays as it is, or never comes.", Seen: repositorySeen}.Run(p, c)
	}),
}

// repositorySeen is flux.ObjectSeen for what releases take their charts from. Other
// sources are often made by hand, with a key that is in no repository.
func repositorySeen(p *review.Pass, c *review.Cluster, r reference.To) bool {
	return (r.Kind == flux.HelmRepository || r.Kind == flux.HelmChart) && flux.ObjectSeen(p, c, r)
}

func sources(o *model.Object) []reference.To {
	var at []string
	switch o.ID.GroupKind() {
	case flux.HelmRelease:
		at = []string{"spec", "chart", "spec", "sourceRef"}
		if review.Map(o.Fields(), "spec", "chartRef") != nil {
			at = []string{"spec", "chartRef"}
		}
	case flux.Kustomization:
		at = []string{"spec", "sourceRef"}
	default:
		return nil
	}
	ref := review.Map(o.Fields(), at...)
	kind := review.Text(ref, "kind")
	if ref == nil || kind == "" || kind == "ExternalArtifact" {
		return nil
	}
	namespace := review.Text(ref, "namespace")
	if namespace == "" {
		namespace = o.ID.Namespace
	}
	return []reference.To{{Kind: flux.SourceKind(kind), Namespace: namespace, Name: review.Text(ref, "name"), Field: review.Pointer(append(at, "name")...)}}
}
