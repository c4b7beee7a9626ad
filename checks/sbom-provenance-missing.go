package checks

import (
	"regexp"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sbomProvenanceMissing = repo.Pipeline(review.Check{
	ID: "sbom-provenance-missing", Area: review.SupplyChain, Severity: review.Low, Tags: []review.Tag{review.Signatures, review.Pipelines},
	Doc: review.Doc{
		Title:  "images without a bill of materials or provenance",
		What:   "Where the repository builds images, looks in an audit through the pipelines and what they call for a step that writes a bill of materials, attests provenance or signs.",
		Why:    "When a library is found to be vulnerable, nobody can say which images contain it, and an image of yours cannot be told from a forged one.",
		Fix:    "Build with `docker buildx build --sbom=true --provenance=true`, or add `actions/attest-build-provenance`; sign with cosign.",
		Verify: "docker buildx imagetools inspect IMAGE --format '{{json .SBOM}}'",
		Waive:  "The images never leave the cluster that they are built for.",
		Effort: "small",
		Bad:    "run: docker build -t app . && docker push app",
		Good:   "run: docker buildx build --sbom=true --provenance=true --push -t app .",
	},
}, repo.Step{
	Does:   regexp.MustCompile(`(?i)\bsbom|syft|cyclonedx|spdx|attest|provenance|slsa|cosign`),
	Absent: "The repository builds images, and no pipeline writes a bill of materials, attests where they come from, or signs them.",
	Wanted: repo.BuildsImages,
})
