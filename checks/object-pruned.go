package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// losses says what goes with an object of each kind.
var losses = map[string]struct {
	severity review.Severity
	then     string
}{
	kube.Namespace:                {review.Critical, "everything in it will be deleted with it, also what others put there"},
	kube.CustomResourceDefinition: {review.Critical, "every object of its kind will be deleted with it, in all namespaces"},
	kube.PersistentVolumeClaim:    {review.Critical, "its data will be deleted too, unless the volume's reclaim policy is Retain"},
	"PersistentVolume":            {review.Critical, "what is on it can no longer be mounted"},
	kube.StatefulSet:              {review.Critical, "its pods go at once, and with some storage settings their claims too"},
	flux.HelmRelease:              {review.High, "the release will be uninstalled, with all that the chart made"},
	flux.Kustomization:            {review.High, "all that it applied will be deleted"},
	kube.Application:              {review.High, "with a finalizer, all that it applied will be deleted"},
	"Cluster.postgresql.cnpg.io":  {review.Critical, "the database will be deleted"},
	kube.Deployment:               {review.Medium, "its pods will be deleted"},
	kube.DaemonSet:                {review.Medium, "its pods will be deleted"},
}

var objectPruned = &review.Check{
	ID: "object-pruned", Area: review.Reliability, Severity: review.Critical, Tags: []review.Tag{review.Pruning},
	Doc: review.Doc{
		Title:  "object will be deleted",
		What:   "Looks for objects that leave the render and take something with them: Namespaces, CRDs, volume claims, volumes and StatefulSets (critical), HelmReleases and Flux Kustomizations (high), Deployments and DaemonSets (medium). Where another target renders it from now on, it is high: deleted and made again, depending on the order. A renamed object is one that is deleted, and another that is made. Not reported where pruning is disabled on the object, where the whole directory is gone (what applies it fails then, and deletes nothing), and for a Kustomization with `deletionPolicy: Orphan` or without `prune`.",
		Why:    "With pruning, what leaves the repository leaves the cluster within minutes. A Namespace takes all of its objects along, a CRD all objects of its kind, a claim its data; reverting the change does not bring them back.",
		Fix:    "If it is to stay, put it back. If only its place in the repository changes, first annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled`, let that be applied, then move it, then take the annotation off.",
		Verify: "flux diff kustomization NAME --path DIR, or kubectl get NAMESPACE's objects before the merge: kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n NAME --ignore-not-found",
		Waive:  "It is meant to be deleted, and its data is backed up or not needed.",
		Effort: "small",
		Bad:    "resources:\n- web.yaml\n# namespace.yaml was here",
		Good:   "resources:\n- namespace.yaml\n- web.yaml",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Removed || spared(c.Base) || rootsGone(p, c.Targets) {
			return
		}
		loss, ok := losses[c.Object.GroupKind()]
		if !ok {
			return
		}
		after := p.After(c.Base)
		if after != nil && after.ID.Name == c.Base.ID.Name && after.ID.Namespace != c.Base.ID.Namespace {
			return // objects-namespace-moved tells it
		}
		owners := newOwners(p, c)
		switch {
		case len(owners) == 0:
		case loss.severity == review.Medium:
			return
		default:
			p.Report(review.Hit{
				Object: c.Base, Gone: true, Severity: review.High, Title: "object moves between targets",
				Message: fmt.Sprintf("%s moves to %s. It may be deleted and made again, depending on which is applied first; %s.", c.Object, text.Some(text.Code(owners)), loss.then),
			})
			return
		}
		message := fmt.Sprintf("%s will be deleted: %s.", c.Object, loss.then)
		if after != nil && after.ID.Name != c.Base.ID.Name {
			message += fmt.Sprintf(" `%s` is made anew beside it: in Kubernetes another name is another object.", after.ID.Name)
		}
		p.Report(review.Hit{Object: c.Base, Gone: true, Severity: loss.severity, Message: message})
	}),
}

// rootsGone reports whether none of the targets exists any more. What applied
// them then fails and prunes nothing; what applied them in this repository, and
// is removed too, is told by itself.
func rootsGone(p *review.Pass, targets []string) bool {
	for _, t := range p.HeadTargets {
		if slices.Contains(targets, t.Target.ID) && t.Status != model.StatusAbsent {
			return false
		}
	}
	return true
}

// newOwners gives the targets that render the object from now on: all of the
// clusters that it leaves, since another cluster's object is another one; in an
// unnamed cluster only those that did not before, since the others may be other
// clusters'.
func newOwners(p *review.Pass, c review.Change) []string {
	var out []string
	for _, cluster := range p.Clusters {
		if cluster.Name != "" && !slices.ContainsFunc(c.Targets, func(t string) bool { return rendered(cluster.Before, c.Object, t) }) {
			continue
		}
		for _, o := range cluster.Named(c.Object.GroupKind(), c.Object.Namespace, c.Object.Name) {
			for _, t := range cluster.Targets(o) {
				if !slices.Contains(out, t) && (cluster.Name != "" || !rendered(cluster.Before, c.Object, t)) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

func rendered(c *review.Cluster, id model.ObjectID, target string) bool {
	if c == nil {
		return false
	}
	for _, o := range c.Named(id.GroupKind(), id.Namespace, id.Name) {
		if slices.Contains(c.Targets(o), target) {
			return true
		}
	}
	return false
}

// spared reports whether an object says that it outlives its manifest.
func spared(o *model.Object) bool {
	annotations := review.Labels(o.Fields(), "metadata", "annotations")
	labels := review.Labels(o.Fields(), "metadata", "labels")
	if o.ID.GroupKind() == flux.Kustomization {
		prune, _ := review.Bool(o.Fields(), "spec", "prune")
		if !prune || review.Text(o.Fields(), "spec", "deletionPolicy") == "Orphan" {
			return true
		}
	}
	for _, m := range []map[string]string{annotations, labels} {
		if m["kustomize.toolkit.fluxcd.io/prune"] == "disabled" || strings.EqualFold(m["kustomize.toolkit.fluxcd.io/ssa"], "ignore") ||
			strings.Contains(m["argocd.argoproj.io/sync-options"], "Prune=false") {
			return true
		}
	}
	return false
}
