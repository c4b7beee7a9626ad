package loss

import (
	"fmt"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Remains says why an object stays where it is though its targets render it no more; ""
// where it does not.
func Remains(p *review.Pass, targets []string) string {
	if by, cluster := Elsewhere(p, targets); by != nil {
		return fmt.Sprintf("%s deploys to `%s` from now on, and Argo CD prunes only there", *by, cluster)
	}
	if kept(p, targets) {
		return "what applied it does not prune"
	}
	return ""
}

// kept reports whether nothing that applied the targets prunes: a Kustomization with
// `prune: false`, an Application that does not sync by itself with `prune`.
func kept(p *review.Pass, targets []string) bool {
	for _, t := range targets {
		by := p.AskedBy(t)
		if by == nil {
			return false
		}
		var prunes bool
		switch by.ID.GroupKind() {
		case flux.Kustomization:
			prunes, _ = review.Bool(by.Fields(), "spec", "prune")
		case kube.Application:
			prunes, _ = review.Bool(by.Fields(), "spec", "syncPolicy", "automated", "prune")
		default:
			return false
		}
		if prunes {
			return false
		}
	}
	return len(targets) > 0
}

// Elsewhere gives the Application, or what makes it, that deploys the target to
// another cluster from now on; nil where there are several, or none does.
func Elsewhere(p *review.Pass, targets []string) (by *model.ObjectID, cluster string) {
	if len(targets) != 1 {
		return nil, ""
	}
	for i, t := range p.BaseTargets {
		if t.Target.Kind != model.ArgoCD || t.Lineage == nil || t.Lineage.By == nil || p.HeadTargets[i].Status != model.StatusAbsent || t.Target.ID != targets[0] {
			continue
		}
		for j, h := range p.HeadTargets {
			if h.Target.Kind == model.ArgoCD && h.Lineage != nil && h.Lineage.By != nil && p.BaseTargets[j].Status == model.StatusAbsent &&
				*h.Lineage.By == *t.Lineage.By && path.Base(h.Target.ID) == path.Base(t.Target.ID) {
				return t.Lineage.By, h.Target.Cluster
			}
		}
	}
	return nil, ""
}

// RootsGone reports whether none of the targets exists any more. What applied
// them then fails and prunes nothing; what applied them in this repository, and
// is removed too, is told by itself.
func RootsGone(p *review.Pass, targets []string) bool {
	for _, t := range p.HeadTargets {
		if slices.Contains(targets, t.Target.ID) && t.Status != model.StatusAbsent {
			return false
		}
	}
	return true
}

// GoesWithNamespace reports whether the Namespace of an object goes from the same
// targets: that is told by itself, and says that all in it goes.
func GoesWithNamespace(p *review.Pass, c review.Change) bool {
	var found []string
	for i, t := range p.BaseTargets {
		if !slices.Contains(c.Targets, t.Target.ID) || !p.HeadTargets[i].Known() {
			continue
		}
		at := slices.IndexFunc(t.Objects, func(o *model.Object) bool {
			return o.ID.GroupKind() == kube.Namespace && o.ID.Name == c.Object.Namespace
		})
		if at < 0 || p.After(t.Objects[at]) != nil || Spared(t.Objects[at], t.Target.ID) || len(NewOwners(p, t.Objects[at].ID, c.Targets)) > 0 {
			return false
		}
		found = append(found, t.Target.ID)
	}
	return len(found) > 0 && len(found) == len(c.Targets)
}
