package checks

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var imageOverrideUnmatched = &review.Check{
	ID: "image-override-unmatched", Area: review.SupplyChain, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "image override that matches nothing",
		What:   "Builds each kustomization that the change touches, and those that build it if it takes objects, labels or images from them, with another tag for each entry of `images`, and reports entries whose tag appears nowhere. Components are left out, because only the kustomization that includes them is built. Of the `images` of a Flux Kustomization, of a HelmRelease's `postRenderers` and of an Argo CD Application, those are reported whose new name, tag or digest no rendered object has; if only the name is there, those of a single source whose kustomization has no `replacements` or `transformers`, which may set the tag afterwards.",
		Why:    "Kustomize, Flux and Argo CD report nothing if no image has the entry's name. The new tag never arrives: a pipeline that writes it here deploys nothing. The name must be the whole image without its tag, with the registry, as the manifest has it. It is read as a regular expression, so that its dots also match other characters (Kustomize 5.8.2). The images of a HelmRelease's chart are not among those that its Kustomization sets.",
		Fix:    "Write the name as the rendered manifest has it. Set the images of a chart in its values. Remove the entry if the image is no longer used.",
		Verify: "kustomize build DIR | grep image:; for Flux and Argo CD: seaworthy render --target TARGET | grep image:",
		Waive:  "The image will be added later.",
		Effort: "small",
		Bad:    "# web.yaml runs ghcr.io/acme/web:1.4.0\nimages:\n- name: web\n  newTag: 1.5.0",
		Good:   "images:\n- name: ghcr.io/acme/web\n  newTag: 1.5.0",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, idle := range p.IdlePatches() {
			if idle.Image {
				p.Report(review.Hit{File: idle.File, Line: idle.Line, Key: "image " + idle.ID, Message: unmatchedImage(idle.What, idle.Built)})
			}
		}
		targets := p.Targets()
		for _, t := range targets {
			if o := p.Asker(t); o != nil && t.Known() {
				reportUnmatched(p, t, o)
			}
		}
	}).OfChanges(),
}

// unmatchedImage says that an entry changes nothing; built are images that are rendered.
func unmatchedImage(name string, built []string) string {
	if slices.Contains(built, name) {
		return fmt.Sprintf("The image `%s` stands only in fields in which Kustomize sets no images: the entry changes nothing. For a custom kind, name its field under `configurations`.", name)
	}
	message := fmt.Sprintf("No image that is built here is called `%s`: the entry changes nothing.", name)
	if len(built) > 0 {
		message += fmt.Sprintf(" Images that are: %s.", text.Some(text.Code(built)))
	}
	return message
}

// imageOverride is an entry by which an object has Kustomize set an image.
type imageOverride struct {
	name, newName, tag, digest string
	pattern                    *regexp.Regexp // of the name
	field                      string
}

// of reads the name as Kustomize does.
func (e imageOverride) of(name string) imageOverride {
	e.name = name
	e.pattern, _ = regexp.Compile("^(?:" + name + ")$") // nil fits only the name itself
	return e
}

// reportUnmatched reports the entries of one object of which the target shows nothing.
func reportUnmatched(p *review.Pass, t model.Rendered, o *model.Object) {
	overrides := imageOverrides(o)
	if len(overrides) == 0 {
		return
	}
	var texts, built []string // every text, and the images of containers
	for _, rendered := range t.Objects {
		texts = imageTexts(rendered.Fields(), texts)
		for _, c := range review.ContainersOf(rendered) {
			name, _, _ := cutImage(review.Text(c.Fields, "image"))
			built = append(built, name)
		}
	}
	slices.Sort(built)
	built = slices.DeleteFunc(slices.Compact(built), func(name string) bool { return name == "" })
	for i, e := range overrides {
		if e.unsure(overrides[i+1:]) || slices.ContainsFunc(texts, e.shown) {
			continue
		}
		if e.newName == "" && slices.ContainsFunc(built, e.named) {
			if imagesAreLast(p, t, o) {
				p.Report(review.Hit{Object: o, Field: e.field, Key: "image " + e.name, Message: fmt.Sprintf("The entry for `%s` changes nothing: when it is tried, that image has another name or a variable in its tag; what is rendered comes later.", e.name)})
			}
			continue // else something may set its tag later, such as a replacement
		}
		near := slices.Clone(built)
		if e.newName == "" && slices.ContainsFunc(texts, func(s string) bool { name, tag, digest := cutImage(s); return tag+digest != "" && e.named(name) }) {
			near = append(near, e.name)
		}
		slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(unlikeImage(a, e.name), unlikeImage(b, e.name)) })
		message := unmatchedImage(e.name, near)
		if t.Target.Kind == model.Flux && slices.ContainsFunc(t.Objects, func(o *model.Object) bool { return o.ID.GroupKind() == flux.HelmRelease }) {
			message += " The images of a HelmRelease's chart are set in its values."
		}
		p.Report(review.Hit{Object: o, Field: e.field, Key: "image " + e.name, Message: message})
	}
}

// imagesAreLast reports whether Kustomize does nothing to images after it set those of an
// object's target.
func imagesAreLast(p *review.Pass, t model.Rendered, o *model.Object) bool {
	if o.ID.GroupKind() != flux.Kustomization && o.ID.GroupKind() != "Application.argoproj.io" || len(review.Items(o.Fields(), "spec", "sources")) > 0 {
		return false
	}
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if content := p.Read(path.Join(t.Target.Path, name)); content != nil {
			return !laterSteps.Match(content)
		}
	}
	return false
}

// laterSteps are those of a kustomization that come after the images.
var laterSteps = pattern.New(`(?m)(^|[{,\s"'])(replacements|transformers)["']?\s*:`)

// imageOverrides are those of a Flux Kustomization, of a HelmRelease's postRenderers, and
// of an Application or its template.
func imageOverrides(o *model.Object) []imageOverride {
	var out []imageOverride
	entries := func(at string, list []map[string]any) {
		for i, e := range list {
			override := imageOverride{newName: review.Text(e, "newName"), tag: review.Text(e, "newTag"), digest: review.Text(e, "digest"), field: fmt.Sprintf("%s/images/%d/name", at, i)}
			out = append(out, override.of(review.Text(e, "name")))
		}
	}
	switch o.ID.GroupKind() {
	case flux.Kustomization:
		entries("/spec", review.Items(o.Fields(), "spec", "images"))
	case flux.HelmRelease:
		renderers := review.Items(o.Fields(), "spec", "postRenderers")
		for i, r := range renderers {
			if slices.ContainsFunc(renderers[i+1:], patchesMore) {
				continue // which may patch the images again
			}
			entries(fmt.Sprintf("/spec/postRenderers/%d/kustomize", i), review.Items(r, "kustomize", "images"))
		}
	case "Application.argoproj.io":
		return argoImages("/spec", review.Map(o.Fields(), "spec"))
	case "ApplicationSet.argoproj.io":
		return argoImages("/spec/template/spec", review.Map(o.Fields(), "spec", "template", "spec"))
	}
	return out
}

// patchesMore reports whether one of a HelmRelease's postRenderers does more than set images.
func patchesMore(renderer map[string]any) bool {
	for key := range review.Map(renderer, "kustomize") {
		if key != "images" {
			return true
		}
	}
	return false
}

// argoImages reads `[name=]image[:tag][@digest]`; an asterisk keeps what stands there.
func argoImages(at string, spec map[string]any) []imageOverride {
	var out []imageOverride
	source := func(at string, source map[string]any) {
		list, _ := review.Lookup(source, "kustomize", "images").([]any)
		for i, entry := range list {
			line, _ := entry.(string)
			e := imageOverride{field: fmt.Sprintf("%s/kustomize/images/%d", at, i)}
			image := line
			if name, renamed, found := strings.Cut(line, "="); found {
				e.name, image = name, renamed
			}
			e.newName, e.tag, e.digest = cutImage(image)
			if e.name == "" || e.name == e.newName {
				e.name, e.newName = e.newName, ""
			}
			out = append(out, e.of(e.name))
		}
	}
	if sources := review.Items(spec, "sources"); len(sources) > 0 {
		for i, s := range sources {
			source(fmt.Sprintf("%s/sources/%d", at, i), s)
		}
		return out
	}
	source(at+"/source", review.Map(spec, "source"))
	return out
}

// unsure reports whether what the entry does need not show: a variable or a template says
// what it is, or a later entry may change the image again.
func (e imageOverride) unsure(later []imageOverride) bool {
	if e.name == "" || strings.ContainsAny(e.name+e.newName+e.tag+e.digest, "$*") || strings.Contains(e.name+e.newName+e.tag+e.digest, "{{") {
		return true
	}
	return slices.ContainsFunc(later, func(l imageOverride) bool { return l.named(cmp.Or(e.newName, e.name)) || l.name == e.name })
}

// named reports whether the entry is for images of this name.
func (e imageOverride) named(image string) bool {
	return image == e.name || e.pattern != nil && e.pattern.MatchString(image)
}

// shown reports whether a text is an image as the entry makes it.
func (e imageOverride) shown(s string) bool {
	name, tag, digest := cutImage(s)
	if e.newName != "" && name != e.newName || e.newName == "" && !e.named(name) {
		return false
	}
	return (e.tag == "" || e.tag == tag) && (e.digest == "" || e.digest == digest)
}

// cutImage takes an image apart.
func cutImage(image string) (name, tag, digest string) {
	image, digest, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:], digest
	}
	return image, "", digest
}

// longestImage bounds the texts that may be an image.
const longestImage = 512

// imageTexts adds the texts in a value that may be an image.
func imageTexts(value any, to []string) []string {
	switch v := value.(type) {
	case map[string]any:
		for _, child := range v {
			to = imageTexts(child, to)
		}
	case []any:
		for _, child := range v {
			to = imageTexts(child, to)
		}
	case string:
		if v != "" && len(v) <= longestImage && !strings.ContainsAny(v, " \n") {
			to = append(to, v)
		}
	}
	return to
}

// unlikeImage is 0 for images of one last name, 1 for others.
func unlikeImage(a, b string) int {
	if a[strings.LastIndexByte(a, '/')+1:] == b[strings.LastIndexByte(b, '/')+1:] {
		return 0
	}
	return 1
}
