package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingHPATarget = &review.Check{
	ID: "dangling-hpa-target", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References},
	Doc: review.Doc{
		Title:  "autoscaler target does not exist",
		What:   "Checks that the target workload of a HorizontalPodAutoscaler, VerticalPodAutoscaler or KEDA ScaledObject exists.",
		Why:    "The workload is no longer scaled, and no error shows it. It is noticed only under load.",
		Fix:    "Correct `scaleTargetRef`, or remove the autoscaler together with its workload.",
		Verify: "kubectl get hpa -A -o json | jq -r '.items[] | select(any(.status.conditions[]?; .type==\"AbleToScale\" and .status==\"False\")) | .metadata.namespace+\"/\"+.metadata.name'",
		Waive:  "The workload comes from a chart or an operator that is not visible here.",
		Effort: "small",
		Bad:    "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web-old}",
		Good:   "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: scaleReferences, Made: reference.MadeByController, Then: "Nothing scales any more."}.Run(p, c)
	}),
}

func scaleReferences(o *model.Object) []reference.To {
	at := "scaleTargetRef"
	switch o.ID.GroupKind() {
	case kube.HorizontalPodAutoscaler, kube.ScaledObject:
	case "VerticalPodAutoscaler.autoscaling.k8s.io":
		at = "targetRef"
	default:
		return nil
	}
	ref := review.Map(o.Fields(), "spec", at)
	kind, group := review.Text(ref, "kind"), ""
	group, _, hasGroup := strings.Cut(review.Text(ref, "apiVersion"), "/")
	switch {
	case kind == "" && o.ID.Group == "keda.sh", kind == "Deployment" && !hasGroup:
		kind, group = "Deployment", "apps"
	case !hasGroup:
		group = ""
	}
	if group != "" {
		kind += "." + group
	}
	return []reference.To{{Kind: kind, Namespace: o.ID.Namespace, Name: review.Text(ref, "name"), Field: "/spec/" + at + "/name"}}
}
