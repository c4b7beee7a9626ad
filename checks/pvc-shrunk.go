package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pvcShrunk = &review.Check{
	ID: "pvc-shrunk", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "volume claim shrinks",
		What:   "Compares the storage that a PersistentVolumeClaim requests before and after. The templates of StatefulSets are reported as `immutable-field-change`.",
		Why:    "The API server refuses to shrink a claim: the apply fails, and with Flux or Argo CD everything after it waits.",
		Fix:    "Keep the size. For a smaller volume, create a new claim and copy the data.",
		Verify: "kubectl get pvc -n NAMESPACE NAME -o jsonpath='{.status.capacity.storage}'",
		Waive:  "No cluster has the claim yet.",
		Effort: "medium",
		Bad:    "storage: 10Gi   # was 20Gi",
		Good:   "storage: 20Gi",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified || c.Object.GroupKind() != kube.PersistentVolumeClaim {
			return
		}
		at := []string{"spec", "resources", "requests", "storage"}
		was, now := review.Lookup(c.Base.Fields(), at...), review.Lookup(c.Head.Fields(), at...)
		before, okBefore := kube.Quantity(was)
		after, okAfter := kube.Quantity(now)
		if okBefore && okAfter && after.Cmp(before) < 0 {
			p.Report(review.Hit{Object: c.Head, Field: review.Pointer(at...),
				Message: fmt.Sprintf("%s requests %v and requested %v before. A claim cannot shrink; the apply will fail.", c.Object, now, was)})
		}
	}),
}
