package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var patchWithoutEffect = &review.Check{
	ID: "patch-without-effect", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "patch that changes nothing",
		What:   "Builds each kustomization that the change touches with and without each of its patches, and reports those that make no difference. Components are left out, since only the kustomization that includes them is built.",
		Why:    "Kustomize reports nothing when a patch's target matches no object, when the patch sets what is there already, or when fields of it are lost: in a list of ports, an entry that names `protocol` where the base does not (or the other way round) is matched and then dropped (Kustomize 5.4.3, 5.7.1 and 5.8.2). The setting that somebody wanted is not there.",
		Fix:    "Compare the target's kind, name, namespace and labels with what is rendered before the patch. Write ports as the base writes them, with or without `protocol`. Remove a patch that is no longer needed.",
		Verify: "kustomize build DIR > with; remove the patch; kustomize build DIR | diff with -",
		Waive:  "The patch is there for an object that comes later.",
		Effort: "small",
		Bad:    "patches:\n- target: {kind: Deployment, name: wbe}\n  path: replicas.yaml",
		Good:   "patches:\n- target: {kind: Deployment, name: web}\n  path: replicas.yaml",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, idle := range p.IdlePatches() {
			p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "patch " + idle.What,
				Message: fmt.Sprintf("The patch `%s` changes nothing: what is rendered is the same without it.", idle.What)})
		}
	}).OfChanges(),
}
