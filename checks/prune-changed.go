package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pruneChanged = &review.Check{
	ID: "prune-changed", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.Pruning},
	Doc: review.Doc{
		Title:  "pruning is switched on or off",
		What:   "Looks for Flux Kustomizations and automated Argo CD Applications whose pruning the change switches on (high) or off (medium).",
		Why:    "Switched on, the next sync deletes everything that was applied once and is no longer in the repository, possibly more than anyone remembers. Switched off, what is removed from the repository stays in the cluster and continues to run.",
		Fix:    "Before you switch it on, look at what would be deleted (`flux diff kustomization NAME --path DIR`, `argocd app diff NAME`). Instead of switching it off, annotate single objects: `kustomize.toolkit.fluxcd.io/prune: disabled`, or `argocd.argoproj.io/sync-options: Prune=false`.",
		Verify: "kubectl get kustomizations -A -o custom-columns=NAME:.metadata.name,PRUNE:.spec.prune",
		Waive:  "Someone has reviewed the list of what is deleted, or of what stays.",
		Effort: "small",
		Bad:    "spec: {prune: false}   # was true",
		Good:   "spec: {prune: true}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified {
			return
		}
		var at []string
		switch c.Object.GroupKind() {
		case flux.Kustomization:
			at = []string{"spec", "prune"}
		case kube.Application:
			if review.Map(c.Head.Fields(), "spec", "syncPolicy", "automated") == nil || review.Map(c.Base.Fields(), "spec", "syncPolicy", "automated") == nil {
				return
			}
			at = []string{"spec", "syncPolicy", "automated", "prune"}
		default:
			return
		}
		was, _ := review.Bool(c.Base.Fields(), at...)
		now, _ := review.Bool(c.Head.Fields(), at...)
		h := review.Hit{Object: c.Head, Field: review.Pointer(at...)}
		switch {
		case was && !now:
			h.Message = fmt.Sprintf("%s no longer prunes: what is removed from the repository stays in the cluster and keeps running.", c.Object)
		case !was && now:
			h.Severity = review.High
			h.Message = fmt.Sprintf("%s prunes from now on: the next sync deletes everything that it once applied and that is no longer in the repository.", c.Object)
		default:
			return
		}
		p.Report(h)
	}),
}
