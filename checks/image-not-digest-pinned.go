package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var imageNotDigestPinned = &review.Check{
	ID: "image-not-digest-pinned", SaidBy: "image-tag-mutable", Area: review.SupplyChain, Severity: review.Low, Tags: []review.Tag{review.Images},
	Doc: review.Doc{
		Title:  "image without digest",
		What:   "Looks for images without a `@sha256:` digest. It is advice, and medium if the change removes a digest. On a pull request, a new workload is left to the audit if at most one in ten of those beside it uses digests, and a tag that moves is left to `image-tag-mutable`. If your policy requires digests, set the severity to high: then every image is reported. For a chart that is not rendered, checks the images in its values, only if the change removes a digest.",
		Why:    "A tag can be pushed again with other content; a digest cannot. Without a digest, the tested and the running image may differ, and nothing shows it.",
		Fix:    "Add the digest: `image: registry/app:1.4.2@sha256:…`. Renovate and Dependabot update both.",
		Verify: "crane digest registry/app:1.4.2",
		Waive:  "The registry makes tags immutable, or the cluster is not production.",
		Effort: "small",
		Bad:    "image: registry.acme.test/shop/app:1.4.2",
		Good:   "image: registry.acme.test/shop/app:1.4.2@sha256:0f0c6c…",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		image := review.Text(c.Fields, "image")
		if image == "" || kube.ImageDigest(image) != "" {
			return
		}
		h := review.Hit{Object: c.Workload, Field: c.At("image"), Key: c.Key(), Message: fmt.Sprintf("%s: the image `%s` has no digest.", c, image)}
		if old, ok := p.ContainerBefore(c); ok && kube.ImageDigest(review.Text(old.Fields, "image")) != "" {
			h.Severity, h.Title = review.Medium, "digest removed"
			h.Message = fmt.Sprintf("%s: the image `%s` had a digest before and has none now.", c, image)
		} else if custom.Unheard(p, c.Workload, custom.Workloads, custom.Container(func(c review.Container) bool { return kube.ImageDigest(review.Text(c.Fields, "image")) != "" })) {
			return
		}
		p.Report(h)
	}).ChartValues(digestLostInValues),
}

func digestLostInValues(p *review.Pass, v *review.Values) {
	setting.EachImage(v, func(s *review.Setting, image setting.Image) {
		was, ok := setting.ImageAt(v.Was(s.Path))
		if image.Digest != "" || !ok || was.Digest == "" {
			return
		}
		setting.Report(p, v, image.At, "", review.Hit{Severity: review.Medium, Title: "digest removed",
			Message: fmt.Sprintf("%s: the image `%s` had a digest before and has none now.", setting.Name(v, s.Path), image)})
	})
}
