package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var patchWithoutEffect = &review.Check{
	ID: "patch-without-effect", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "patch that changes nothing",
		What:   "Builds each kustomization that the change touches, and those that build it if it takes objects, labels or images from them, with and without each of its patches, and reports patches that make no difference. New patches come first; a large kustomization is built only so often, and what is left then is not looked at. Of `replacements` it reports targets that select no object: the value that is to go there appears nowhere; of patches also a key that stands twice in one map, of which the first counts. Components are left out, because only the kustomization that includes them is built.",
		Why:    "Kustomize reports nothing if the target of a patch or of a replacement matches no object, if the patch sets an existing value, or if some of its fields are lost: in a list of ports, an entry with `protocol` where the base has none (or the other way round) is matched and then dropped (Kustomize 5.4.3, 5.7.1 and 5.8.2). The intended setting is not applied.",
		Fix:    "Compare the target's kind, name, namespace and labels with what is rendered before the patch. Write ports as the base does, with or without `protocol`. Remove a patch that is no longer needed.",
		Verify: "kustomize build DIR > with; remove the patch; kustomize build DIR | diff with -",
		Waive:  "The patch is for an object that will be added later.",
		Effort: "small",
		Bad:    "patches:\n- target: {kind: Deployment, name: wbe}\n  path: replicas.yaml",
		Good:   "patches:\n- target: {kind: Deployment, name: web}\n  path: replicas.yaml",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, idle := range p.IdlePatches() {
			switch {
			case idle.Image: // image-override-unmatched
				continue
			case idle.Twice:
				p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "twice " + idle.ID, Title: "key twice in a patch", Fix: "Write the key once, with the value that is meant.",
					Message: fmt.Sprintf("The key `%s` stands twice in one map of a patch. Kustomize takes the first, and drops this one.", idle.What)})
				continue
			case idle.Replacement:
				p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "replacement " + idle.ID, Title: "replacement that changes nothing",
					Message: fmt.Sprintf("The replacement for `%s` finds no object: nothing is replaced there.", idle.What)})
				continue
			}
			p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "patch " + idle.ID,
				Message: fmt.Sprintf("The patch `%s` changes nothing: what is rendered is the same without it.", idle.What)})
		}
	}).OfChanges(),
}
