package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxSourceVerifyMissing = &review.Check{
	ID: "flux-source-verify-missing", Area: review.SupplyChain, Severity: review.Low, Tags: []review.Tag{review.Signatures, review.Sources},
	Doc: review.Doc{
		Title:  "source is not verified",
		What:   "In an audit, looks for GitRepositories and OCIRepositories without `verify`, and for HelmReleases from OCI HelmRepositories without it. A HelmRepository over HTTP cannot verify. The repository from which Flux was bootstrapped is left alone.",
		Why:    "Whoever gains access to the registry or the other repository decides what the cluster applies.",
		Fix:    "If the publisher signs, set `verify: {provider: cosign}` for OCI, or `verify: {mode: HEAD, secretRef: {name: …}}` for Git.",
		Verify: "flux get sources all -A",
		Waive:  "The publisher does not sign.",
		Effort: "medium",
		Bad:    "kind: OCIRepository\nspec: {url: oci://ghcr.io/acme/app, ref: {tag: 1.2.3}}",
		Good:   "kind: OCIRepository\nspec: {url: oci://ghcr.io/acme/app, ref: {tag: 1.2.3}, verify: {provider: cosign}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, kind := range []string{flux.GitRepository, flux.OCIRepository} {
			for _, o := range c.Kind(kind) {
				if o.ID.Name == "flux-system" || review.Lookup(o.Fields(), "spec", "verify") != nil {
					continue
				}
				unverified(p, o, "/spec/verify")
			}
		}
		for _, o := range c.Kind(flux.HelmRelease) {
			chart := review.Map(o.Fields(), "spec", "chart", "spec")
			if review.Text(chart, "sourceRef", "kind") != "HelmRepository" || chart["verify"] != nil {
				continue
			}
			namespace := review.Text(chart, "sourceRef", "namespace")
			if namespace == "" {
				namespace = o.ID.Namespace
			}
			for _, source := range c.Named(flux.HelmRepository, namespace, review.Text(chart, "sourceRef", "name")) {
				if review.Text(source.Fields(), "spec", "type") == "oci" {
					unverified(p, o, "/spec/chart/spec/verify")
					break
				}
			}
		}
	}).OfAudits(),
}

func unverified(p *review.Pass, o *model.Object, field string) {
	p.Report(review.Hit{Object: o, Field: field, Message: fmt.Sprintf("%s has no `verify`: nothing checks who published its content.", o.ID)})
}
