package checks

import (
	"fmt"
	"path"
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
		What:   "Looks for objects that two targets of one cluster render. If the cluster has no name, roots may belong to different clusters: only a new root with a workload that another root has in the same namespace is reported, as not certain, and only if no two roots of the repository did so before. Applications for `in-cluster` that nothing in the repository applies together may belong to different instances of Argo CD: then it is not certain. A Namespace in several targets is low. Also looks for objects that files of one Argo CD Application define more than once with different content.",
		Why:    "Both owners apply the object again and again, and each undoes the other's changes. When one of them drops it, pruning deletes it although the other still needs it.",
		Fix:    "Keep it in one target, and let the other target depend on that one. Give a copy a name of its own.",
		Verify: "kubectl get KIND NAME -o jsonpath='{.metadata.labels}', which names the Kustomization that applied it last",
		Waive:  "One of them applies it with `kustomize.toolkit.fluxcd.io/ssa: Merge` or `IfNotPresent`.",
		Effort: "medium",
		Bad:    "# apps/shop and infra both include namespace.yaml",
		Good:   "# only infra does",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		repeats(p, c)
		if c.Name == "" {
			sharedRoots(p, c)
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
			h := review.Hit{Verdict: review.Sure, Object: telling(p, copies), Key: "owners", Severity: severity,
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

// sharedRoots tells, where no cluster has a name, of a new root that renders workloads
// into the namespaces of another one, as a copied overlay does whose namespace was
// forgotten. Where roots did so before, they are for different clusters.
func sharedRoots(p *review.Pass, c *review.Cluster) {
	if p.Audit || p.Side != model.Head || c.Before == nil || len(p.Clusters) > 1 {
		return
	}
	workloads := map[model.ObjectID]bool{}
	for _, of := range []*review.Cluster{c.Before, c} {
		for _, o := range of.Workloads() {
			if o.ID.Namespace != "" {
				workloads[o.ID.Key()] = true
			}
		}
	}
	old := map[model.ObjectID]string{} // which root has it in base
	for i, t := range p.BaseTargets {
		if t.Status == model.StatusAbsent {
			continue
		}
		if !t.Known() {
			return
		}
		for _, o := range t.Objects {
			key := o.ID.Key()
			if !workloads[key] {
				continue
			}
			if old[key] != "" {
				return
			}
			if p.HeadTargets[i].Status != model.StatusAbsent {
				old[key] = t.Target.Path
			}
		}
	}
	for i, t := range p.HeadTargets {
		if t.Target.Kind != model.Kustomize || t.Status != model.StatusRendered || p.BaseTargets[i].Status != model.StatusAbsent {
			continue
		}
		var shared []string
		with := ""
		for _, o := range t.Objects {
			if at := old[o.ID.Key()]; at != "" && (with == "" || at == with) {
				with, shared = at, append(shared, o.ID.String())
			}
		}
		if len(shared) > 0 {
			p.Report(review.Hit{File: kustomizationIn(p, t.Target.Path), Line: 1, Key: "roots " + t.Target.Path, Targets: []string{t.Target.ID},
				Verdict: review.NotSeen, Severity: review.Medium, Searched: []string{"the names of clusters: there are none"},
				Message: fmt.Sprintf("`%s` renders what `%s` renders too, in the same namespace: %s. If both are applied to one cluster, each overwrites the other's changes.", t.Target.Path, with, text.Some(shared))})
		}
	}
}

// kustomizationIn gives the kustomization of a directory of head.
func kustomizationIn(p *review.Pass, dir string) string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if file := path.Join(dir, name); p.Exists(file) {
			return file
		}
	}
	return ""
}

// telling gives the copy of an object at which its owners are told: the one that comes or
// goes, where it makes the second owner; else the first of those on both sides, so that a
// third copy that comes or goes makes no other finding of it.
func telling(p *review.Pass, copies []*model.Object) *model.Object {
	var lasting, passing []*model.Object
	for _, o := range copies {
		other := p.After(o)
		if p.Side == model.Head {
			other = p.Before(o)
		}
		if other != nil && other.ID.Key() == o.ID.Key() {
			lasting = append(lasting, o)
		} else {
			passing = append(passing, o)
		}
	}
	if len(lasting) == 0 || len(lasting) == 1 && len(passing) > 0 {
		return passing[0]
	}
	return lasting[0]
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

// repeats tells of objects that the files of one target define more than once, not alike:
// a copied file in which the name stayed. All but one have no effect.
func repeats(p *review.Pass, c *review.Cluster) {
	targets := p.Targets()
	for _, t := range targets {
		if t.Target.Cluster != c.Name {
			continue
		}
		for _, r := range t.Repeats {
			at := newest(p, r.At)
			var others []string
			for _, o := range r.At {
				if o != at {
					others = append(others, fmt.Sprintf("%s:%d", o.File, o.Line))
				}
			}
			counts := "this one"
			if last := r.At[len(r.At)-1]; last != at {
				counts = fmt.Sprintf("the one at `%s:%d`", last.File, last.Line)
			}
			p.Report(review.Hit{File: at.File, Line: at.Line, Key: "repeat " + r.Object.Key().String(), Targets: []string{t.Target.ID}, Verdict: review.Sure, Title: "object is defined twice",
				Message: fmt.Sprintf("%s is defined at %s too, with other content. Argo CD applies only the last, which is %s: the rest has no effect.", r.Object, text.Some(text.Code(others)), counts)})
		}
	}
}

// newest gives, of the places that define an object, the one that the change adds: that
// of a new file, else of one that differs, else the last.
func newest(p *review.Pass, at []model.Position) model.Position {
	for _, o := range at {
		if !p.Existed(o.File) {
			return o
		}
	}
	changed := p.Changed()
	for _, o := range at {
		if slices.Contains(changed, o.File) {
			return o
		}
	}
	return at[len(at)-1]
}
