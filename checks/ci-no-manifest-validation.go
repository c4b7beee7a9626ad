package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var ciNoManifestValidation = repo.Pipeline(review.Check{
	ID: "ci-no-manifest-validation", Area: review.Testing, Severity: review.High, Tags: []review.Tag{review.Pipelines, review.Build},
	Doc: review.Doc{
		Title:  "no pipeline builds the manifests",
		What:   "In an audit, looks in the pipelines and the scripts they call for a tool that builds or validates manifests: kustomize, kubeconform, flux build, flux-local, helm template or lint, kyverno, kube-linter, conftest, a server-side dry run, Seaworthy. A repository with a file for Seaworthy (`.github/seaworthy.yaml`) has its pull requests built by it.",
		Why:    "A typing mistake is found only by the controller in the cluster, after the merge, and blocks everything else that the controller would apply.",
		Fix:    "Build every overlay on pull requests, and validate the result against the schemas: `kustomize build DIR | kubeconform -strict`.",
		Verify: "grep -rnE 'kustomize build|kubeconform|flux build|helm lint' .github/workflows",
		Waive:  "A GitHub App or another system does it on every pull request; say which.",
		Effort: "medium",
		Bad:    "run: pre-commit run --hook-stage manual",
		Good:   "run: kustomize build clusters/prod | kubeconform -strict -summary",
	},
}, repo.Step{
	Does:   pattern.New(`(?i)kustomize[ /-]build|kubectl kustomize|\bkustomize\b|kubeconform|kubeval|flux[ -](build|diff|local)|kyverno[ -](test|apply|cli)|helm (lint|template|unittest)|chart-testing|\bct lint|kube-linter|kube-score|conftest|datree|--dry-run=server|seaworthy|polaris audit|pluto detect|argocd-diff`),
	Absent: "No pipeline builds or validates the manifests: what does not build is found in the cluster.",
	Wanted: func(p *review.Pass) bool {
		return repo.RendersSomething(p) && !p.Exists(".github/seaworthy.yaml") && !p.Exists(".github/seaworthy.yml")
	},
})
