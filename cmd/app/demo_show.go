package main

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/seaworthy-dev/seaworthy"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// showRun prints a check run as its reader on GitHub sees it.
func showRun(out io.Writer, run standin.CheckRun) error {
	mark := map[string]string{"success": "✓", "failure": "✗"}[run.Conclusion]
	if mark == "" {
		mark = "●"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s — %s\n%s\n\n%s\n", mark, run.Name, run.Conclusion, run.Title, plainMarkdown(run.Summary))
	if len(run.Annotations) > 0 {
		b.WriteString("\nAt the lines that did it:\n")
	}
	for _, a := range run.Annotations {
		fmt.Fprintf(&b, "\n%s:%d  %s\n", a.Path, a.StartLine, a.Level)
		fmt.Fprintf(&b, "    %s\n", a.Title)
		for line := range strings.Lines(a.Message) {
			fmt.Fprintf(&b, "    %s\n", strings.TrimRight(line, "\n"))
		}
		b.WriteString("\n" + around(a.Path, a.StartLine))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// folds are the tags that GitHub shows as something to unfold.
var folds = pattern.New(`</?(details|summary)>`)

// plainMarkdown takes out what only a browser can show.
func plainMarkdown(s string) string {
	return strings.TrimSpace(folds.ReplaceAllString(s, ""))
}

// sourceContext is how many lines are shown before and after one.
const sourceContext = 2

// around gives the lines of the sample's head around one of them.
func around(file string, line int) string {
	content, err := fs.ReadFile(seaworthy.Demo, "testdata/demo/head/"+file)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	var b strings.Builder
	for n := max(1, line-sourceContext); n <= min(len(lines), line+sourceContext); n++ {
		mark := " "
		if n == line {
			mark = "▸"
		}
		fmt.Fprintf(&b, "  %s %3d │ %s\n", mark, n, lines[n-1])
	}
	return b.String()
}
