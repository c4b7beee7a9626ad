package render

import (
	"encoding/json"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// A Kustomization can apply itself under a new name, or a hundred others that do,
// without end; so can an Application.
const (
	maxGenerations = 32   // Kustomizations that one leads to, in a row
	maxUnits       = 3000 // of one side
)

// generation counts the Kustomizations that lead to a unit.
func (u *unit) generation() int {
	n := 0
	for at := u.parent; at != nil && n < maxGenerations; at = at.parent {
		n++
	}
	return n
}

// maxAltered bounds how often a Kustomization is taken as its own render has it: it
// may name another directory each time.
const maxAltered = 4

// within reports whether a unit is another, or comes from it.
func (u *unit) within(other *unit) bool {
	n := 0
	for at := u; at != nil && n <= maxGenerations; at = at.parent {
		if at == other {
			return true
		}
		n++
	}
	return false
}

// endless is the problem of a unit whose Kustomizations are not followed.
func (u *unit) endless(format string, args ...any) {
	u.out = outcome{Built: problem(model.TooLarge, fmt.Sprintf(format, args...))}
}

// children gives the Kustomizations that a unit's render holds and that are not
// known yet. One that is known only from a file is taken as its cluster applies
// it.
func (f *fluxSide) children(u *unit) []*unit {
	var out []*unit
	for _, o := range u.objects {
		var k *model.Object
		switch {
		case o.ID.Group == task.KustomizeGroup && o.ID.Kind == "Kustomization":
			k = o
		case o.ID.Group == task.InstanceGroup && o.ID.Kind == "FluxInstance":
			k = synced(o)
		}
		if k == nil {
			continue
		}
		ns := k.ID.Namespace
		if ns == "" {
			ns = "flux-system"
		}
		id := fmt.Sprintf("flux:%s/%s/%s", u.cluster.name, ns, k.ID.Name)
		if old, ok := u.cluster.byID[id]; ok {
			if old.parent != nil && old.parent.object == nil && u.object != nil && old.object.Sum != k.Sum && old.altered < maxAltered {
				old.altered++
				old.object, old.spec = k, specOf[kustomizationSpec](k)
				if !u.within(old) { // one that applies itself, patched, is asked for by its file all the same
					old.parent = u
				}
				out = append(out, old)
			}
			continue
		}
		switch {
		case u.generation() == maxGenerations:
			u.endless("Kustomizations apply one another more than %d times in a row: what this one applies is not followed", maxGenerations)
			return out
		case f.units == maxUnits:
			u.endless("there are more than %d Kustomizations: what this one applies is not followed", maxUnits)
			return out
		}
		f.units++
		child := &unit{cluster: u.cluster, parent: u, object: k, spec: specOf[kustomizationSpec](k),
			target: model.Target{ID: id, Kind: model.Flux, Cluster: u.cluster.name}}
		u.cluster.byID[id] = child
		u.cluster.units = append(u.cluster.units, child)
		out = append(out, child)
	}
	return out
}

// synced is the Kustomization that the Flux Operator makes of a FluxInstance.
func synced(o *model.Object) *model.Object {
	spec := specOf[syncSpec](o).Sync
	if spec.Path == "" {
		return nil
	}
	ns := o.ID.Namespace
	if ns == "" {
		ns = "flux-system"
	}
	name := spec.Name
	if name == "" {
		name = ns
	}
	return syncedFrom(ns, name, spec.Kind, spec.Path)
}

func syncedFrom(ns, name, kind, dir string) *model.Object {
	id := model.ObjectID{Group: task.KustomizeGroup, Version: "v1", Kind: "Kustomization", Namespace: ns, Name: name}
	raw, _ := json.Marshal(map[string]any{ // strings always marshal
		"apiVersion": task.KustomizeGroup + "/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": name, "namespace": ns},
		"spec":     map[string]any{"path": dir, "prune": true, "sourceRef": map[string]any{"kind": kind, "name": name}},
	})
	return model.NewObject(id, task.SumOf(string(raw)), raw, nil)
}
