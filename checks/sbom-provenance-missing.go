package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sbomProvenanceMissing = repo.Pipeline(review.Check{
	ID: "sbom-provenance-missing", Area: review.SupplyChain, Severity: review.Low, Tags: []review.Tag{review.Signatures, review.Pipelines},
	Doc: review.Doc{
		Title:  "images without SBOM or provenance",
		What:   "If the repository builds images, an audit looks in the pipelines and the scripts they call for a step that writes an SBOM, attests provenance or signs.",
		Why:    "When a vulnerability in a library is published, nobody can say which images contain it, and one of your images cannot be told from a forged one.",
		Fix:    "Build with `docker buildx build --sbom=true --provenance=true`, or add `actions/attest-build-provenance`; sign with cosign.",
		Verify: "docker buildx imagetools inspect IMAGE --format '{{json .SBOM}}'",
		Waive:  "The images are used only in the cluster for which they are built.",
		Effort: "small",
		Bad:    "run: docker build -t app . && docker push app",
		Good:   "run: docker buildx build --sbom=true --provenance=true --push -t app .",
	},
}, repo.Step{
	Does:   pattern.New(`(?i)\bsbom|syft|cyclonedx|spdx|attest|provenance|slsa|cosign`),
	Absent: "The repository builds images, and no pipeline writes a bill of materials, attests where they come from, or signs them.",
	Wanted: repo.BuildsImages,
})
