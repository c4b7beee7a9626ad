package job_test

import (
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// TestRules: the repository's own rules are checks like any other.
func TestRules(t *testing.T) {
	reviewtest.RunFile(t, "team-label", "testdata/team-label")
	reviewtest.RunFile(t, "by-cluster", "testdata/by-cluster")
}

// TestWaivers: what the governing branch says is waived, and nothing else.
func TestWaivers(t *testing.T) {
	i := slices.IndexFunc(checks.All, func(c *review.Check) bool { return c.ID == "image-tag-mutable" })
	reviewtest.RunFile(t, "image-tag-mutable waiver-proposed waiver-invalid waiver-expired", "testdata/waivers", checks.All[i])
}
