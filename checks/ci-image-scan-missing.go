package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var ciImageScanMissing = repo.Pipeline(review.Check{
	ID: "ci-image-scan-missing", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Scanning, review.Pipelines},
	Doc: review.Doc{
		Title:  "images are not scanned",
		What:   "In an audit, looks for an image scanner (Trivy, Grype, Snyk, Clair, Anchore, Docker Scout) in the pipelines and the scripts they call, and for one that runs in the clusters, such as the Trivy operator. If Harbor is rendered, it may scan on push, which is not visible.",
		Why:    "Images with known vulnerabilities reach production. When a vulnerability is published, nobody can say where the image runs.",
		Fix:    "Scan images on pull requests and on a schedule, and fail on critical vulnerabilities that have a fix: `trivy image --exit-code 1 --severity CRITICAL --ignore-unfixed`.",
		Verify: "grep -rniE 'trivy|grype|snyk' .github/workflows",
		Waive:  "The registry scans images and refuses vulnerable ones; say which registry.",
		Effort: "medium",
		Bad:    "steps: [{run: docker build . && docker push}]",
		Good:   "steps: [{uses: aquasecurity/trivy-action@…, with: {exit-code: 1}}]",
	},
}, repo.Step{
	Does:   pattern.New(`(?i)\b(trivy|grype|snyk|clair|anchore|xray|wizcli|sysdig)|docker[- ]scout|/scan-action`),
	Absent: "No pipeline and nothing in the clusters scans images for known weaknesses.",
	Wanted: func(p *review.Pass) bool { return repo.BuildsImages(p) || repo.RendersSomething(p) },
	Seen: func(p *review.Pass) (bool, string) {
		harbor := ""
		for _, c := range p.Clusters {
			if len(flux.Releases(c, "trivy-operator", "kubescape-operator", "neuvector-core", "core")) > 0 || len(c.Kind("ImageScan.stackrox.io")) > 0 {
				return true, ""
			}
			if len(flux.Releases(c, "harbor")) > 0 {
				harbor = "a Harbor is rendered, and whether it scans is set in it"
			}
		}
		return false, harbor
	},
})
