package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxHealthcheckTargetMissing = &review.Check{
	ID: "flux-healthcheck-target-missing", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Health, review.Dependencies},
	Doc: review.Doc{
		Title:  "health check of something that does not exist",
		What:   "Follows the `healthChecks` of Flux Kustomizations over all that the cluster applies. It reports where the change removes the object, or names another one that does not exist; objects that a chart or an operator makes are left alone. In an audit, what is not seen may make the object, and the result is unknown; not for a Flux object in a namespace of a named cluster to which everything is seen that is applied.",
		Why:    "The Kustomization waits for it until its timeout, on every sync, and is never ready; all that depends on it waits too.",
		Fix:    "Correct the entry, or take it out together with the object.",
		Verify: "flux get kustomizations -A | grep -i 'health check'",
		Waive:  "The object is created by something that is not seen from here; say what.",
		Effort: "small",
		Bad:    "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: wbe, namespace: shop}]",
		Good:   "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		made := reference.MadeByController
		if p.Audit {
			made = madeUnseen
		}
		reference.Dangling{Of: healthChecks, Made: made, Then: "The Kustomization will never be ready.", Quiet: true, Seen: flux.ObjectSeen}.Run(p, c)
	}),
}

// madeUnseen reports whether something may make what is waited for that is not rendered
// by its nature: a controller, or a chart of the namespace that was not seen. Of objects
// of Flux neither is expected.
func madeUnseen(c *review.Cluster, r reference.To) bool {
	chart := !c.CompleteIn(r.Namespace) && !strings.HasSuffix(r.Kind, ".toolkit.fluxcd.io")
	return chart || reference.MadeByController(c, r)
}

func healthChecks(o *model.Object) []reference.To {
	if o.ID.GroupKind() != flux.Kustomization {
		return nil
	}
	var out []reference.To
	for i, h := range review.Items(o.Fields(), "spec", "healthChecks") {
		kind := review.Text(h, "kind")
		if group, _ := model.SplitAPIVersion(review.Text(h, "apiVersion")); group != "" {
			kind += "." + group
		}
		out = append(out, reference.To{Kind: kind, Namespace: review.Text(h, "namespace"), Name: review.Text(h, "name"), Field: fmt.Sprintf("/spec/healthChecks/%d/name", i)})
	}
	return out
}
