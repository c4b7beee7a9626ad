package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingPriorityClass = &review.Check{
	ID: "dangling-priority-class", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Workloads},
	Doc: review.Doc{
		Title:  "priority class does not exist",
		What:   "Checks that the PriorityClasses that pods name exist. Reported if the change removes the class or moves a pod from a class that exists to one that does not. In an audit, a class that is not in this repository is unknown. The classes that Kubernetes brings itself (`system-…`) are left out.",
		Why:    "No pod is created at all: admission refuses pods whose priority class does not exist. Running pods stay until their next restart.",
		Fix:    "Restore the class, or correct the name.",
		Verify: "kubectl get priorityclass",
		Waive:  "Something outside this repository creates it; say what.",
		Effort: "small",
		Bad:    "priorityClassName: shop-critical   # removed in the same change",
		Good:   "priorityClassName: system-cluster-critical",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		reference.Dangling{Of: priorityReferences, Made: reference.MadeByController, Then: "No pod will be created.", Quiet: true}.Run(p, c)
	}),
}

func priorityReferences(o *model.Object) []reference.To {
	pod, ok := review.PodOf(o)
	if !ok {
		return nil
	}
	name := review.Text(pod.Spec, "priorityClassName")
	if name == "" || strings.HasPrefix(name, "system-") {
		return nil
	}
	return []reference.To{{Kind: kube.PriorityClass, Name: name, Field: pod.At("priorityClassName")}}
}
