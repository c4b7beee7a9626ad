package checks

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestConventionNames: a list with a name that no convention has is refused, and
// the mistake says which there are.
func TestConventionNames(t *testing.T) {
	var options workloadConventionsOptions
	err := json.Unmarshal([]byte(`{"require": ["cpu-limits"]}`), &options)
	if err == nil || !strings.Contains(err.Error(), `no convention "cpu-limits"`) || !strings.Contains(err.Error(), "cpu-limit,") {
		t.Errorf("a convention that does not exist: %v", err)
	}
	if err := json.Unmarshal([]byte(`{"require": ["cpu-limit"]}`), &options); err != nil || len(options.Require) != 1 {
		t.Errorf("one that exists: %v, %v", options.Require, err)
	}
}
