package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingClaim = &review.Check{
	ID: "dangling-claim", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References},
	Doc: review.Doc{
		Title:  "volume claim does not exist",
		What:   "Checks that the PersistentVolumeClaims that pods mount exist. If a claim was never rendered here, it may exist in the cluster, and the result is unknown.",
		Why:    "The pod stays Pending: `persistentvolumeclaim not found`.",
		Fix:    "Restore the claim, or correct the name.",
		Verify: "kubectl get pvc -n NAMESPACE",
		Waive:  "Something outside this repository creates the claim; say what.",
		Effort: "small",
		Bad:    "volumes: [{name: data, persistentVolumeClaim: {claimName: web-dat}}]",
		Good:   "volumes: [{name: data, persistentVolumeClaim: {claimName: web-data}}]",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: claimReferences, Made: reference.MadeByController, Then: "Its pods will stay Pending."}.Run(p, c)
	}),
}

func claimReferences(o *model.Object) []reference.To {
	pod, ok := review.PodOf(o)
	if !ok {
		return nil
	}
	var out []reference.To
	for i, v := range review.Items(pod.Spec, "volumes") {
		if name := review.Text(v, "persistentVolumeClaim", "claimName"); name != "" {
			out = append(out, reference.To{Kind: kube.PersistentVolumeClaim, Namespace: o.ID.Namespace, Name: name,
				Field: fmt.Sprintf("%s/volumes/%d/persistentVolumeClaim/claimName", pod.Pointer, i), Holder: fmt.Sprintf("volume `%s`", review.Text(v, "name"))})
		}
	}
	return out
}
