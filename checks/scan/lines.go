// Package scan reads lines of YAML without parsing it: files of a pull request
// are parsed in a sandbox only. What it cannot tell, it leaves out.
package scan

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// yamlKey matches a line of block-style YAML that holds a key.
var yamlKey = pattern.New(`^( *)((?:- +)*)("[^"]*"|'[^']*'|[^\s#:"'{\[&*!|>%@` + "`" + `][^:#]*?|[^\s#:]+):(?:[ \t]+(.*))?$`)

// Line is a line of a manifest as far as it can be told without parsing it:
// files of a pull request are parsed in a sandbox only.
type Line struct {
	Number int // from 1
	Indent int
	Key    string
	Value  string // what stands after the colon, without comment and quotes
}

// Key reads one line; ok is false where it holds no key.
func Key(number int, text string) (Line, bool) {
	m := yamlKey.FindStringSubmatch(strings.TrimRight(text, "\r"))
	if m == nil {
		return Line{}, false
	}
	return Line{Number: number, Indent: len(m[1]) + len(m[2]), Key: strings.Trim(m[3], `"'`), Value: bare(m[4])}, true
}

// bare is a scalar without its comment and quotes.
func bare(value string) string {
	value = strings.TrimSpace(value)
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : end+1]
		}
	}
	if i := strings.Index(value, " #"); i >= 0 {
		value = strings.TrimSpace(value[:i])
	}
	if strings.HasPrefix(value, "#") {
		return ""
	}
	return value
}

// documents splits a YAML file's lines at its document markers, which stay with
// what follows.
func documents(content []byte) [][]string {
	var out [][]string
	var doc []string
	for _, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(line, "---") && len(doc) > 0 {
			out, doc = append(out, doc), nil
		}
		doc = append(doc, line)
	}
	return append(out, doc)
}

// CountDocuments counts the documents of a file that hold something.
func CountDocuments(content []byte) (count, second int) {
	number := 0
	for _, doc := range documents(content) {
		full := false
		for _, l := range doc {
			text := strings.TrimSpace(l)
			if text != "" && !strings.HasPrefix(text, "#") && text != "---" && text != "..." && !strings.HasPrefix(text, "--- #") {
				full = true
			}
		}
		if full {
			if count++; count == 2 {
				second = number + 1
			}
		}
		number += len(doc)
	}
	return count, second
}

// Block is the text of a block scalar that starts after a key of this indent.
func Block(lines []string, indent int) string {
	var b strings.Builder
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && len(l)-len(strings.TrimLeft(l, " ")) <= indent {
			break
		}
		b.WriteString(strings.TrimSpace(l) + "\n")
	}
	return b.String()
}

// Entry is a list entry of a file, without its dash and comment sign.
type Entry struct {
	Text string
	Line int
}

// Entries gives the list entries of a file that stand behind a comment sign, or
// with "" those that stand for themselves.
func Entries(content []byte, sign string) []Entry {
	var out []Entry
	for i, text := range strings.Split(string(content), "\n") {
		text = strings.TrimSpace(text)
		if sign != "" {
			rest, commented := strings.CutPrefix(text, sign)
			if !commented {
				continue
			}
			text = strings.TrimSpace(strings.TrimLeft(rest, sign))
		}
		item, ok := strings.CutPrefix(text, "- ")
		if ok {
			item, _, _ = strings.Cut(item, " #")
			out = append(out, Entry{Text: strings.Trim(strings.TrimSpace(item), `"'`), Line: i + 1})
		}
	}
	return out
}

var (
	flowBegins = pattern.New(`^\{?\s*["']?(resources|bases|components|crds|generators|transformers|validators)["']?\s*:\s*\[(.*)$`)
	flowItem   = pattern.New(`"[^"]*"|'[^']*'|[^\s,\[\]"'][^,\]]*`)
)

// FlowEntries gives the entries of the lists of a kustomization that are written in
// brackets: `resources: [a, b]`, over several lines too.
func FlowEntries(content []byte) []Entry {
	var out []Entry
	inside := false
	for i, text := range strings.Split(string(content), "\n") {
		text, _, _ = strings.Cut(text, " #")
		if m := flowBegins.FindStringSubmatch(text); m != nil {
			inside, text = true, m[2]
		}
		if !inside || strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		list, _, closed := strings.Cut(text, "]")
		for _, item := range flowItem.FindAllString(list, -1) {
			out = append(out, Entry{Text: strings.Trim(strings.TrimSpace(item), `"'`), Line: i + 1})
		}
		inside = !closed
	}
	return out
}
