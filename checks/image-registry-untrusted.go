package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// imageRegistryUntrustedOptions can be set in the repository's file.
type imageRegistryUntrustedOptions struct {
	// Allow are the registries, or registries with the beginning of a path, that
	// images may come from: registry.acme.test, ghcr.io/acme, docker.io/library.
	Allow []string `json:"allow"`
}

var imageRegistryUntrusted = &review.Check{
	ID: "image-registry-untrusted", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Images},
	Options: &imageRegistryUntrustedOptions{},
	Doc: review.Doc{
		Title:  "image from another registry or owner",
		What:   "With `allow` in the repository's file, looks for images from any other registry or account. Without it, it only reports, as information, when a change moves a container's image to another owner. For a chart that is not rendered, checks the images in its values.",
		Why:    "The owner of the account decides what runs in your cluster, even after the account is sold or taken over.",
		Fix:    "Use the vendor's image, or mirror it into your own registry. To trust the owner, add it to `allow`.",
		Verify: "kubectl get pods -A -o jsonpath='{range .items[*]}{.spec.containers[*].image}{\"\\n\"}{end}' | sort -u",
		Waive:  "The vendor moved its images; say where it was announced.",
		Effort: "small",
		Bad:    "image: docker.io/somebody/postgres:16",
		Good:   "image: docker.io/library/postgres:16",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		image := review.Text(c.Fields, "image")
		if image == "" || strings.ContainsAny(image, "${}<>") {
			return
		}
		if allow := p.Options.(*imageRegistryUntrustedOptions).Allow; len(allow) > 0 {
			if allowedImage(allow, image) {
				return
			}
			p.Report(review.Hit{Object: c.Workload, Field: c.At("image"), Key: c.Key(), Message: fmt.Sprintf("%s: the image `%s` comes from `%s`, which is not among the allowed registries.", c, image, kube.ImageOwner(image))})
			return
		}
		old, ok := p.ContainerBefore(c)
		before := review.Text(old.Fields, "image")
		if ok && before != "" && kube.ImageOwner(before) != kube.ImageOwner(image) {
			p.Report(review.Hit{Object: c.Workload, Field: c.At("image"), Key: c.Key(), Severity: review.Info, Title: "image has another owner",
				Message: fmt.Sprintf("%s: the image came from `%s` and comes from `%s` now.", c, kube.ImageOwner(before), kube.ImageOwner(image))})
		}
	}).ChartValues(untrustedImageInValues),
}

// allowedImage reports whether an image comes from one of the registries, or
// registries with the beginning of a path.
func allowedImage(allow []string, image string) bool {
	registry, path := kube.ImageName(image)
	name := registry + "/" + path
	for _, a := range allow {
		if name == a || strings.HasPrefix(name, strings.TrimSuffix(a, "/")+"/") {
			return true
		}
	}
	return false
}

func untrustedImageInValues(p *review.Pass, v *review.Values) {
	allow := p.Options.(*imageRegistryUntrustedOptions).Allow
	var moved []movedImage
	setting.EachImage(v, func(s *review.Setting, image setting.Image) {
		if image.Repository == "" {
			return
		}
		if len(allow) > 0 {
			if !allowedImage(allow, image.Repository) {
				setting.Report(p, v, image.At, "", review.Hit{Message: fmt.Sprintf("%s: the image `%s` comes from `%s`, which is not among the allowed registries.", setting.Name(v, s.Path), image, kube.ImageOwner(image.Repository))})
			}
			return
		}
		if was, ok := setting.ImageAt(v.Was(s.Path)); ok && was.Repository != "" && kube.ImageOwner(was.Repository) != kube.ImageOwner(image.Repository) {
			moved = append(moved, movedImage{s.Path, image.At, kube.ImageOwner(was.Repository), kube.ImageOwner(image.Repository)})
		}
	})
	movedTogether(p, v, moved)
}

// movedImage is an image in values that has another owner now.
type movedImage struct {
	path     string
	at       *review.Setting
	from, to string
}

// movedTogether tells once of all images of a release that moved to one owner.
func movedTogether(p *review.Pass, v *review.Values, moved []movedImage) {
	for len(moved) > 0 {
		first := moved[0]
		var paths, from []string
		moved = slices.DeleteFunc(moved, func(m movedImage) bool {
			if m.to != first.to {
				return false
			}
			paths = append(paths, review.Quotable(m.path))
			if !slices.Contains(from, m.from) {
				from = append(from, m.from)
			}
			return true
		})
		message := fmt.Sprintf("%s: the image came from `%s` and comes from `%s` now.", setting.Name(v, first.path), first.from, first.to)
		if len(paths) > 1 {
			message = fmt.Sprintf("The values of %s, %s: the images came from %s and come from `%s` now.", v.Release.ID, text.Some(text.Code(paths)), text.Some(text.Code(from)), first.to)
		}
		setting.Report(p, v, first.at, "", review.Hit{Severity: review.Info, Title: "image has another owner", Message: message})
	}
}
