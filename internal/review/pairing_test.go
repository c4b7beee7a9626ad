package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// TestPairing: a finding is held against what the very object was before, in
// its own target.
func TestPairing(t *testing.T) {
	reviewtest.Run(t, &review.Check{
		ID: "latest", Area: review.SupplyChain, Severity: review.High, Doc: review.Doc{Title: "latest"},
		Run: review.Containers(func(p *review.Pass, c review.Container) {
			if strings.HasSuffix(review.Text(c.Fields, "image"), ":latest") {
				p.Report(review.Hit{Object: c.Workload, Field: c.At("image"), Message: fmt.Sprintf("%s has latest", c.Workload.ID.Name)})
			}
		}),
	}, "testdata/pairing")
}
