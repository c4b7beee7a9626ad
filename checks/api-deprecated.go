package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var apiDeprecated = &review.Check{
	ID: "api-deprecated", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.APIVersions, review.Upgrades},
	Options: &kube.VersionOptions{Kubernetes: model.AssumedKubernetes},
	Doc: review.Doc{
		Title:  "deprecated API version",
		What:   "Looks for objects in API versions that Kubernetes or Flux has deprecated but still serves. The Kubernetes version is `kubernetes:` in the repository's file, otherwise the check's option (1.35). Also looks for the pod field `serviceAccount` where `serviceAccountName` does not have the same value.",
		Why:    "After the upgrade that removes the version, every manifest that still uses it fails at once.",
		Fix:    "Use the version that the message names. Today this is a one-line change.",
		Verify: "kubectl get --raw /metrics | grep apiserver_requested_deprecated_apis",
		Waive:  "The clusters are too old for the newer version.",
		Effort: "small",
		Bad:    "apiVersion: helm.toolkit.fluxcd.io/v2beta1",
		Good:   "apiVersion: helm.toolkit.fluxcd.io/v2",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		p.Looked(1)
		now := kube.Minor(kube.Version(p))
		version := kube.APIVersion(o)
		newer, goes := fluxVersions[version]
		if r, ok := kube.Retired(version); ok && r.Deprecated <= now && (r.Removed == 0 || r.Removed > now) {
			newer, goes = r.Instead, true
		}
		if goes {
			p.Report(review.Hit{Object: o, Field: "/apiVersion", Message: fmt.Sprintf("%s: `%s` is deprecated%s.", o.ID, version, kube.Instead(newer))})
		}
		if pod, ok := review.PodOf(o); ok && pod.Spec["serviceAccount"] != nil && pod.Spec["serviceAccount"] != pod.Spec["serviceAccountName"] {
			p.Report(review.Hit{Object: o, Field: pod.At("serviceAccount"), Title: "deprecated field", Message: fmt.Sprintf("%s: `serviceAccount` is deprecated; use `serviceAccountName`.", o.ID)})
		}
	}),
}

// fluxVersions are Flux's API versions that a newer one replaces.
var fluxVersions = map[string]string{
	"kustomize.toolkit.fluxcd.io/v1beta1 Kustomization": "kustomize.toolkit.fluxcd.io/v1",
	"kustomize.toolkit.fluxcd.io/v1beta2 Kustomization": "kustomize.toolkit.fluxcd.io/v1",
	"source.toolkit.fluxcd.io/v1beta1 GitRepository":    "source.toolkit.fluxcd.io/v1",
	"source.toolkit.fluxcd.io/v1beta2 GitRepository":    "source.toolkit.fluxcd.io/v1",
	"source.toolkit.fluxcd.io/v1beta1 HelmRepository":   "source.toolkit.fluxcd.io/v1",
	"source.toolkit.fluxcd.io/v1beta2 HelmRepository":   "source.toolkit.fluxcd.io/v1",
	"source.toolkit.fluxcd.io/v1beta2 HelmChart":        "source.toolkit.fluxcd.io/v1",
	"helm.toolkit.fluxcd.io/v2beta1 HelmRelease":        "helm.toolkit.fluxcd.io/v2",
	"helm.toolkit.fluxcd.io/v2beta2 HelmRelease":        "helm.toolkit.fluxcd.io/v2",
}
