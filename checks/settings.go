package checks

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Rules over the values of a chart that is not rendered say what the values say,
// never what the chart makes of them: what a value means is told by its name,
// as charts use to name it.

// reportSetting reports a place in values. Findings pair by the release and the
// place, whichever tier holds it.
func reportSetting(p *review.Pass, v *review.Values, s *review.Setting, rule string, h review.Hit) {
	h.Object, h.Field, h.About, h.Key = s.Holder, s.Pointer+h.Field, v.Release, "values "+s.Path+" "+rule
	if s.Holder != v.Release {
		h.Related = append(h.Related, v.Release)
	}
	p.Report(h)
}

// settingOf is how a message names a place in values.
func settingOf(v *review.Values, path string) string {
	return fmt.Sprintf("The values of %s, `%s`", v.Release.ID, path)
}

// forAgentValues is the severity of a finding in values, which for a node agent
// is information.
func forAgentValues(v *review.Values, s *review.Setting, severity review.Severity) review.Severity {
	if nodeAgent.MatchString(s.Path) {
		return review.Info
	}
	return forAgent(v.Release, severity)
}

// outer is the path of the map that a path lies in.
func outer(path string) string {
	if i := strings.LastIndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return ""
}

// lostSettings gives what the values before the change said at places whose
// surroundings are still there and on, and that say nothing now: visit is called
// with the former setting, and with the nearest that is left of its path.
func lostSettings(v *review.Values, visit func(was, left *review.Setting)) {
	if v.Before == nil {
		return
	}
	v.Before.Each(func(was *review.Setting) {
		if v.On(was.Path) != nil {
			return
		}
		if left := v.On(outer(was.Path)); left != nil {
			visit(was, left)
		}
	})
}

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
		tag, _ := imageTag(text)
		name, _, _ := strings.Cut(text, "@")
		return valuesImage{at: s, repository: strings.TrimSuffix(name, ":"+tag), tag: tag, digest: imageDigest(text)}, true
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
