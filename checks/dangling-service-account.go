package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingServiceAccount = &review.Check{
	ID: "dangling-service-account", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.RBAC},
	Doc: review.Doc{
		Title:  "service account does not exist",
		What:   "Checks that the ServiceAccounts that pods use exist. If the account was never rendered here, the result is unknown; if a chart of the namespace is not visible either, it is reported in audits only.",
		Why:    "No pod is created at all: `serviceaccount not found`. The Deployment shows this only in its events.",
		Fix:    "Restore the account, or correct the name.",
		Verify: "kubectl get serviceaccount -n NAMESPACE",
		Waive:  "Something outside this repository creates it; say what.",
		Effort: "small",
		Bad:    "serviceAccountName: web-reader   # removed in the same change",
		Good:   "serviceAccountName: web",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: accountReferences, Made: reference.MadeByController, Then: "No pod will be created.", Whole: true}.Run(p, c)
	}),
}

func accountReferences(o *model.Object) []reference.To {
	pod, ok := review.PodOf(o)
	if !ok {
		return nil
	}
	for _, field := range []string{"serviceAccountName", "serviceAccount"} {
		if name := review.Text(pod.Spec, field); name != "" && name != "default" {
			return []reference.To{{Kind: kube.ServiceAccount, Namespace: o.ID.Namespace, Name: name, Field: pod.At(field)}}
		}
	}
	return nil
}
