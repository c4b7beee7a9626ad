package audit

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// TestWhatToGiveNamesTheRepository: targets of another Git repository are counted under
// its name, and a repository with a cluster of its own is not asked for its consumers.
func TestWhatToGiveNamesTheRepository(t *testing.T) {
	unreached := func(target, message string) review.Incomplete {
		return review.Incomplete{Target: target, Class: model.SourceUnreachable, Message: message}
	}
	r := &Report{
		Targets: []review.TargetResult{{ID: "flux:prod/flux-system/web", Cluster: "prod"}},
		Incomplete: []review.Incomplete{
			unreached("flux:prod/flux-system/web", "the Git repository git.example.org/acme/base.git is not fetched: offline"),
			unreached("flux:prod/flux-system/db", "its source includes GitRepository `base`: the Git repository git.example.org/acme/base is not fetched: offline"),
			unreached("flux:prod/flux-system/oci", "the OCI artifact ghcr.io/acme/base is not fetched: offline"),
			unreached("helm:prod/shop/web", "the chart web 1.0.0 of charts.example is not fetched: offline"),
		},
		Gaps:      []Gap{{ID: "UNKNOWN-1", Check: "helm-values-secret-unmatched", Status: review.Unknown, Evidence: []Evidence{{Targets: []string{"flux:prod/flux-system/web"}}}}},
		Pipelines: Pipelines{Visible: true},
	}
	want := []string{"the charts of 1 release", "the Git repository git.example.org/acme/base (2 targets)", "1 target (flux:prod/flux-system/oci)", "what the cluster has besides this repository"}
	var got []string
	for _, g := range gives(r) {
		got = append(got, g.What)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r.Targets[0].Cluster = ""
	if !slices.ContainsFunc(gives(r), func(g Give) bool { return g.What == "the repositories of those who use this one" }) {
		t.Error("a repository that others use is not asked for them")
	}
}
