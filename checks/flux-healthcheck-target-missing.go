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
		Title:  "health check of an object that does not exist",
		What:   "Checks that the objects in the `healthChecks` of Flux Kustomizations exist, among all that the cluster applies. It reports if the change removes the object, or names another one that does not exist. Objects that a chart or an operator creates are left alone. In an audit, the result is unknown, because something that is not visible may create the object. The exception is a Flux object in a namespace of a named cluster for which everything that is applied is visible.",
		Why:    "The Kustomization waits for it until the timeout, on every sync, and is never ready. Everything that depends on it waits too.",
		Fix:    "Correct the entry, or remove it together with the object.",
		Verify: "flux get kustomizations -A | grep -i 'health check'",
		Waive:  "Something that is not visible here creates the object; say what.",
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
