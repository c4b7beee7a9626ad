package kustomize

import (
	"strings"
	"testing"
)

func FuzzSyntaxLine(f *testing.F) {
	f.Add("a: b\n c: d\n")
	f.Add("---\na: [\n---\nb: c\n")
	f.Fuzz(func(t *testing.T, text string) {
		if line := SyntaxLine([]byte(text)); line < 0 || line > strings.Count(text, "\n")+1 {
			t.Errorf("line %d of %q", line, text)
		}
	})
}
