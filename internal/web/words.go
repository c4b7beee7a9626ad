package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// some lists the first few names and counts the rest.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

var (
	codeMarks = pattern.New("`([^`]+)`")
	boldMarks = pattern.New(`\*\*([^*]+)\*\*`)
)

// prose is a text of ours with Markdown's marks for code and weight as HTML.
// Everything else in it stays text.
func prose(s string) template.HTML {
	s = html.EscapeString(s)
	s = codeMarks.ReplaceAllString(s, "<code>$1</code>")
	return template.HTML(boldMarks.ReplaceAllString(s, "<strong>$1</strong>"))
}

// count says how many of something there are: "1 finding", "3 findings".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if stem, ok := strings.CutSuffix(one, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, one)
}
