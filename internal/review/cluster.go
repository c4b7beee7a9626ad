package review

import (
	"slices"
	"sort"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Cluster is what is applied together: the closure over which cross-object
// rules look. Without Flux, Argo CD or configuration there is one, unnamed.
type Cluster struct {
	Name string
	// Complete: everything that the cluster applies was seen. Where it is not,
	// absence is unknown.
	Complete bool
	Objects  []*model.Object // in the order of targets, each content once
	targets  map[*model.Object][]string
	byKind   map[string][]*model.Object
}

// Targets gives the targets that render an object.
func (c *Cluster) Targets(o *model.Object) []string { return c.targets[o] }

// Kind gives the objects of a kind, named as in GroupKind: "Deployment.apps",
// "Service".
func (c *Cluster) Kind(groupKind string) []*model.Object { return c.byKind[groupKind] }

// Find gives an object by kind, namespace and name; nil when there is none.
func (c *Cluster) Find(groupKind, namespace, name string) *model.Object {
	for _, o := range c.byKind[groupKind] {
		if o.ID.Namespace == namespace && o.ID.Name == name {
			return o
		}
	}
	return nil
}

// Workloads gives the objects that make pods.
func (c *Cluster) Workloads() []*model.Object {
	var out []*model.Object
	for _, o := range c.Objects {
		if _, ok := PodOf(o); ok {
			out = append(out, o)
		}
	}
	return out
}

// Selected gives the workloads in a namespace whose pods carry all the labels.
// An empty selector selects nothing here: what it means differs by kind.
func (c *Cluster) Selected(namespace string, labels map[string]string) []*model.Object {
	var out []*model.Object
	for _, o := range c.Workloads() {
		if o.ID.Namespace == namespace && len(labels) > 0 && SelectedBy(o, labels) {
			out = append(out, o)
		}
	}
	return out
}

// SelectedBy reports whether a workload's pods carry all the labels.
func SelectedBy(workload *model.Object, labels map[string]string) bool {
	pod, ok := PodOf(workload)
	if !ok {
		return false
	}
	have := Labels(pod.Metadata, "labels")
	for k, v := range labels {
		if have[k] != v {
			return false
		}
	}
	return true
}

// clustersOf gathers a snapshot's targets by cluster, sorted by name.
func clustersOf(s *model.Snapshot) []*Cluster {
	byName := map[string]*Cluster{}
	var names []string
	for _, t := range s.Targets {
		if t.Status == model.StatusAbsent {
			continue
		}
		c := byName[t.Target.Cluster]
		if c == nil {
			c = &Cluster{Name: t.Target.Cluster, Complete: true, targets: map[*model.Object][]string{}, byKind: map[string][]*model.Object{}}
			byName[t.Target.Cluster] = c
			names = append(names, t.Target.Cluster)
		}
		c.Complete = c.Complete && t.Known()
		for _, o := range t.Objects {
			if len(c.targets[o]) == 0 {
				c.Objects = append(c.Objects, o)
				kind := o.ID.GroupKind()
				c.byKind[kind] = append(c.byKind[kind], o)
			}
			if !slices.Contains(c.targets[o], t.Target.ID) {
				c.targets[o] = append(c.targets[o], t.Target.ID)
			}
		}
	}
	sort.Strings(names)
	out := make([]*Cluster, len(names))
	for i, n := range names {
		out[i] = byName[n]
	}
	return out
}
