package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var crdScopeChanged = &review.Check{
	ID: "crd-scope-changed", Area: review.Reliability, Severity: review.Critical, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "scope or versions of a CRD change",
		What:   "Looks for CustomResourceDefinitions that change between `Namespaced` and `Cluster`, and for served or stored versions that are removed.",
		Why:    "The API server refuses the new scope, so the apply fails. If you delete the CRD to get around this, every object of its kind is deleted. Objects stored in a removed version can no longer be read.",
		Fix:    "Give the kind a new name for the new scope, and migrate the objects. Remove a version only when `status.storedVersions` no longer lists it.",
		Verify: "kubectl get crd NAME -o jsonpath='{.spec.scope} {.status.storedVersions}'",
		Waive:  "No cluster has the CRD yet.",
		Effort: "large",
		Bad:    "scope: Cluster   # was Namespaced",
		Good:   "scope: Namespaced",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified || c.Object.GroupKind() != kube.CustomResourceDefinition {
			return
		}
		was, now := review.Text(c.Base.Fields(), "spec", "scope"), review.Text(c.Head.Fields(), "spec", "scope")
		if was != now && was != "" {
			p.Report(review.Hit{Object: c.Head, Field: "/spec/scope",
				Message: fmt.Sprintf("%s was `%s` and is `%s` now. The apply will fail, and deleting the CRD deletes all its objects.", c.Object, was, now)})
		}
		served := map[string]bool{}
		for _, v := range review.Items(c.Head.Fields(), "spec", "versions") {
			served[review.Text(v, "name")] = true
		}
		for _, v := range review.Items(c.Base.Fields(), "spec", "versions") {
			name := review.Text(v, "name")
			if stored, _ := review.Bool(v, "storage"); !served[name] && stored {
				p.Report(review.Hit{Object: c.Head, Field: "/spec/versions", Key: name, Title: "stored version of a CRD is removed", Severity: review.High,
					Message: fmt.Sprintf("%s no longer has the version `%s`, in which its objects were stored. The apply fails while any object is still stored in it.", c.Object, name)})
			}
		}
	}),
}
