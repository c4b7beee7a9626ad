package kustomize

import (
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"go.yaml.in/yaml/v3"
)

var yamlLine = pattern.New(`line (\d+)`)

// syntax makes the problem of a text that is no YAML; before is how many lines
// of the file stand before the text.
func (d *diagnosis) syntax(file string, content []byte, err error, before int) {
	where := at(file, nil)
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := SyntaxLine(content)
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = strings.TrimPrefix(strings.TrimPrefix(message, m[0]), ": ")
		if said, err := strconv.Atoi(m[1]); err == nil && line == 0 {
			line = said
		}
	}
	if line > 0 {
		where = &model.Position{File: file, Line: line + before, EndLine: line + before, Precision: model.AtLine}
	}
	d.fail(model.YAMLSyntax, where, "`%s` is not valid YAML: %s", file, message)
}

// maxPrefixBytes bounds what finding a line may parse, 64 MiB.
const maxPrefixBytes = 64 << 20

// SyntaxLine finds the line that breaks a text: the library names the line
// where the enclosing block starts, which may be far above. Every beginning of
// the broken document that includes the line fails, and the longest one that
// does not parses. 0 means that the text is too long to look.
func SyntaxLine(content []byte) int {
	lines := strings.SplitAfter(string(content), "\n")
	first, end := 0, len(lines)
	for i := 1; i <= len(lines); i++ {
		if i < len(lines) && !strings.HasPrefix(lines[i], "---") {
			continue
		}
		if !parses(strings.Join(lines[first:i], "")) {
			end = i
			break
		}
		first = min(i, len(lines)-1)
	}
	document := strings.Join(lines[first:end], "")
	if len(document)*(end-first)/2 > maxPrefixBytes {
		return 0
	}
	for k := end - 1; k > first; k-- {
		if parses(strings.Join(lines[first:k], "")) {
			return k + 1
		}
	}
	return first + 1
}

func parses(text string) bool { return document.Each([]byte(text), func(*yaml.Node) {}) == nil }
