package checks

import (
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// valuesImage is an image in values: a map of repository and tag, or a string.
type valuesImage struct {
	at         *review.Setting // what a finding about the tag points at
	repository string          // with its registry; "" where the values leave it to the chart
	tag        string
	digest     string
}

func (i valuesImage) String() string {
	out := i.repository
	if i.tag != "" {
		out += ":" + i.tag
	}
	if i.digest != "" {
		out += "@" + i.digest
	}
	return strings.TrimPrefix(out, ":")
}

var (
	imageKey    = regexp.MustCompile(`(?i)image$`)
	imageString = regexp.MustCompile(`^[a-z0-9][\w.-]*(:\d+)?(/[\w.-]+)*(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$`)
)

// imageAt reads a setting as an image.
func imageAt(s *review.Setting) (valuesImage, bool) {
	if s == nil {
		return valuesImage{}, false
	}
	if text := s.Text(); text != "" {
		if !imageKey.MatchString(s.Key) || !imageString.MatchString(text) || !strings.ContainsAny(text, ":@") {
			return valuesImage{}, false
		}
		tag, _ := kube.ImageTag(text)
		name, _, _ := strings.Cut(text, "@")
		return valuesImage{at: s, repository: strings.TrimSuffix(name, ":"+tag), tag: tag, digest: kube.ImageDigest(text)}, true
	}
	var image valuesImage
	for _, key := range []string{"repository", "image", "name"} {
		if image.repository == "" {
			image.repository = s.Field(key).Text()
		}
	}
	if registry := s.Field("registry").Text(); registry != "" && image.repository != "" {
		image.repository = registry + "/" + image.repository
	}
	tag := s.Field("tag")
	if tag == nil || s.Field("repository").Text() == "" && !imageKey.MatchString(s.Key) {
		return valuesImage{}, false
	}
	image.at = tag
	image.tag, image.digest, _ = strings.Cut(tag.Text(), "@")
	for _, key := range []string{"digest", "sha", "sha256"} {
		if d := s.Field(key).Text(); d != "" {
			image.digest = d
		}
	}
	return image, true
}

// eachImage visits the images that values name.
func eachImage(v *review.Values, visit func(s *review.Setting, image valuesImage)) {
	v.Each(func(s *review.Setting) {
		if image, ok := imageAt(s); ok && !strings.ContainsAny(image.String(), "${}<>") {
			visit(s, image)
		}
	})
}
