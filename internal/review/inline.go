package review

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
)

// inline is a waiver in a comment beside what it waives:
//
//	# seaworthy: waive <check> until=2027-03-31 owner=@acme/shop reason="…"
type inline struct {
	Waiver
	comment int    // the line of the comment
	place   string // what it stands beside, as a path of keys
	text    string // the comment, with single blanks
	wrong   string // why it is no waiver; "" if it is one
}

// maxInline bounds the files that are searched for comments, in bytes, and
// maxComments the waivers of one.
const (
	maxInline   = 256 << 10
	maxComments = 200
)

var (
	inlineComment = regexp.MustCompile(`(?:^|\s)#\s*seaworthy:\s*waive\b(.*)$`)
	inlineWord    = regexp.MustCompile(`^\s*(?:(\w+)=)?("[^"]*"|'[^']*'|\S+)`)
	commentOnly   = regexp.MustCompile(`^\s*#`)
)

// inlineWaivers finds the waivers in a file's comments. A comment at the end of a
// line is about that line, one on a line of its own about the next.
func inlineWaivers(file string, content []byte, checks map[string]bool) []inline {
	if len(content) > maxInline || !strings.Contains(string(content), "seaworthy:") {
		return nil
	}
	lines := strings.Split(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
	var out []inline
	var places []string
	for i, line := range lines {
		m := inlineComment.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		about := i
		for about < len(lines)-1 && commentOnly.MatchString(lines[about]) {
			about++
		}
		w := readInline(m[1], checks)
		w.File, w.comment, w.Line, w.line = file, i+1, i+1, about+1
		w.text = strings.Join(strings.Fields(m[0]), " ")
		if places == nil {
			places = placesOf(lines)
		}
		w.place = places[about]
		if out = append(out, w); len(out) == maxComments {
			break
		}
	}
	return out
}

// readInline reads what follows the word waive.
func readInline(rest string, checks map[string]bool) inline {
	w := inline{}
	w.inline = true
	for strings.TrimSpace(rest) != "" {
		m := inlineWord.FindStringSubmatch(rest)
		rest = rest[len(m[0]):]
		value := strings.Trim(m[2], `"'`)
		switch m[1] {
		case "":
			if w.Check != "" {
				w.wrong = fmt.Sprintf("`%s` is no part of a waiver; put the reason in quotes", value)
				return w
			}
			w.Check = value
		case "until":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				w.wrong = fmt.Sprintf("until must be a day such as 2027-03-31, not `%s`", value)
				return w
			}
			w.Expires = day
		case "owner":
			w.Owner = value
		case "reason":
			w.Reason = value
		default:
			w.wrong = fmt.Sprintf("a waiver has no `%s`", m[1])
			return w
		}
	}
	w.wrong = w.lacks(checks)
	return w
}

func (w inline) lacks(checks map[string]bool) string {
	var missing []string
	for _, need := range []struct {
		name   string
		absent bool
	}{{"a check", w.Check == ""}, {"until", w.Expires.IsZero()}, {"owner", w.Owner == ""}, {"reason", strings.TrimSpace(w.Reason) == ""}} {
		if need.absent {
			missing = append(missing, need.name)
		}
	}
	switch {
	case len(missing) > 0:
		return "a waiver without " + strings.Join(missing, " and ") + " is no waiver"
	case !checks[w.Check]:
		return fmt.Sprintf("there is no check `%s`", w.Check)
	}
	return ""
}

// placesOf names every line by the document that it is in, and the keys and list
// items around it, as far as indentation shows them; lines that look alike are
// counted. A line's own value is no part of its name.
func placesOf(lines []string) []string {
	type level struct {
		indent int
		item   bool
		text   string
	}
	var stack []level
	document := documentOf(lines, 0)
	out, seen := make([]string, len(lines)), map[string]int{}
	for i, line := range lines {
		if documentStart(line) {
			stack, document = nil, documentOf(lines, i)
			seen = map[string]int{}
			continue
		}
		if blank(line) {
			continue
		}
		indent, item := indentOf(line)
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if top.indent < indent || top.indent == indent && item && !top.item {
				break
			}
			stack = stack[:len(stack)-1]
		}
		at := document
		for _, l := range stack {
			at += " / " + l.text
		}
		own := keyOf(line)
		out[i] = fmt.Sprintf("%s / %s #%d", at, own, seen[at+" / "+own])
		seen[at+" / "+own]++
		if item {
			own = bareLine(line)
		}
		stack = append(stack, level{indent, item, own})
	}
	return out
}

// documentOf names a document by its kind and its metadata's name and namespace.
func documentOf(lines []string, start int) string {
	var out []string
	metadata, inner := false, 0
	for i := start; i < len(lines) && (i == start || !documentStart(lines[i])); i++ {
		if blank(lines[i]) {
			continue
		}
		indent, _ := indentOf(lines[i])
		key := keyOf(lines[i])
		switch {
		case indent == 0:
			metadata, inner = key == "metadata", 0
			if key == "kind" || key == "apiVersion" || metadata {
				out = append(out, bareLine(lines[i]))
			}
		case metadata:
			if inner == 0 {
				inner = indent
			}
			if indent == inner && (key == "name" || key == "namespace") {
				out = append(out, bareLine(lines[i]))
			}
		}
	}
	sort.Strings(out)
	return strings.Join(out, ",")
}

func documentStart(line string) bool { return strings.HasPrefix(line, "---") }

func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// indentOf gives a line's indent and whether it begins a list item.
func indentOf(line string) (indent int, item bool) {
	rest := strings.TrimLeft(line, " ")
	return len(line) - len(rest), rest == "-" || strings.HasPrefix(rest, "- ")
}

var trailingComment = regexp.MustCompile(`(?:^|\s+)#.*$`)

// bareLine is a line without its comment and indent.
func bareLine(line string) string {
	return strings.Join(strings.Fields(trailingComment.ReplaceAllString(line, "")), " ")
}

// keyOf is a line's key, or all of it where it has none; a list item keeps its
// dash.
func keyOf(line string) string {
	bare := bareLine(line)
	if key, _, ok := strings.Cut(bare+" ", ": "); ok {
		return key
	}
	return bare
}
