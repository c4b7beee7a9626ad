package setting

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Image is an image in values: a map of repository and tag, or a string.
type Image struct {
	At         *review.Setting // what a finding about the tag points at
	Repository string          // with its registry; "" where the values leave it to the chart
	Tag        string
	Digest     string
}

// String is the image as values would write it in one piece.
func (i Image) String() string {
	out := i.Repository
	if i.Tag != "" {
		out += ":" + i.Tag
	}
	if i.Digest != "" {
		out += "@" + i.Digest
	}
	return strings.TrimPrefix(out, ":")
}

var (
	imageKey    = pattern.New(`(?i)image$`)
	imageString = pattern.New(`^[a-z0-9][\w.-]*(:\d+)?(/[\w.-]+)*(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$`)
)

// ImageAt reads a setting as an image.
func ImageAt(s *review.Setting) (Image, bool) {
	if s == nil {
		return Image{}, false
	}
	if text := s.Text(); text != "" {
		if !imageKey.MatchString(s.Key) || !imageString.MatchString(text) || !strings.ContainsAny(text, ":@") {
			return Image{}, false
		}
		tag, _ := kube.ImageTag(text)
		name, _, _ := strings.Cut(text, "@")
		return Image{At: s, Repository: strings.TrimSuffix(name, ":"+tag), Tag: tag, Digest: kube.ImageDigest(text)}, true
	}
	var image Image
	for _, key := range []string{"repository", "image", "name"} {
		if image.Repository == "" {
			image.Repository = s.Field(key).Text()
		}
	}
	if registry := s.Field("registry").Text(); registry != "" && image.Repository != "" {
		image.Repository = registry + "/" + image.Repository
	}
	tag := s.Field("tag")
	if tag == nil || s.Field("repository").Text() == "" && !imageKey.MatchString(s.Key) {
		return Image{}, false
	}
	image.At = tag
	image.Tag, image.Digest, _ = strings.Cut(tag.Text(), "@")
	for _, key := range []string{"digest", "sha", "sha256"} {
		if d := s.Field(key).Text(); d != "" {
			image.Digest = d
		}
	}
	return image, true
}

// EachImage visits the images that values name.
func EachImage(v *review.Values, visit func(s *review.Setting, image Image)) {
	v.Each(func(s *review.Setting) {
		if image, ok := ImageAt(s); ok && !strings.ContainsAny(image.String(), "${}<>") {
			visit(s, image)
		}
	})
}
