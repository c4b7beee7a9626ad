package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

// imageTagMutableOptions can be set in the repository's file.
type imageTagMutableOptions struct {
	// Words are tags that move.
	Words []string `json:"words"`
}

var imageTagMutable = &review.Check{
	ID: "image-tag-mutable", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Images},
	Options: &imageTagMutableOptions{Words: []string{"latest", "main", "master", "edge", "nightly", "canary", "dev", "develop", "stable", "rolling"}},
	Doc: review.Doc{
		Title:  "mutable image tag",
		What:   "Looks at every container's image for a missing tag, `latest`, or a tag that is named like a branch, and for a missing image, which the API server refuses. An image with a digest is pinned, whatever its tag. For a chart that is not rendered, checks the images in its values.",
		Why:    "The image that runs depends on when a node pulls it: two pods of one Deployment can run different code, a rollback does not restore the earlier image, and whoever can push the tag deploys to your cluster.",
		Fix:    "Use a version, preferably with its digest: `image: registry/app:1.4.2@sha256:…`.",
		Verify: "kubectl get pods -A -o jsonpath='{range .items[*]}{.spec.containers[*].image}{\"\\n\"}{end}' | sort | uniq -c",
		Waive:  "A development cluster follows a branch on purpose.",
		Effort: "small",
		Bad:    "image: nginx:latest",
		Good:   "image: nginx:1.27.3@sha256:…",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		image := review.Text(c.Fields, "image")
		tag, pinned := kube.ImageTag(image)
		// schema-invalid tells it of Kubernetes' own kinds; the triggers of a DeploymentConfig fill it in.
		if c.Fields["image"] == nil && !schema.BuiltIn(c.Workload.ID) && c.Workload.ID.Kind != "DeploymentConfig" {
			p.Report(review.Hit{Object: c.Workload, Field: c.At("image"), Key: c.Key() + " none", Title: "container without an image",
				Message: fmt.Sprintf("%s, names no image. It will be refused.", c)})
		}
		if image == "" || pinned || injected(c.Workload, image) {
			return
		}
		words := p.Options.(*imageTagMutableOptions).Words
		said := "has no tag, which means `latest`"
		switch {
		case tag != "" && !slices.Contains(words, strings.ToLower(tag)):
			return
		case tag != "":
			said = fmt.Sprintf("follows the tag `%s`, which moves", tag)
		case kube.Open(image):
			return // the tag may be in what is not visible
		}
		p.Report(review.Hit{
			Object: c.Workload, Field: c.At("image"),
			Message: fmt.Sprintf("%s, container `%s`: the image `%s` %s.", c.Workload.ID, c.Name, image, said),
		})
	}).ChartValues(mutableTagInValues),
}

// injected reports whether Istio fills an image in when the pod is made, as in gateways.
func injected(o *model.Object, image string) bool {
	pod, _ := review.PodOf(o)
	return image == "auto" && (review.Text(pod.Metadata, "labels", "sidecar.istio.io/inject") == "true" || review.Text(pod.Metadata, "annotations", "inject.istio.io/templates") != "")
}

func mutableTagInValues(p *review.Pass, v *review.Values) {
	words := p.Options.(*imageTagMutableOptions).Words
	setting.EachImage(v, func(s *review.Setting, image setting.Image) {
		if image.Digest != "" || !slices.Contains(words, strings.ToLower(image.Tag)) {
			return
		}
		setting.Report(p, v, image.At, "", review.Hit{
			Message: fmt.Sprintf("%s: the image `%s` follows the tag `%s`, which moves.", setting.Name(v, s.Path), image, image.Tag)})
	})
}
