package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/loss"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var objectsNamespaceMoved = &review.Check{
	ID: "objects-namespace-moved", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Environments, review.Pruning},
	Doc: review.Doc{
		Title:  "objects move to another namespace",
		What:   "Looks for objects that are rendered with the same name into another namespace than before, because of a `namespace:` line, a transformer or a Kustomization's targetNamespace, or into none that is said here.",
		Why:    "For the cluster these are new objects. The old ones are pruned, with their data, addresses and certificates. References to the old namespace (DNS names, policies, role bindings) no longer work.",
		Fix:    "Keep the namespace. To move on purpose, create the new objects beside the old ones, move data and traffic, then remove the old ones.",
		Verify: "kubectl get all,pvc,secret -n OLD-NAMESPACE",
		Waive:  "Nothing runs there yet, or it holds no data and may be down for a while.",
		Effort: "medium",
		Bad:    "namespace: shop-v2   # was shop",
		Good:   "namespace: shop",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Added {
			return
		}
		old := p.Before(c.Head)
		if old == nil || old == c.Head || old.ID.Name != c.Object.Name || old.ID.Namespace == "" || old.ID.Namespace == c.Object.Namespace {
			return
		}
		if c.Object.Namespace == "" && !reference.Builtin(c.Object.Group) {
			return // whether it is in one at all, only its definition says
		}
		severity := review.High
		if c.Object.Group == flux.SourceGroup {
			severity = review.Low // a source holds nothing; what names it is another check's matter
		}
		moves := fmt.Sprintf("%s moves to `%s`: it will be deleted in the old namespace and created in the new one", old.ID, c.Object.Namespace)
		hit := review.Hit{Object: c.Head, Field: "/metadata/namespace", Severity: severity}
		if c.Object.Namespace == "" {
			hit.Title, hit.Object, hit.Gone = "objects lose their namespace", old, true // the line that gave it is one of base
			moves = fmt.Sprintf("%s is no longer given a namespace, and goes to whichever its deployment says: unless that is `%s`, it will be deleted there and created anew", old.ID, old.ID.Namespace)
		}
		hit.Message = moves + "."
		if lost := loss.Of[c.Object.GroupKind()]; lost.Severity == review.Critical && (c.Object.GroupKind() != kube.StatefulSet || loss.Claims(old)) {
			hit.Title = "object with data moves to another namespace" // told apart from the rest that moves
			hit.Message = moves + "; " + lost.Then + "."
		}
		p.Report(hit)
	}),
}
