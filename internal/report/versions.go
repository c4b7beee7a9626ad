package report

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// move is one image, chart or source that changes its version.
type move struct {
	what     string // image, chart, source
	name     string
	old, new string // "" where there is none
	step     string // major, minor, patch, digest; "" where the two do not compare
	where    []string
	targets  []string
}

// moves gives the versions that change, each once, in the order of the changes.
func moves(r *review.Report) []move {
	var out []move
	at := map[string]int{}
	add := func(c review.Change, what, name, old, new string) {
		if old == new {
			return
		}
		key := fmt.Sprint(what, "\x00", name, "\x00", old, "\x00", new)
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, move{what: what, name: name, old: old, new: new, step: step(old, new)})
		}
		out[i].where = append(out[i].where, c.Object.String())
		out[i].targets = append(out[i].targets, c.Targets...)
	}
	for _, c := range r.Changes {
		if c.Change != review.Modified || c.Head == nil {
			continue
		}
		for _, f := range c.Fields {
			old, _ := model.Show(f.Before.V).(string)
			new, _ := model.Show(f.After.V).(string)
			if what, name := versioned(c, f); what == "image" && name == "" {
				was, before := imageParts(old)
				is, after := imageParts(new)
				if was != is {
					is = was + " → " + is
				}
				add(c, what, is, variable(before), variable(after))
			} else if what != "" {
				add(c, what, name, old, new)
			}
		}
	}
	return out
}

// versioned says of which image, chart or source a field is the version.
func versioned(c review.Change, f review.Field) (what, name string) {
	if !f.Before.Set || !f.After.Set {
		return "", ""
	}
	fields := c.Head.Fields()
	switch kind := c.Object.GroupKind(); {
	case strings.Contains(f.Path, "ontainers/") && strings.HasSuffix(f.Path, "/image"):
		return "image", ""
	case kind == "HelmRelease.helm.toolkit.fluxcd.io" && f.Path == "/spec/chart/spec/version":
		return "chart", review.Text(fields, "spec", "chart", "spec", "chart")
	case strings.HasSuffix(kind, ".source.toolkit.fluxcd.io") && strings.HasPrefix(f.Path, "/spec/ref/"):
		return "source", review.Text(fields, "spec", "url")
	case kind == "HelmRelease.helm.toolkit.fluxcd.io" && strings.HasPrefix(f.Path, "/spec/values/") && strings.HasSuffix(f.Path, "/tag"):
		if name := review.Text(parent(fields, f.Path), "repository"); name != "" {
			return "image", name
		}
	case kind == "Application.argoproj.io" && f.Path == "/spec/source/targetRevision":
		if chart := review.Text(fields, "spec", "source", "chart"); chart != "" {
			return "chart", chart
		}
		return "source", review.Text(fields, "spec", "source", "repoURL")
	}
	return "", ""
}

// parent gives the map that holds a field; nil where it stands in none.
func parent(fields map[string]any, pointer string) map[string]any {
	var at any = fields
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, token := range tokens[:len(tokens)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[unescape.Replace(token)]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			at = v[i]
		}
	}
	m, _ := at.(map[string]any)
	return m
}

// unescape reads a token of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// imageParts splits an image into its name, and its tag with the digest. What a variable
// of Flux has as a default is no part of it.
func imageParts(image string) (name, version string) {
	plain := []byte(image)
	for _, at := range expression.FindAllStringIndex(image, -1) {
		copy(plain[at[0]:at[1]], strings.Repeat("x", at[1]-at[0]))
	}
	end := len(image)
	if at := bytes.IndexByte(plain, '@'); at >= 0 {
		end, version = at, image[at:]
	}
	if colon := bytes.LastIndexByte(plain[:end], ':'); colon > bytes.LastIndexByte(plain[:end], '/') {
		return image[:colon], image[colon+1:end] + version
	}
	return image[:end], version
}

// expression matches a variable of Flux, with its default in the second group.
var expression = pattern.New(`\$\{(\w+)(?::?[=-]([^{}]*))?\}`)

// variable is a version that a variable stays in, as nobody can see its value.
func variable(version string) string {
	m := expression.FindStringSubmatch(version)
	if m == nil || m[0] != version || m[2] == "" {
		return version
	}
	return "${" + m[1] + "} (" + m[2] + " by default)"
}

// back ends the step of a version that is older than the one before.
const back = " back"

// step says how far two versions are apart, by semantic versioning.
func step(old, new string) string {
	oldTag, oldDigest, _ := strings.Cut(old, "@")
	newTag, newDigest, _ := strings.Cut(new, "@")
	if oldTag == newTag && oldDigest != newDigest {
		return "digest"
	}
	a, err := semver.NewVersion(oldTag)
	b, err2 := semver.NewVersion(newTag)
	if err != nil || err2 != nil || !strings.Contains(oldTag, ".") || !strings.Contains(newTag, ".") {
		return ""
	}
	what := "patch"
	switch {
	case a.Major() != b.Major():
		what = "major"
	case a.Minor() != b.Minor():
		what = "minor"
	case a.Equal(b):
		return ""
	}
	if b.LessThan(a) {
		what += back
	}
	return what
}

// routine reports whether nothing but versions of images, charts and sources moves, and
// forward where they compare, with the labels that follow them. What is not sure is not
// routine.
func routine(r *review.Report) bool {
	if r.Conclusion != review.Success {
		return false
	}
	moved := false
	for _, c := range r.Changes {
		if c.Change != review.Modified || c.Head == nil {
			return false
		}
		for _, f := range c.Fields {
			if otherImage(c, f) {
				return false
			}
			if what, _ := versioned(c, f); what != "" && !strings.Contains(fmt.Sprint(f.After.V), "${") {
				moved = true
			} else if churn(f.Path) == "" {
				return false
			}
		}
	}
	return moved && !slices.ContainsFunc(moves(r), func(m move) bool {
		return !strings.ContainsAny(m.new, "0123456789") || strings.HasSuffix(m.step, back) // "latest" and "main" are no versions
	})
}

// otherImage reports whether a container runs another image now, of whatever version.
func otherImage(c review.Change, f review.Field) bool {
	if what, name := versioned(c, f); what != "image" || name != "" {
		return false
	}
	old, _ := model.Show(f.Before.V).(string)
	new, _ := model.Show(f.After.V).(string)
	was, _ := imageParts(old)
	is, _ := imageParts(new)
	return was != is
}

// version shortens a digest for people.
func version(v string) string {
	tag, digest, ok := strings.Cut(v, "@")
	if !ok {
		if v == "" {
			return "none"
		}
		return oneLine(v)
	}
	return oneLine(strings.Trim(tag+"@"+digest[:min(len(digest), len("sha256:")+7)]+"…", " "))
}
