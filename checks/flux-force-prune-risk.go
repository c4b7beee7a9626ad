package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxForcePruneRisk = &review.Check{
	ID: "flux-force-prune-risk", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.Pruning},
	Doc: review.Doc{
		Title:  "objects are deleted and recreated",
		What:   "Looks for `force: true` on Flux Kustomizations and on the upgrade or rollback of HelmReleases, and for the annotation that does the same on a StatefulSet or a claim.",
		Why:    "If a change touches an immutable field, the object is deleted and recreated instead of failing: its pods stop at once, and a claim loses its data.",
		Fix:    "Remove it. For the one object that must be replaced, set the annotation `kustomize.toolkit.fluxcd.io/force: enabled` on that object, and remove it afterwards.",
		Verify: "kubectl get kustomizations -A -o custom-columns=NAME:.metadata.name,FORCE:.spec.force",
		Waive:  "It applies nothing with state, for instance only Jobs.",
		Effort: "small",
		Bad:    "kind: Kustomization\nspec: {force: true}",
		Good:   "kind: Kustomization\nspec: {force: false}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		report := func(field string) {
			p.Report(review.Hit{Object: o, Field: field, Message: fmt.Sprintf("%s has `force`: an object that cannot be changed in place is deleted and recreated, and its pods and data are lost.", o.ID)})
		}
		switch o.ID.GroupKind() {
		case flux.Kustomization:
			if on, _ := review.Bool(o.Fields(), "spec", "force"); on {
				report("/spec/force")
			}
		case flux.HelmRelease:
			for _, action := range []string{"upgrade", "rollback"} {
				if on, _ := review.Bool(o.Fields(), "spec", action, "force"); on {
					report("/spec/" + action + "/force")
				}
			}
		case kube.StatefulSet, kube.PersistentVolumeClaim:
			const annotation = "kustomize.toolkit.fluxcd.io/force"
			if review.Labels(o.Fields(), "metadata", "annotations")[annotation] == "enabled" {
				report(review.Pointer("metadata", "annotations", annotation))
			}
		}
	}),
}
