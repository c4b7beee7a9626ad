package checks

import (
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmSourceMissing = &review.Check{
	ID: "helm-source-missing", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Charts, review.Sources},
	Doc: review.Doc{
		Title:  "source does not exist",
		What:   "Follows the sources that HelmReleases and Flux Kustomizations name: HelmRepository, GitRepository, OCIRepository, Bucket, HelmChart. A source that names no namespace may land in any.",
		Why:    "`source not found`: the release or the Kustomization stays as it is and gets nothing new.",
		Fix:    "Correct name and namespace, or put the source back.",
		Verify: "flux get sources all -A",
		Waive:  "The source is made by something that is not in this repository, such as the bootstrap.",
		Effort: "small",
		Bad:    "sourceRef: {kind: HelmRepository, name: graphana}",
		Good:   "sourceRef: {kind: HelmRepository, name: grafana}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		made := func(_ *review.Cluster, r reference.To) bool {
			return r.Name == "flux-system" || !p.Audit && written(p, r)
		}
		reference.Dangling{Of: sources, Made: made, Then: "What it applies stays as it is, or never comes."}.Run(p, c)
	}),
}

// maxSearched bounds how many files are searched for a manifest.
const maxSearched = 3000

// written reports whether some file holds a manifest of the kind and name, although
// no target renders it: who takes both in, such as a customer's repository, has it.
func written(p *review.Pass, r reference.To) bool {
	kind, _, _ := strings.Cut(r.Kind, ".")
	is := regexp.MustCompile(`(?m)^kind:\s*["']?` + regexp.QuoteMeta(kind) + `["']?\s*$`)
	named := regexp.MustCompile(`(?m)^\s+name:\s*["']?` + regexp.QuoteMeta(r.Name) + `["']?\s*$|\bname:\s*["']?` + regexp.QuoteMeta(r.Name) + `["']?\s*[,}]`)
	for i, file := range p.Paths() {
		if i > maxSearched {
			break
		}
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
			continue
		}
		if content := p.Read(file); is.Match(content) && named.Match(content) {
			return true
		}
	}
	return false
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
