package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var releaseAutomationMissing = repo.Pipeline(review.Check{
	ID: "release-automation-missing", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Upgrades, review.Pipelines},
	Doc: review.Doc{
		Title:  "releases are made by hand",
		What:   "In an audit, looks in the pipelines for one that runs on tags or releases, or creates them (semantic-release, GoReleaser, changesets). A repository that drives clusters itself and contains Flux's entry points releases by merging, and is left alone; so is one whose overlays are of environments (`overlays/prod`). This exception does not apply if only its examples drive clusters.",
		Why:    "People who use a version of the repository get what one person tagged on a laptop, perhaps untested and without release notes.",
		Fix:    "Add a workflow on `push: {tags: ['v*']}` that validates and publishes, or semantic-release.",
		Verify: "gh release list; grep -rn 'tags:' .github/workflows",
		Waive:  "Nobody consumes the repository by version.",
		Effort: "medium",
		Bad:    "on: {push: {branches: [main]}}",
		Good:   "on: {push: {tags: ['v*']}}",
	},
}, repo.Step{
	Does:   pattern.New(`(?i)^["']?(tags|release)["']?\s*:|\btags:\s*\[|on:.*\brelease\b|semantic-release|release-please|goreleaser|changesets|release-drafter|git-cliff|gh release|action-gh-release|create-release|ncipollo/release|cargo-release|refs/tags|CI_COMMIT_TAG`),
	Absent: "No pipeline makes or publishes a release.",
	Wanted: func(p *review.Pass) bool {
		return repo.RendersSomething(p) && !drivesClusters(p) || repo.BuildsImages(p)
	},
})

// drivesClusters reports whether Flux is bootstrapped from the repository.
func drivesClusters(p *review.Pass) bool {
	for _, file := range p.Paths() {
		if strings.HasSuffix(file, "flux-system/gotk-sync.yaml") && !strings.HasPrefix(file, "example") && !repo.Illustrative(file) {
			return true
		}
	}
	for _, t := range p.HeadTargets {
		if (t.Target.Cluster != "" || t.Target.Kind == model.Kustomize && repo.Production.MatchString(t.Target.Path)) && !review.AsideTarget(t) {
			return true
		}
	}
	for _, c := range p.Clusters {
		if len(c.Kind("FluxInstance.fluxcd.controlplane.io"))+len(c.Kind(kube.Application)) > 0 {
			return true
		}
	}
	return false
}
