package checks

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// docTopic is a subject that the documentation should have a section on.
type docTopic struct {
	about   string         // for the message: "restoring the keys of SOPS"
	heading *regexp.Regexp // of a section or of a file's path
	body    *regexp.Regexp // further words that the section must hold; nil for none
	wanted  func(*review.Pass) bool
}

// fewLines is how many lines make a section more than a mention.
const fewLines = 3

// maxDocs bounds the texts that are read.
const maxDocs = 1000

// documented makes the check that the repository's texts have a section on a
// subject: a heading, or a file of that name, and a few lines below it. Only an
// audit tells.
func documented(c review.Check, t docTopic) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if t.wanted != nil && !t.wanted(p) {
			return
		}
		p.Looked(1)
		read, mention := 0, docSection{}
		for _, file := range p.Paths() {
			if !isDocument(file) || read == maxDocs {
				continue
			}
			read++
			for _, s := range sectionsOf(file, p.Read(file)) {
				if !t.heading.MatchString(s.heading) || t.body != nil && !t.body.MatchString(s.heading+"\n"+s.text) {
					continue
				}
				if s.lines >= fewLines {
					return
				}
				if mention.file == "" {
					mention = s
				}
			}
		}
		h := review.Hit{Key: "absent", Searched: []string{text.Plural(read, "text") + " of the repository, for a heading on " + t.about},
			Message: fmt.Sprintf("No text of the repository has a section on %s.", t.about)}
		if mention.file != "" {
			h.File, h.Line = mention.file, mention.line
			h.Message = fmt.Sprintf("The section on %s says next to nothing: %s.", t.about, text.Plural(mention.lines, "line"))
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// docSection is a heading of a text with what stands below it.
type docSection struct {
	file, heading, text string
	line, lines         int // where the heading is; how many lines below it say something
}

// sectionsOf splits a text in Markdown at its headings. The file's path is the
// heading of the whole. What stands under smaller headings belongs to the larger
// one too.
func sectionsOf(file string, content []byte) []docSection {
	out := []docSection{{file: file, heading: strings.NewReplacer("-", " ", "_", " ").Replace(strings.TrimSuffix(file, path.Ext(file))), line: 1}}
	open := []int{0}
	depth := []int{0}
	fenced := false
	for i, text := range strings.Split(string(content), "\n") {
		trimmed := strings.TrimSpace(text)
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
		}
		level := len(trimmed) - len(strings.TrimLeft(trimmed, "#="))
		if !fenced && level > 0 && level < 7 && strings.HasPrefix(trimmed[level:], " ") {
			for len(open) > 1 && depth[len(depth)-1] >= level {
				open, depth = open[:len(open)-1], depth[:len(depth)-1]
			}
			out = append(out, docSection{file: file, heading: strings.TrimSpace(trimmed[level:]), line: i + 1})
			open, depth = append(open, len(out)-1), append(depth, level)
			continue
		}
		if trimmed == "" || strings.HasPrefix(trimmed, "```") {
			continue
		}
		for _, s := range open {
			out[s].lines++
			if len(out[s].text) < 20_000 {
				out[s].text += trimmed + "\n"
			}
		}
	}
	return out
}

// isDocument reports whether a file is a text for people.
func isDocument(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown", ".mdx", ".adoc", ".rst":
	default:
		return false
	}
	return !strings.Contains("/"+file, "/vendor/") && !strings.Contains("/"+file, "/node_modules/") && !strings.HasPrefix(path.Base(strings.ToLower(file)), "changelog")
}

// usesSops reports whether the repository keeps secrets that SOPS encrypts.
func usesSops(p *review.Pass) bool {
	for _, file := range p.Paths() {
		if base := path.Base(file); base == ".sops.yaml" || base == ".sops.yml" || strings.Contains(base, ".sops.") {
			return true
		}
	}
	return false
}

// rendersSomething reports whether the repository has anything to run.
func rendersSomething(p *review.Pass) bool {
	for _, c := range p.Clusters {
		if len(c.Objects) > 0 {
			return true
		}
	}
	return false
}
