package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const (
	fluxKustomization = "Kustomization.kustomize.toolkit.fluxcd.io"
	application       = "Application.argoproj.io"
	applicationSet    = "ApplicationSet.argoproj.io"
)

// Staying begins the note of an object that is rendered no more and stays in the cluster.
const Staying = "stays in the cluster: "

// Stays reports whether a change's object stays in the cluster though nothing renders it
// any more.
func (c Change) Stays() bool {
	return slices.ContainsFunc(c.Notes, func(n string) bool { return strings.HasPrefix(n, Staying) })
}

// noteStaying says of objects that are rendered no more that they stay, where all that
// applied them goes without them.
func (j *judge) noteStaying(changes []Change) {
	leaves := map[model.ObjectID]string{} // of what goes: why it goes without what it applied; "" where it takes that along
	for _, c := range changes {
		if c.Change == Removed {
			leaves[c.Object] = LeavesAll(c.Base)
		}
	}
	for i := range changes {
		c := &changes[i]
		if c.Change != Removed {
			continue
		}
		note := ""
		for _, id := range c.Targets {
			if note = j.leftBy(id, leaves); note == "" {
				break
			}
		}
		if note != "" {
			c.Notes = append(c.Notes, Staying+note)
		}
	}
}

// leftBy says why what a target applied is left where it is; "" where it is not.
func (j *judge) leftBy(target string, leaves map[model.ObjectID]string) string {
	was, is := j.base.Target(target), j.Head.Target(target)
	if was == nil || is == nil || is.Status != model.StatusAbsent || was.Lineage == nil || was.Lineage.By == nil {
		return ""
	}
	if was.Lineage.Unmade == model.UnmadeLeft {
		return fmt.Sprintf("%s leaves what the Application applied", *was.Lineage.By)
	}
	for l := was.Lineage; l != nil && l.By != nil; l = l.Parent { // what stays keeps what it applied
		why, goes := leaves[*l.By]
		if why != "" {
			return fmt.Sprintf("%s goes without it (%s)", *l.By, why)
		}
		if !goes {
			return ""
		}
	}
	return ""
}

// LeavesAll says why what an object applied stays when it goes; "" where it does not.
func LeavesAll(o *model.Object) string {
	suspended, _ := Bool(o.Fields(), "spec", "suspend")
	switch o.ID.GroupKind() {
	case application:
		finalizers, _ := Map(o.Fields(), "metadata")["finalizers"].([]any)
		if !slices.ContainsFunc(finalizers, func(f any) bool {
			text, _ := f.(string)
			return strings.HasPrefix(text, "resources-finalizer.argocd.argoproj.io")
		}) {
			return "it has no finalizer"
		}
	case applicationSet:
		if preserve, _ := Bool(o.Fields(), "spec", "syncPolicy", "preserveResourcesOnDeletion"); preserve {
			return "it preserves that"
		}
	// helm-controller v1.6 and kustomize-controller v1.9 uninstall and prune nothing of
	// what is suspended when it goes.
	case helmRelease:
		if suspended {
			return "it is suspended"
		}
	case fluxKustomization:
		prune, _ := Bool(o.Fields(), "spec", "prune")
		switch {
		case suspended:
			return "it is suspended"
		case !prune:
			return "it does not prune"
		case Text(o.Fields(), "spec", "deletionPolicy") == "Orphan":
			return "its `deletionPolicy` is `Orphan`"
		}
	}
	return ""
}
