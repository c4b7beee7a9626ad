package repo

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Topic is a subject that the documentation should have a section on.
type Topic struct {
	About   string           // for the message: "restoring the keys of SOPS"
	Heading *pattern.Pattern // of a section or of a file's path
	Body    *pattern.Pattern // further words that the section must hold; nil for none
	// Lines is how many lines of the section must hold one of the words of Line, where
	// a heading does not tell that it is about the subject.
	Line   *pattern.Pattern
	Lines  int
	Wanted func(*review.Pass) bool
}

// Documented makes the check that the repository's texts have a section on a
// subject: a heading, or a file of that name, and a few lines below it. Only an
// audit tells.
func Documented(c review.Check, t Topic) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if t.Wanted != nil && !t.Wanted(p) {
			return
		}
		p.Looked(1)
		read, mention, found := 0, section{}, section{}
		for _, file := range p.Paths() {
			if !IsDocument(file) || read == maxDocs || strings.Contains("/"+strings.ToLower(file), "template") {
				continue // a template's heading is about what will be written
			}
			read++
			for _, s := range sectionsOf(file, p.Read(file)) {
				if !t.Heading.MatchString(s.heading) || t.Body != nil && !t.Body.MatchString(s.heading+"\n"+s.text) {
					continue
				}
				if s.lines >= fewLines && t.Line != nil && s.saying(t.Line) < t.Lines {
					continue
				}
				if s.lines >= fewLines && (found.file == "" || t.worth(s.file) > t.worth(found.file)) {
					found = s
				}
				if mention.file == "" {
					mention = s
				}
			}
		}
		if found.file != "" {
			p.Looked(0, fmt.Sprintf("%s:%d", found.file, found.line))
			return
		}
		h := review.Hit{Key: "absent", Searched: []string{text.Plural(read, "text") + " of the repository, for a heading on " + t.About},
			Message: fmt.Sprintf("No text of the repository has a section on %s.", t.About)}
		if mention.file != "" {
			h.File, h.Line = mention.file, mention.line
			h.Message = fmt.Sprintf("The section on %s says next to nothing: %s.", t.About, text.Plural(mention.lines, "line"))
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// worth orders files: one that is about the subject by its name, and no record of a
// day, is the best.
func (t Topic) worth(file string) int {
	n := 0
	if t.Heading.MatchString(spaced(file)) {
		n += 2
	}
	if !dated.MatchString(file) {
		n++
	}
	return n
}

var dated = pattern.New(`20\d\d-?\d\d-?\d\d`)

// spaced is a path as a heading.
func spaced(file string) string {
	return strings.NewReplacer("-", " ", "_", " ").Replace(strings.TrimSuffix(file, path.Ext(file)))
}

// fewLines is how many lines make a section more than a mention.
const fewLines = 3

// maxDocs bounds the texts that are read.
const maxDocs = 1000

// section is a heading of a text with what stands below it.
type section struct {
	file, heading, text string
	line, lines         int // where the heading is; how many lines below it say something
}

// saying counts the lines of a section that match.
func (s section) saying(what *pattern.Pattern) int {
	n := 0
	for _, line := range strings.Split(s.text, "\n") {
		if what.MatchString(line) {
			n++
		}
	}
	return n
}

// sectionsOf splits a text in Markdown at its headings. The file's path is the
// heading of the whole. What stands under smaller headings belongs to the larger
// one too.
func sectionsOf(file string, content []byte) []section {
	out := []section{{file: file, heading: spaced(file), line: 1}}
	texts := []*strings.Builder{{}} // of out
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
			out = append(out, section{file: file, heading: strings.TrimSpace(trimmed[level:]), line: i + 1})
			texts = append(texts, &strings.Builder{})
			open, depth = append(open, len(out)-1), append(depth, level)
			continue
		}
		if trimmed == "" || strings.HasPrefix(trimmed, "```") {
			continue
		}
		for _, s := range open {
			out[s].lines++
			if texts[s].Len() < 20_000 {
				texts[s].WriteString(trimmed + "\n")
			}
		}
	}
	for i := range out {
		out[i].text = texts[i].String()
	}
	return out
}
