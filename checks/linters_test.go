package checks

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var codeSpan = regexp.MustCompile("`([^`]+)`")

// TestLintersDoc: docs/linters.md names checks and conventions that exist, says
// why where it names none, and lists as many checks of each tool as it says.
func TestLintersDoc(t *testing.T) {
	content, err := os.ReadFile("../docs/linters.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range All {
		known[c.ID] = true
	}
	for _, r := range conventions {
		known["workload-conventions: "+string(r.name)] = true
	}
	sections := strings.Split(string(content), "\n## ")
	for _, tool := range []string{"kube-linter", "kube-score", "polaris"} {
		said, rows := -1, 0
		for _, s := range sections {
			if !strings.HasPrefix(s, tool+"\n") {
				continue
			}
			if _, err := fmt.Sscanf(strings.TrimSpace(s[len(tool):]), "All %d checks", &said); err != nil {
				t.Errorf("%s: how many checks it has is not said: %v", tool, err)
			}
			for _, line := range strings.Split(s, "\n") {
				if strings.HasPrefix(line, "| `") {
					rows++
					lintersRow(t, known, line)
				}
			}
		}
		if rows != said {
			t.Errorf("%s: %d rows, and it says %d", tool, rows, said)
		}
	}
}

func lintersRow(t *testing.T, known map[string]bool, line string) {
	t.Helper()
	cells := strings.Split(line, "|")
	if len(cells) != 5 {
		t.Errorf("not three cells: %s", line)
		return
	}
	ours := codeSpan.FindAllStringSubmatch(cells[2], -1)
	for _, m := range ours {
		if !known[m[1]] {
			t.Errorf("there is no %q: %s", m[1], line)
		}
	}
	if len(ours) == 0 && !strings.HasPrefix(strings.TrimSpace(cells[3]), "not done") {
		t.Errorf("no check and no reason: %s", line)
	}
}
