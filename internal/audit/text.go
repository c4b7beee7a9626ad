package audit

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// text is what is read of a Markdown file: a scan line by line, with regular
// expressions that take linear time, since the text is a stranger's.
type text struct {
	file         string
	links        []mention
	named        []mention // paths as code
	versions     []mention // as code
	placeholders []mention
	headings     []string
	sections     []section
	anchors      map[string]bool
	empty        bool
}

// section is a heading with what stands below it, up to the next of its level.
type section struct {
	title string
	line  int
	level int
	lines int // that say something
}

// mention is something that a line says.
type mention struct {
	line int
	text string
}

var (
	inlineLink  = pattern.New(`\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)`)
	reference   = pattern.New(`^ {0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)`)
	codeSpan    = pattern.New("`([^`]+)`")
	fenced      = pattern.New("^ {0,3}(```+|~~~+)")
	atxHeading  = pattern.New(`^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$`)
	underline   = pattern.New(`^ {0,3}(?:=+|-+)\s*$`)
	htmlAnchor  = pattern.New(`<[a-zA-Z][^>]*\b(?:id|name)=["']([^"']+)["']`)
	scheme      = pattern.New(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	pathText    = pattern.New(`^(?:\./)?[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+/?$`)
	many        = pattern.New(`YYYY|MMDD|XXX|NNN`) // stands for many names
	versionText = pattern.New(`^v?\d+\.\d+\.\d+(?:-[A-Za-z0-9.]+)?$`)
	placeholder = pattern.New(`\b(?:TODO|TBD|FIXME|REPLACE_?ME|CHANGE_?ME|PENDING(?:_[A-Z]+)*|PLACEHOLDER)\b|\bto be (?:defined|determined|written)\b|(?i:\blorem ipsum\b)`)
)

// scan reads a text.
func scan(file, content string) *text {
	t := &text{file: file, anchors: map[string]bool{}, empty: strings.TrimSpace(content) == ""}
	slugs := map[string]int{}
	fence := ""
	history := isHistory(file)
	before := ""
	for i, line := range strings.Split(content, "\n") {
		line = strings.TrimRight(line, "\r")
		if m := fenced.FindStringSubmatch(line); m != nil {
			switch {
			case fence == "":
				fence = m[1]
			case strings.HasPrefix(m[1], fence):
				fence = ""
			}
			continue
		}
		if fence == "" && atxHeading.MatchString(line) {
			level := len(strings.TrimLeft(line, " ")) - len(strings.TrimLeft(strings.TrimLeft(line, " "), "#"))
			t.sections = append(t.sections, section{atxHeading.FindStringSubmatch(line)[1], i + 1, level, 0})
		} else if strings.TrimSpace(line) != "" {
			t.say()
		}
		if fence != "" {
			continue
		}
		if m := atxHeading.FindStringSubmatch(line); m != nil {
			t.headings = append(t.headings, m[1])
			t.anchors[slug(m[1], slugs)] = true
		}
		if underline.MatchString(line) && strings.TrimSpace(before) != "" && !strings.HasPrefix(before, "#") {
			t.headings = append(t.headings, strings.TrimSpace(before))
			t.anchors[slug(strings.TrimSpace(before), slugs)] = true
		}
		before = line
		for _, m := range htmlAnchor.FindAllStringSubmatch(line, -1) {
			t.anchors[strings.ToLower(m[1])] = true
		}
		t.line(i+1, line, history)
	}
	return t
}

// say counts a line to the sections in which it stands.
func (t *text) say() {
	level := 7
	for i := len(t.sections) - 1; i >= 0; i-- {
		if s := &t.sections[i]; s.level < level {
			s.lines++
			level = s.level
		}
	}
}

func (t *text) line(n int, line string, history bool) {
	for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
		code := strings.TrimSpace(m[1])
		switch {
		case history: // an old version or a file that was is no mistake there
		case versionText.MatchString(code):
			t.versions = append(t.versions, mention{n, code})
		case pathText.MatchString(code) && !strings.Contains(code, "..") && !many.MatchString(code):
			t.named = append(t.named, mention{n, code})
		}
	}
	prose := codeSpan.ReplaceAllString(line, "")
	for _, m := range inlineLink.FindAllStringSubmatch(prose, -1) {
		t.links = append(t.links, mention{n, m[1]})
	}
	if m := reference.FindStringSubmatch(prose); m != nil {
		t.links = append(t.links, mention{n, m[1]})
	}
	if m := placeholder.FindString(line); m != "" && !history {
		t.placeholders = append(t.placeholders, mention{n, m})
	}
}

// isHistory: texts that tell what was.
func isHistory(file string) bool {
	name := strings.ToUpper(path.Base(file))
	return strings.HasPrefix(name, "CHANGELOG") || strings.HasPrefix(name, "CHANGES") || strings.HasPrefix(name, "RELEASE")
}

// slug is GitHub's anchor of a heading; a repeated one is numbered.
func slug(heading string, seen map[string]int) string {
	heading = inlineLinkText.ReplaceAllString(heading, "$1")
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	s := b.String()
	n := seen[s]
	seen[s]++
	if n > 0 {
		return fmt.Sprintf("%s-%d", s, n)
	}
	return s
}

var inlineLinkText = pattern.New(`\[([^\]]*)\]\([^)]*\)`)

// required are the sections that a standard text has: any of the words in any
// heading.
var required = map[string]map[string]*pattern.Pattern{
	"README.md":   {"how to install or use it": pattern.New(`(?i)install|setup|set up|start|usage|use|deploy|bootstrap|develop`)},
	"SECURITY.md": {"how to report": pattern.New(`(?i)report|disclos|contact|vulnerab`)},
}

// missingSections are those that the standard of this text asks for and no
// heading has.
func (t *text) missingSections() []string {
	var out []string
	if strings.Count(t.file, "/") > 0 && t.file != ".github/SECURITY.md" && t.file != "docs/SECURITY.md" {
		return nil
	}
	for name, pattern := range required[path.Base(t.file)] {
		found := false
		for _, h := range t.headings {
			found = found || pattern.MatchString(h)
		}
		if !found {
			out = append(out, name)
		}
	}
	return out
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
