package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var apiRemoved = &review.Check{
	ID: "api-removed", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.APIVersions, review.Upgrades},
	Options: &kube.VersionOptions{Kubernetes: model.AssumedKubernetes},
	Doc: review.Doc{
		Title:  "API version that is no longer served",
		What:   "Looks for objects in API versions that Kubernetes no longer serves. The Kubernetes version is `kubernetes:` in the repository's file, otherwise the check's option (1.35).",
		Why:    "The API server answers `no matches for kind`: the apply fails, and with Flux or Argo CD everything after it in the same Kustomization waits.",
		Fix:    "Use the version that the message names. If fields have moved, `kubectl convert -f FILE --output-version GROUP/VERSION` helps.",
		Verify: "kubectl api-resources | grep KIND; kubectl apply --dry-run=server -f FILE",
		Waive:  "The cluster still runs the older Kubernetes; it is better to set `kubernetes:` in the repository's file.",
		Effort: "small",
		Bad:    "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget",
		Good:   "apiVersion: policy/v1\nkind: PodDisruptionBudget",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		p.Looked(1)
		version := kube.Version(p)
		r, ok := kube.Retired(kube.APIVersion(o))
		if ok && r.Removed > 0 && r.Removed <= kube.Minor(version) {
			p.Report(review.Hit{Object: o, Field: "/apiVersion", Message: fmt.Sprintf("%s: Kubernetes no longer serves `%s` since 1.%d%s.", o.ID, kube.APIVersion(o), r.Removed, kube.Instead(r.Instead))})
		}
	}),
}
