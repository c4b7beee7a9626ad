package review

import (
	"cmp"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What a check may ask of what is around an object: what it was and became, its clusters,
// and who asks for its target.

// Around are the clusters of the side that the change reaches of which the check is asked;
// all where it is asked of none. Another cluster may hold the same object, and what is
// beside it there tells nothing of it here.
func (p *Pass) Around() []*Cluster {
	if p.change == nil || len(p.Clusters) < 2 {
		return p.Clusters
	}
	of := map[string]bool{}
	for _, id := range p.change.Targets {
		of[p.judge.Head.Target(id).Target.Cluster] = true
	}
	return slices.DeleteFunc(slices.Clone(p.Clusters), func(c *Cluster) bool { return !of[c.Name] })
}

// Before gives what an object of head was in base: itself where nothing changed,
// nil where it is new. On base's side it is nil.
func (p *Pass) Before(o *model.Object) *model.Object {
	if p.Side == model.Base {
		return nil
	}
	if p.change != nil && p.change.Head == o && p.change.Base != nil {
		return p.change.Base
	}
	if list := p.judge.beforeIn(p.cluster, o); len(list) > 0 {
		return list[0]
	}
	return nil
}

// Targets are all targets of the side.
func (p *Pass) Targets() []model.Rendered {
	if p.Side == model.Base {
		return p.BaseTargets
	}
	return p.HeadTargets
}

// After gives what an object of base became in head, in the targets or the cluster that the
// check is asked about; nil where it is gone.
func (p *Pass) After(o *model.Object) *model.Object {
	return p.judge.became(p.judge.scopeOf(p.change, p.cluster), o)
}

// AskedBy gives the object that asks for a target of head: a Flux Kustomization, a
// HelmRelease, an Argo CD Application; nil where none does, or it is not rendered.
func (p *Pass) AskedBy(target string) *model.Object {
	t := p.judge.Head.Target(target)
	if t == nil || t.Lineage == nil || t.Lineage.By == nil {
		return nil
	}
	by := t.Lineage.By
	var first *model.Object
	for _, c := range p.Clusters {
		for _, o := range c.Named(by.GroupKind(), by.Namespace, by.Name) {
			if c.Name == t.Target.Cluster {
				return o
			}
			first = cmp.Or(first, o) // an Application need not stand in the cluster that it is for
		}
	}
	return first
}

// Asker gives the object of the side that asks for a target of it; nil where none does, or
// it cannot be told which.
func (p *Pass) Asker(t model.Rendered) *model.Object {
	if t.Lineage == nil || t.Lineage.By == nil {
		return nil
	}
	by := t.Lineage.By
	var all []*model.Object
	for _, c := range p.Clusters {
		list := c.Named(by.GroupKind(), by.Namespace, by.Name)
		if c.Name == t.Target.Cluster && len(list) == 1 {
			return list[0]
		}
		all = append(all, list...)
	}
	if len(all) == 1 { // an Application need not stand in the cluster that it is for
		return all[0]
	}
	return nil
}

// ContainerBefore gives what a container was in base: the one of its name.
func (p *Pass) ContainerBefore(c Container) (Container, bool) {
	old := p.Before(c.Workload)
	if old == nil {
		return Container{}, false
	}
	for _, b := range ContainersOf(old) {
		if b.Name == c.Name && b.Init == c.Init && b.Sidecar == c.Sidecar {
			return b, true
		}
	}
	return Container{}, false
}

// Home gives the cluster of the side in which an object stands; the one that is
// looked at, where a check runs by cluster. It is nil for an object of the other
// side.
func (p *Pass) Home(o *model.Object) *Cluster {
	if p.cluster != nil {
		return p.cluster
	}
	for _, c := range append(slices.Clip(p.Around()), p.Clusters...) {
		if len(c.targets[o]) > 0 {
			return c
		}
	}
	return nil
}
