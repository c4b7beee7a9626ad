package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var imageOverrideUnmatched = &review.Check{
	ID: "image-override-unmatched", Area: review.SupplyChain, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "image override that matches nothing",
		What:   "Builds each kustomization that the change touches with another tag for each entry of `images`, and reports entries whose tag appears nowhere. Components are left out, because only the kustomization that includes them is built.",
		Why:    "Kustomize reports nothing if no image has the entry's name. The new tag never arrives: a pipeline that writes it here deploys nothing. The name must be the whole image without its tag, with the registry, as the manifest has it. It is read as a regular expression, so that its dots also match other characters (Kustomize 5.8.2).",
		Fix:    "Write the name as the rendered manifest has it. Remove the entry if the image is no longer used.",
		Verify: "kustomize build DIR | grep image:",
		Waive:  "The image will be added later.",
		Effort: "small",
		Bad:    "# web.yaml runs ghcr.io/acme/web:1.4.0\nimages:\n- name: web\n  newTag: 1.5.0",
		Good:   "images:\n- name: ghcr.io/acme/web\n  newTag: 1.5.0",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, idle := range p.IdlePatches() {
			if !idle.Image {
				continue
			}
			message := fmt.Sprintf("No image that is built here is called `%s`: the entry changes nothing.", idle.What)
			switch {
			case slices.Contains(idle.Built, idle.What):
				message = fmt.Sprintf("The image `%s` stands only in fields in which Kustomize sets no images: the entry changes nothing. For a custom kind, name its field under `configurations`.", idle.What)
			case len(idle.Built) > 0:
				message += fmt.Sprintf(" Images that are: %s.", text.Some(text.Code(idle.Built)))
			}
			p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "image " + idle.What, Message: message})
		}
	}).OfChanges(),
}
