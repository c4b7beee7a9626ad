package checks

import (
	"fmt"
	"net"
	"strings"

	"github.com/distribution/reference"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var (
	zeroDigest          = pattern.New(`^sha256:0{64}$`)
	exampleRegistry     = pattern.New(`(^|\.)example\.(com|org|net)$`) // RFC 2606: kept for documentation
	placeholderRegistry = pattern.New(`^(your|my)[-.]?registry|<[^>]+>|^REGISTRY`)
)

var imageRegistryLocal = &review.Check{
	ID: "image-registry-local", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Images},
	Doc: review.Doc{
		Title:  "image that no cluster can pull",
		What:   "Looks for images from `localhost`, loopback addresses, `.local` and `.localhost` hosts, registries named like a kind cluster's, and placeholder registries, for all-zero digests, and for texts that a kubelet cannot read as an image (capital letters, blanks, a tag with `+`, a digest of another length). For a chart that is not rendered, checks the images in its values.",
		Why:    "Such an image exists only on the machine where it was built. Elsewhere the pod stays in ImagePullBackOff, or runs another image that has the same name on the node.",
		Fix:    "Push the image to a registry that the cluster can read, and use that name.",
		Verify: "crane manifest IMAGE, from outside your machine",
		Waive:  "A cluster on one machine that has this registry.",
		Effort: "small",
		Bad:    "image: localhost:5000/shop/app@sha256:aa17…",
		Good:   "image: registry.acme.test/shop/app:1.4.2@sha256:aa17…",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		image := review.Text(c.Fields, "image")
		why := unpullable(image)
		if why == "" && !openShiftWrites(c.Workload) {
			why = unreadable(image)
		}
		if why != "" {
			p.Report(review.Hit{Object: c.Workload, Field: c.At("image"), Key: c.Key(), Message: fmt.Sprintf("%s: the image `%s` cannot be pulled: %s.", c, image, why)})
		}
	}).ChartValues(localImageInValues),
}

// unpullable says why an image cannot be pulled by a cluster; "" where it can.
func unpullable(image string) string {
	registry, _ := kube.ImageName(image)
	switch {
	case image == "":
	case zeroDigest.MatchString(kube.ImageDigest(image)):
		return "its digest is a placeholder of zeros"
	case localRegistry(registry):
		return "`" + registry + "` is a registry of one machine"
	case exampleRegistry.MatchString(registry):
		return "`" + registry + "` is a domain for examples, and no registry is there"
	case placeholderRegistry.MatchString(registry):
		return "`" + registry + "` is a placeholder"
	}
	return ""
}

// imageTriggers is where OpenShift is told to write a container's image.
const imageTriggers = "image.openshift.io/triggers"

// openShiftWrites reports whether OpenShift fills in the images of a workload.
func openShiftWrites(o *model.Object) bool {
	return o.ID.Kind == "DeploymentConfig" || review.Labels(o.Fields(), "metadata", "annotations")[imageTriggers] != ""
}

// unreadable says why a kubelet takes a text for no image (InvalidImageName); "" where it
// reads one. It reads them by the same package.
func unreadable(image string) string {
	switch digest := kube.ImageDigest(image); {
	case isImage(image), image == "", review.Unsettled(image), model.Redacted(image):
		return ""
	case isImage(strings.ToLower(image)):
		return "the name of a repository has no capital letters"
	case strings.ContainsAny(image, " \t\n"):
		return "it has a blank in it"
	case digest != "" && isImage(strings.TrimSuffix(image, "@"+digest)):
		return "`" + digest + "` is no digest (`sha256:` and 64 hexadecimal digits)"
	case strings.Contains(image, "+"):
		return "a tag has no `+`"
	}
	return "it is not the form of an image's name"
}

func isImage(image string) bool {
	_, err := reference.ParseNormalizedNamed(image)
	return err == nil
}

// localRegistry reports whether a registry's host is one machine's own.
func localRegistry(registry string) bool {
	host, _, err := net.SplitHostPort(registry)
	if err != nil {
		host = registry
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") && !strings.Contains(host, ".svc.") ||
		strings.HasPrefix(host, "kind-registry") || !strings.Contains(host, ".")
}

func localImageInValues(p *review.Pass, v *review.Values) {
	setting.EachImage(v, func(s *review.Setting, image setting.Image) {
		if why := unpullable(image.String()); why != "" && image.Repository != "" {
			setting.Report(p, v, image.At, "", review.Hit{Message: fmt.Sprintf("%s: the image `%s` cannot be pulled: %s.", setting.Name(v, s.Path), image, why)})
		}
	})
}
