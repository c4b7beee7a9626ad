package checks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/loss"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var objectPruned = &review.Check{
	ID: "object-pruned", Area: review.Reliability, Severity: review.Critical, Tags: []review.Tag{review.Pruning},
	Doc: review.Doc{
		Title:  "object will be deleted",
		What:   "Looks for objects that are no longer rendered and whose deletion does damage: Namespaces, CRDs, volume claims, volumes, and StatefulSets with storage (critical), Deployments, DaemonSets and StatefulSets without storage (medium). Deleting a HelmRelease, a Flux Kustomization, a ResourceSet, a HelmChart of k3s, an Argo CD Application or ApplicationSet also deletes what it applied. That is high if it holds data, if something else applies it from now on, if values ask for storage and the chart is not visible, or if it is only renamed; otherwise medium. An Application without Argo CD's finalizer deletes nothing (low). One that its ApplicationSet no longer creates deletes everything, unless the set is configured to preserve. If another target renders the object from now on, it is high: deleted and recreated, depending on the order. A rename deletes one object and creates another. The object stays in the cluster (low) if its owner does not prune, now deploys to another cluster, is a suspended HelmRelease or Kustomization, or is a Kustomization with `deletionPolicy: Orphan` or without `prune`. Not reported if pruning is disabled on the object (or Helm is told to keep it), if it would be medium and its Namespace is deleted with it, or if the whole directory is gone (its owner then fails, and deletes nothing).",
		Why:    "With pruning, what is removed from the repository is removed from the cluster within minutes. Deleting a Namespace deletes all of its objects, a CRD all objects of its kind, a claim its data. Reverting the change does not restore them.",
		Fix:    "If it should stay, put it back. If only its place in the repository changes, first annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled` (Flux) or `argocd.argoproj.io/sync-options: Prune=false` (Argo CD), let that be applied, then move it, then remove the annotation.",
		Verify: "flux diff kustomization NAME --path DIR, argocd app diff NAME --revision BRANCH, or kubectl get NAMESPACE's objects before the merge: kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n NAME --ignore-not-found",
		Waive:  "The deletion is intended, and the data is backed up or not needed.",
		Effort: "small",
		Bad:    "resources:\n- web.yaml\n# namespace.yaml was here",
		Good:   "resources:\n- namespace.yaml\n- web.yaml",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		looseGone(p, c)
		emptied(p, c)
		if c.Change != review.Removed {
			return
		}
		set := unmadeBy(p, c.Targets)
		if set == nil && loss.Spared(c.Base, c.Targets...) || set != nil && loss.SparedWithApplication(c.Base) {
			return
		}
		lost, ok := loss.Of[c.Object.GroupKind()]
		if !ok {
			return
		}
		after := p.After(c.Base)
		if after != nil && after.ID.Name == c.Base.ID.Name && after.ID.Namespace != c.Base.ID.Namespace && (set == nil || after.ID.Namespace != "") {
			return // unless it is where nothing says its namespace any more, objects-namespace-moved tells it
		}
		if reason := loss.Remains(p, c.Targets); reason != "" {
			p.Report(review.Hit{Object: c.Base, Gone: true, Fix: spareFirst(p, c.Targets), Severity: review.Low, Title: "object is left behind",
				Message: fmt.Sprintf("%s is no longer rendered. It stays in the cluster, and nothing manages it any more: %s.", c.Object, reason)})
			return
		}
		if set == nil && loss.RootsGone(p, c.Targets) {
			return
		}
		why := ""
		if set != nil {
			why = fmt.Sprintf(" %s no longer creates the Application that applied it, and deletes the Application with all that it applied.", *set)
		}
		owners := loss.NewOwners(p, c.Object, c.Targets)
		if set != nil { // Argo CD is at home: a directory that it applies no more is no owner
			owners = slices.DeleteFunc(owners, func(t string) bool { return strings.HasPrefix(t, string(model.Kustomize)+":") })
		}
		if reason := review.LeavesAll(c.Base); reason != "" {
			if len(owners) == 0 && !loss.CargoOf(p, c.Base).AllMoved() {
				p.Report(review.Hit{Object: c.Base, Gone: true, Fix: spareFirst(p, c.Targets), Severity: review.Low, Title: "objects are left behind",
					Message: fmt.Sprintf("%s will be deleted. What it applied stays, and nothing manages it any more: %s.", c.Object, reason)})
			}
			return
		}
		switch {
		case len(owners) == 0:
		case lost.Severity == review.Medium:
			return
		default:
			p.Report(review.Hit{
				Object: c.Base, Gone: true, Fix: spareFirst(p, c.Targets), Severity: review.High, Title: "object moves between targets",
				Message: fmt.Sprintf("%s moves to %s. It may be deleted and recreated, depending on which is applied first; %s.", c.Object, text.Some(text.Code(owners)), lost.Then) + why,
			})
			return
		}
		if hidden := underVariable(p, c.Base, c.Targets); hidden != "" {
			p.Report(review.Hit{Object: c.Base, Gone: true, Fix: spareFirst(p, c.Targets), Severity: lost.Severity, Verdict: review.NotSeen, Searched: []string{"the variables of " + text.Some(text.Code(c.Targets))},
				Message: fmt.Sprintf("%s is rendered as `%s` now, and the value of the variable is not visible. If the name changes: %s.", c.Object, hidden, lost.Then)})
			return
		}
		message := fmt.Sprintf("%s will be deleted: %s.", c.Object, lost.Then)
		switch {
		case lost.Severity == review.High:
			goes := loss.CargoOf(p, c.Base)
			if after == nil || after.ID.Name == c.Base.ID.Name { // renamed, it was meant to stay
				lost.Severity = goes.Severity()
			}
			message = strings.TrimSuffix(message, ".") + goes.String() + "."
		case c.Object.GroupKind() == kube.StatefulSet && !loss.Claims(c.Base):
			lost.Severity = review.Medium
			message = fmt.Sprintf("%s will be deleted: its pods will be deleted.", c.Object)
		}
		if lost.Severity.Rank() <= review.Medium.Rank() && loss.GoesWithNamespace(p, c) {
			return
		}
		if after != nil && after.ID.Name != c.Base.ID.Name {
			message += fmt.Sprintf(" `%s` is created as a new object: Kubernetes does not rename objects.", after.ID.Name)
		}
		p.Report(review.Hit{Object: c.Base, Gone: true, Fix: spareFirst(p, c.Targets), Severity: lost.Severity, Message: message + why + fromOutside(p, c.Targets)})
	}).AndFiles(unmadeApplications),
}

// spareFirst is what to do, for what applies the targets, else for what the repository uses.
func spareFirst(p *review.Pass, targets []string) string {
	var flux, argo bool
	for _, all := range []bool{false, true} {
		for _, t := range p.BaseTargets {
			if all || slices.Contains(targets, t.Target.ID) {
				flux = flux || t.Target.Kind == model.Flux || t.Target.Kind == model.Helm
				argo = argo || t.Target.Kind == model.ArgoCD
			}
		}
		if flux || argo {
			break
		}
	}
	how := "tell what prunes it to spare it"
	switch {
	case flux && argo:
		return "" // both, as the check's own text has it
	case flux:
		how = "annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled`"
	case argo:
		how = "annotate it with `argocd.argoproj.io/sync-options: Prune=false`"
	}
	return "If it should stay, put it back. If only its place in the repository changes, first " + how + ", let that be applied, then move it, then take that back."
}

// unmadeApplications tells of the Applications that a set makes no more, where nothing
// else tells what goes with them.
func unmadeApplications(p *review.Pass) {
	if p.Side == model.Base || p.Audit {
		return
	}
	for _, u := range loss.UnmadeBySets(p) {
		if u.Set.Sum != u.Before.Sum && !makesAny(p, u.Set.ID) {
			continue // told by what emptied it
		}
		field := "/spec/generators"
		if name := []string{"spec", "template", "metadata", "name"}; review.Text(u.Set.Fields(), name...) != review.Text(u.Before.Fields(), name...) {
			field = review.Pointer(name...)
		}
		what, each := "the Application", "It is deleted"
		if len(u.Applications) > 1 {
			what, each = "the Applications", "Each is deleted"
		}
		p.Report(review.Hit{Object: u.Set, Field: field, Key: "unmade", Severity: u.Cargo.Severity(), Title: "Application will be deleted",
			Message: fmt.Sprintf("%s no longer makes %s %s. %s, and all that it applied%s.", u.Set.ID, what, text.Some(text.Code(u.Applications)), each, u.Cargo)})
	}
}

func makesAny(p *review.Pass, set model.ObjectID) bool {
	return slices.ContainsFunc(p.HeadTargets, func(t model.Rendered) bool { return t.Status != model.StatusAbsent && loss.Asked(t.Lineage, set) })
}

// fromOutside says that what applies one of the targets is not in the repository, as of
// a directory that an operator was told to apply; "" where it is.
func fromOutside(p *review.Pass, targets []string) string {
	for _, t := range p.HeadTargets {
		if l := t.Lineage; t.Target.Kind == model.Flux && slices.Contains(targets, t.Target.ID) && l != nil && l.Parent == nil && p.AskedBy(t.Target.ID) == nil {
			return fmt.Sprintf(" The owner of `%s` is not in this repository: this happens only if it prunes.", l.Dir)
		}
	}
	return ""
}

// variable is one of Flux's in a text, whose value is not visible.
var variable = pattern.New(`\$\{[^}]*\}`)

// underVariable gives the name under which an object of base may still be rendered by
// its targets: one that holds variables and may be its own; "" for none.
func underVariable(p *review.Pass, o *model.Object, targets []string) string {
	for _, t := range p.HeadTargets {
		if !slices.Contains(targets, t.Target.ID) {
			continue
		}
		for _, h := range t.Objects {
			if h.ID.GroupKind() != o.ID.GroupKind() || !strings.Contains(h.ID.Name, "${") {
				continue
			}
			parts := variable.Split(h.ID.Name, -1)
			for i, part := range parts {
				parts[i] = regexp.QuoteMeta(part)
			}
			if ok, err := regexp.MatchString("^"+strings.Join(parts, ".*")+"$", o.ID.Name); ok && err == nil {
				return h.ID.Name
			}
		}
	}
	return ""
}

// looseGone tells, once each, of Applications that stand in files which nothing
// applies, and are gone with what they applied: somebody applied them by hand.
func looseGone(p *review.Pass, c review.Change) {
	if c.Change != review.Removed {
		return
	}
	if by, _ := loss.Elsewhere(p, c.Targets); by != nil {
		return
	}
	strayGone(p, c)
	for i, t := range p.BaseTargets {
		l := t.Lineage
		if t.Target.Kind != model.ArgoCD || p.HeadTargets[i].Status != model.StatusAbsent || !slices.Contains(c.Targets, t.Target.ID) ||
			l == nil || l.By == nil || l.Unmade != model.Made || l.Parent == nil || l.Parent.File == "" || !p.Once("loose "+t.Target.ID) {
			continue
		}
		p.Report(review.Hit{File: l.Parent.File, Line: 1, Gone: true, Key: "loose " + t.Target.ID, Severity: review.Medium, Targets: []string{t.Target.ID}, Title: "Application is gone from the repository",
			Message: fmt.Sprintf("%s is no longer in this repository, and nothing in it applies the file: what it applied stays until somebody deletes the Application, and goes with it if it has a finalizer.", *l.By)})
	}
}

// strayGone tells, once each, of Flux Kustomizations that stand in files which nothing
// in the repository applies, and are gone: what applies the directory, such as a
// FluxInstance that is not here, deletes them, and with them what they applied.
func strayGone(p *review.Pass, c review.Change) {
	for i, t := range p.BaseTargets {
		l := t.Lineage
		if t.Target.Kind != model.Flux || p.HeadTargets[i].Status != model.StatusAbsent || !slices.Contains(c.Targets, t.Target.ID) ||
			l == nil || l.By == nil || l.Parent == nil || l.Parent.File == "" || standsElsewhere(p, *l.By) {
			continue
		}
		if by := p.AskedBy(t.Target.ID); by != nil {
			if prunes, known := review.Bool(by.Fields(), "spec", "prune"); known && !prunes {
				continue
			}
		}
		if !p.Once("stray " + t.Target.ID) {
			continue
		}
		var data []string
		for _, o := range t.Objects {
			if lost, ok := loss.Of[o.ID.GroupKind()]; ok && lost.Severity == review.Critical && !loss.Spared(o, t.Target.ID) && (o.ID.GroupKind() != kube.StatefulSet || loss.Claims(o)) && len(loss.NewOwners(p, o.ID, []string{t.Target.ID})) == 0 {
				data = append(data, o.ID.String())
			}
		}
		hit := review.Hit{File: l.Parent.File, Line: 1, Gone: true, Key: "stray " + t.Target.ID, Severity: review.Medium, Targets: []string{t.Target.ID}, Title: "Kustomization is gone from the repository",
			Message: fmt.Sprintf("%s is no longer in this repository. If the owner of its directory prunes, it is deleted with all that it applied.", *l.By)}
		if len(data) > 0 {
			hit.Severity = review.High
			hit.Message = strings.TrimSuffix(hit.Message, ".") + ", " + text.Some(data) + " among it."
		}
		p.Report(hit)
	}
}

// standsElsewhere reports whether an object asks for some target of head still: its
// cluster may only have another name.
func standsElsewhere(p *review.Pass, by model.ObjectID) bool {
	for _, t := range p.HeadTargets {
		if t.Status == model.StatusAbsent || t.Lineage == nil || t.Lineage.By == nil {
			continue
		}
		if is := *t.Lineage.By; is.GroupKind() == by.GroupKind() && is.Name == by.Name && review.SameNamespace(is.Namespace, by.Namespace) { // a file's says none where its kustomization sets it
			return true
		}
	}
	return false
}

// emptied tells of an ApplicationSet that stays and makes nothing any more: a generator
// that matches nothing is hardly ever meant.
func emptied(p *review.Pass, c review.Change) {
	if c.Change != review.Modified || c.Object.GroupKind() != kube.ApplicationSet {
		return
	}
	var gone []string
	for _, t := range p.BaseTargets {
		if l := t.Lineage; l != nil && l.By != nil && *l.By == c.Object && l.Unmade == model.UnmadeDeleted {
			gone = append(gone, t.Target.ID)
		}
	}
	if len(gone) == 0 || makesAny(p, c.Object) {
		return
	}
	at := review.Pointer("spec", "generators")
	for _, f := range c.Fields {
		if strings.HasPrefix(f.Path, at) {
			at = f.Path
			break
		}
	}
	p.Report(review.Hit{Object: c.Head, Field: at, Key: "makes nothing", Severity: review.High, Title: "no Application is made any more",
		Message: fmt.Sprintf("%s makes no Application any more, and made %d: %s. Each is deleted with all that it applied.", c.Object, len(gone), text.Some(text.Code(gone)))})
}

// unmadeBy gives the ApplicationSet that stays, and no longer makes the Application
// that applied one of the targets; nil where there is none that deletes it.
func unmadeBy(p *review.Pass, targets []string) *model.ObjectID {
	for _, t := range p.BaseTargets {
		if t.Lineage != nil && t.Lineage.Unmade == model.UnmadeDeleted && slices.Contains(targets, t.Target.ID) {
			return t.Lineage.By
		}
	}
	return nil
}
