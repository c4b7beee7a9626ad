package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestCatalogueIsCurrent: docs/checks.md is what the checks say of themselves.
// `go run ./cmd/app checks docs` writes it.
func TestCatalogueIsCurrent(t *testing.T) {
	const path = "../../docs/checks.md"
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, catalogue()) {
		t.Errorf("%s is not current: run `go run ./cmd/app checks docs`", path)
	}
}

// TestExplain: every finding can be explained, and no line is wider than a
// terminal but for commands and examples.
func TestExplain(t *testing.T) {
	areaKnown := map[string]bool{}
	for _, a := range areas {
		areaKnown[string(a.area)] = true
	}
	for _, c := range explained() {
		if !areaKnown[string(c.Area)] {
			t.Errorf("%s: the area %q is in no chapter of the docs", c.ID, c.Area)
		}
		text := explain(c)
		for _, line := range strings.Split(text, "\n") {
			if len(line) > textWidth+20 && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s: a line of %d columns: %s", c.ID, len(line), line)
			}
		}
		for _, word := range []string{"please", "violation", "oops"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%s: %q is not our word", c.ID, word)
			}
		}
	}
}
