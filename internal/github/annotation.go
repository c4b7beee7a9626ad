package github

import (
	"strings"
	"unicode/utf8"

	gh "github.com/google/go-github/v60/github"
)

// Annotation is a remark on lines of a file at the head commit.
type Annotation struct {
	Path               string // relative to the repository's root
	StartLine, EndLine int    // from 1
	Level              string // LevelNotice, LevelWarning, LevelFailure
	Title              string // cut at 255 characters
	Message            string // cut at 64 KB
	Details            string // shown on demand; cut at 64 KB
}

// Values of an Annotation's Level.
const (
	LevelNotice  = "notice"
	LevelWarning = "warning"
	LevelFailure = "failure"
)

// GitHub's limits, from its OpenAPI description. That texts are also measured
// in bytes stands in github/docs#35252.
const (
	maxAnnotations = 50
	maxText        = 65535
	maxMessage     = 64 << 10
	maxTitle       = 255
)

// annotations puts annotations into the form that GitHub accepts: it refuses a
// whole request for one bad one. Those without a file or a text are left out.
func annotations(all []Annotation) []*gh.CheckRunAnnotation {
	out := make([]*gh.CheckRunAnnotation, 0, len(all))
	for _, a := range all {
		message := fit(a.Message, maxMessage)
		if a.Path == "" || message == "" {
			continue
		}
		start := max(a.StartLine, 1)
		end := max(a.EndLine, start)
		out = append(out, &gh.CheckRunAnnotation{
			Path: gh.String(strings.ToValidUTF8(a.Path, "\uFFFD")), StartLine: &start, EndLine: &end,
			AnnotationLevel: gh.String(a.Level), Message: &message,
			Title: optional(fit(firstRunes(a.Title, maxTitle), maxText)), RawDetails: optional(fit(a.Details, maxMessage)),
		})
	}
	return out
}

const cutMark = "\n… (cut)"

// fit cuts a text to a number of bytes, at a rune's border, and marks the cut.
// It takes out what JSON or GitHub's database cannot hold.
func fit(s string, bytes int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= bytes {
		return s
	}
	end := bytes - len(cutMark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + cutMark
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
