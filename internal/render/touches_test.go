package render

import (
	"slices"
	"testing"
)

func TestTouches(t *testing.T) {
	changed := []string{"a-b/x", "a.yaml", "a/b/c.yaml", "a/b-c.yaml", "ab/c", "b", "b.d/e"}
	slices.Sort(changed)
	for p, want := range map[string]bool{
		"a": true, "a/b": true, "a/b/c.yaml": true, "a/b-c.yaml": true, "a.yaml": true, "ab": true, "b": true, "b.d": true,
		"a/c": false, "a-": false, "a/b/c": false, "c": false, "ab/c/d": false, "b/e": false, "a.yam": false, "A": false,
	} {
		if got := touches(changed, p); got != want {
			t.Errorf("touches(%q) = %v", p, got)
		}
	}
}
