package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var duplicateOwner = &review.Check{
	ID: "duplicate-owner", ByTargets: true, Area: review.Architecture, Severity: review.High, Tags: []review.Tag{review.Environments},
	Doc: review.Doc{
		Title:  "object has two owners",
		What:   "Looks for objects that two targets of one cluster render. If the cluster has no name, roots may belong to different clusters, and nothing is reported. Applications for `in-cluster` that nothing in the repository applies together may belong to different instances of Argo CD: then it is not certain. A Namespace in several targets is low.",
		Why:    "Both owners apply the object again and again, and each undoes the other's changes. When one of them drops it, pruning deletes it although the other still needs it.",
		Fix:    "Keep it in one target, and let the other target depend on that one.",
		Verify: "kubectl get KIND NAME -o jsonpath='{.metadata.labels}', which names the Kustomization that applied it last",
		Waive:  "One of them applies it with `kustomize.toolkit.fluxcd.io/ssa: Merge` or `IfNotPresent`.",
		Effort: "medium",
		Bad:    "# apps/shop and infra both include namespace.yaml",
		Good:   "# only infra does",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		if c.Name == "" {
			return
		}
		seen := map[model.ObjectID]bool{}
		for _, o := range c.Objects {
			key := o.ID.Key()
			if seen[key] {
				continue
			}
			seen[key] = true
			p.Looked(1)
			var owners []string
			var copies []*model.Object
			for _, same := range c.Named(o.ID.GroupKind(), o.ID.Namespace, o.ID.Name) {
				if same.ID.Namespace == o.ID.Namespace && !yields(same) {
					owners, copies = append(owners, c.Targets(same)...), append(copies, same)
				}
			}
			slices.Sort(owners)
			if owners = slices.Compact(owners); len(owners) < 2 {
				continue
			}
			severity := review.High
			if o.ID.Kind == "Namespace" {
				severity = review.Low
			}
			h := review.Hit{Verdict: review.Sure, Object: lasting(p, copies), Key: "owners", Severity: severity,
				Message: fmt.Sprintf("%s is rendered by %s. Each overwrites the other's changes, and each prunes it.", o.ID, text.Some(text.Code(owners)))}
			if c.Name == ownCluster && apart(p, owners) {
				h.Verdict, h.Searched = review.NotSeen, []string{"what applies both Applications"}
				if severity == review.High {
					h.Severity = review.Medium
				}
				h.Message = fmt.Sprintf("%s is rendered by %s, which nothing here applies together. If one Argo CD has them: each overwrites the other's changes, and each prunes it.", o.ID, text.Some(text.Code(owners)))
			}
			p.Report(h)
		}
	}),
}

// lasting gives the first of an object's copies that is on both sides, so that a copy
// that comes or goes makes no other finding of it; else the first.
func lasting(p *review.Pass, copies []*model.Object) *model.Object {
	for _, o := range copies {
		if p.Side == model.Base && p.After(o) != nil || p.Side == model.Head && p.Before(o) != nil {
			return o
		}
	}
	return copies[0]
}

// ownCluster is how Argo CD calls the cluster that it runs in, whichever that is.
const ownCluster = "in-cluster"

// apart reports whether the targets stem from different roots: dev's and production's
// Applications, each by its own Argo CD.
func apart(p *review.Pass, targets []string) bool {
	side := p.HeadTargets
	if p.Side == model.Base {
		side = p.BaseTargets
	}
	roots := map[string]bool{}
	for _, t := range side {
		if !slices.Contains(targets, t.Target.ID) {
			continue
		}
		root := t.Lineage
		for root != nil && root.Parent != nil {
			root = root.Parent
		}
		if root == nil {
			return true
		}
		roots[fmt.Sprint(root.Dir, " ", root.File, " ", root.By)] = true
	}
	return len(roots) > 1
}

// yields reports whether an object leaves the last word to another owner.
func yields(o *model.Object) bool {
	v := review.Labels(o.Fields(), "metadata", "annotations")["kustomize.toolkit.fluxcd.io/ssa"]
	return strings.EqualFold(v, "Merge") || strings.EqualFold(v, "IfNotPresent") || strings.EqualFold(v, "Ignore")
}
