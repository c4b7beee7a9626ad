package job_test

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// TestRules: the repository's own rules are checks like any other.
func TestRules(t *testing.T) {
	reviewtest.RunFile(t, "team-label", "testdata/team-label")
	reviewtest.RunFile(t, "by-cluster", "testdata/by-cluster")
}
