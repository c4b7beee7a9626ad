package git

import (
	"slices"
	"testing"
)

// TestKept: small blobs are answered without git, large ones are not kept, and what
// is kept is bounded.
func TestKept(t *testing.T) {
	var k kept
	k.add(map[string][]byte{"small": []byte("s"), "large": make([]byte, keptEach+1)})
	found, left := k.find([]string{"small", "large", "never"})
	if string(found["small"]) != "s" || len(found) != 1 || !slices.Equal(left, []string{"large", "never"}) {
		t.Errorf("found %d, left %v", len(found), left)
	}
	for i := range keptSize/keptEach + 1 {
		k.add(map[string][]byte{string(rune('a' + i)): make([]byte, keptEach)})
	}
	if _, left := k.find([]string{"small"}); len(left) != 1 || k.size > keptSize {
		t.Errorf("%d bytes are kept", k.size)
	}
}
