package review

import (
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Cluster is what is applied together: the closure over which cross-object
// rules look. Without Flux, Argo CD or configuration there is one, unnamed.
type Cluster struct {
	Name string
	// Complete: everything that the cluster applies was seen. Where it is not,
	// absence is unknown.
	Complete bool
	// closed are the namespaces of HelmReleases that were not rendered.
	closed  map[string]bool
	unseen  []string        // ids of those releases
	Objects []*model.Object // in the order of targets, each content once
	// Before is the same cluster in base; nil where it did not exist, and on
	// base's side.
	Before *Cluster
	after  *Cluster // the same cluster in head, on base's side

	// lostSight: something that base shows does not render any more, so that what is
	// missing may only be unseen.
	lostSight bool
	targets   map[*model.Object][]string
	members   map[string]bool // the ids of its targets
	byKind    map[string][]*model.Object
	byName    map[kindName][]*model.Object
	workloads []*model.Object
	inNS      map[string][]*model.Object // workloads by namespace
	labelled  map[label][]*model.Object  // workloads by a label of their pods
	handed    map[*model.Object]*Values  // by release, filled when asked for
	made      map[string]any             // see Made
}

// kindName is an object's kind and group, and its name.
type kindName struct{ groupKind, name string }

// CompleteIn reports whether everything was seen that is applied to a namespace,
// as far as the cluster's objects tell: a chart that was not rendered may hold
// anything for the namespace of its release.
func (c *Cluster) CompleteIn(namespace string) bool {
	return c.Complete && !c.closed[namespace] && (namespace != "" || len(c.closed) == 0)
}

// closeNamespaces notes the namespaces of the releases that were not rendered.
func (c *Cluster) closeNamespaces() {
	c.closed = map[string]bool{}
	for _, id := range c.unseen {
		parts := strings.Split(id, "/") // helm:<cluster>/<namespace>/<name>
		if len(parts) < 3 {
			continue
		}
		namespace, name := parts[len(parts)-2], parts[len(parts)-1]
		if o := c.Find(helmRelease, namespace, name); o != nil {
			if target := Text(o.Fields(), "spec", "targetNamespace"); target != "" {
				namespace = target
			}
		}
		c.closed[namespace] = true
	}
}

// Made gives what a check makes of the whole cluster, made when it is first asked
// for under the key.
func (c *Cluster) Made(key string, make func() any) any {
	if _, ok := c.made[key]; !ok {
		c.made[key] = make()
	}
	return c.made[key]
}

// has reports whether a target is one of the cluster's.
func (c *Cluster) has(target string) bool { return c.members[target] }

// Targets gives the targets that render an object.
func (c *Cluster) Targets(o *model.Object) []string { return c.targets[o] }

// Kind gives the objects of a kind, named as in GroupKind: "Deployment.apps",
// "Service".
func (c *Cluster) Kind(groupKind string) []*model.Object { return c.byKind[groupKind] }

// KindIn gives those of a kind that are in a namespace as far as they say
// (SameNamespace), without a look at all others.
func (c *Cluster) KindIn(groupKind, namespace string) []*model.Object {
	if namespace == "" {
		return c.Kind(groupKind)
	}
	in := c.Made("in "+groupKind, func() any {
		out := map[string][]*model.Object{}
		for _, o := range c.Kind(groupKind) {
			out[o.ID.Namespace] = append(out[o.ID.Namespace], o)
		}
		return out
	}).(map[string][]*model.Object)
	if len(in[""]) == 0 {
		return in[namespace]
	}
	var out []*model.Object
	for _, o := range c.Kind(groupKind) {
		if SameNamespace(o.ID.Namespace, namespace) {
			out = append(out, o)
		}
	}
	return out
}

// Find gives an object by kind, namespace and name; nil when there is none.
func (c *Cluster) Find(groupKind, namespace, name string) *model.Object {
	for _, o := range c.byName[kindName{groupKind, name}] {
		if o.ID.Namespace == namespace {
			return o
		}
	}
	return nil
}

// Named gives the objects of a kind and name in a namespace. An object that
// names no namespace may land in any: what is applied decides, and that may not
// be seen.
func (c *Cluster) Named(groupKind, namespace, name string) []*model.Object {
	var out []*model.Object
	for _, o := range c.byName[kindName{groupKind, name}] {
		if SameNamespace(o.ID.Namespace, namespace) {
			out = append(out, o)
		}
	}
	return out
}

// SameNamespace reports whether two namespaces may be the same one: an empty one
// is filled in when the object is applied.
func SameNamespace(a, b string) bool { return a == b || a == "" || b == "" }

// Presence is what became of a thing that an object names.
type Presence int

const (
	// Present: it is there.
	Present Presence = iota
	// Lost: it was there before the change, and is no longer.
	Lost
	// Absent: it is nowhere, and was nowhere.
	Absent
)

// Refer tells what became of an object that another one names. In an unnamed
// cluster, which may hold several environments, a thing that left the targets of
// the object that names it is lost even if another target has, and had, one like
// it.
func (c *Cluster) Refer(from *model.Object, groupKind, namespace, name string) Presence {
	here := c.targets[from]
	near, far := c.split(here, c.Named(groupKind, namespace, name))
	if len(near) > 0 {
		return Present
	}
	if c.Before == nil {
		if len(far) > 0 {
			return Present
		}
		return Absent
	}
	oldNear, oldFar := c.Before.split(here, c.Before.Named(groupKind, namespace, name))
	switch {
	case len(far) > 0 && (c.Name != "" || len(oldNear) == 0 || !subset(far, oldFar)):
		return Present
	case len(oldNear) > 0, len(far) == 0 && len(c.Before.apart(from, oldFar)) > 0:
		return Lost
	case len(far) > 0:
		return Present
	}
	return Absent
}

// split gives the targets that render one of the objects: those in here, and the
// others.
func (c *Cluster) split(here []string, list []*model.Object) (near, far []string) {
	for _, o := range list {
		for _, t := range c.targets[o] {
			if slices.Contains(here, t) {
				near = append(near, t)
			} else {
				far = append(far, t)
			}
		}
	}
	return near, far
}

func subset(part, whole []string) bool {
	for _, p := range part {
		if !slices.Contains(whole, p) {
			return false
		}
	}
	return true
}

// Together reports whether one target renders both objects.
func (c *Cluster) Together(a, b *model.Object) bool {
	for _, t := range c.targets[a] {
		if slices.Contains(c.targets[b], t) {
			return true
		}
	}
	return false
}

// Near gives those of the objects that a target of o renders too; all of them
// where none is.
func (c *Cluster) Near(o *model.Object, list []*model.Object) []*model.Object {
	var near []*model.Object
	for _, x := range list {
		if c.Together(o, x) {
			near = append(near, x)
		}
	}
	if len(near) == 0 {
		return list
	}
	return near
}

// Own is Near, but never gives, in an unnamed cluster, what only targets render
// that have an object of o's identity of their own: it belongs to that one.
func (c *Cluster) Own(o *model.Object, list []*model.Object) []*model.Object {
	near := c.Near(o, list)
	if len(near) == 0 || c.Together(o, near[0]) {
		return near
	}
	return slices.DeleteFunc(slices.Clone(near), func(x *model.Object) bool { return len(c.apart(o, c.targets[x])) == 0 })
}

// apart gives those of some targets, none of which renders o, that have no object
// of o's identity either. In a named cluster all targets are applied together.
func (c *Cluster) apart(o *model.Object, targets []string) []string {
	if c.Name != "" {
		return targets
	}
	var theirs []string
	for _, same := range c.byName[kindName{o.ID.GroupKind(), o.ID.Name}] {
		if same.ID.Key() == o.ID.Key() {
			theirs = append(theirs, c.targets[same]...)
		}
	}
	return slices.DeleteFunc(slices.Clone(targets), func(t string) bool { return slices.Contains(theirs, t) })
}

// Workloads gives the objects that make pods.
func (c *Cluster) Workloads() []*model.Object { return c.workloads }

// WorkloadsIn gives the workloads of a namespace, and those that name none: see
// SameNamespace.
func (c *Cluster) WorkloadsIn(namespace string) []*model.Object {
	if namespace == "" {
		return c.workloads
	}
	return append(slices.Clip(c.inNS[namespace]), c.inNS[""]...)
}

// Selected gives the workloads in a namespace whose pods carry all the labels.
// An empty selector selects nothing here: what it means differs by kind.
func (c *Cluster) Selected(namespace string, labels map[string]string) []*model.Object {
	var out []*model.Object
	if len(labels) == 0 {
		return nil
	}
	for _, o := range c.carrying(namespace, labels) {
		if len(labels) == 1 || SelectedBy(o, labels) {
			out = append(out, o)
		}
	}
	return out
}

// label is one of a pod's labels in a namespace, or anywhere.
type label struct {
	namespace, key, value string
	anywhere              bool
}

// carrying gives the workloads of WorkloadsIn whose pods carry the rarest of some
// labels. There may be thousands of both selectors and workloads.
func (c *Cluster) carrying(namespace string, labels map[string]string) []*model.Object {
	var here, loose []*model.Object
	fewest := -1
	for k, v := range labels {
		in, out := c.labelled[label{namespace, k, v, namespace == ""}], []*model.Object(nil)
		if namespace != "" {
			out = c.labelled[label{"", k, v, false}]
		}
		if n := len(in) + len(out); fewest < 0 || n < fewest {
			here, loose, fewest = in, out, n
		}
	}
	return append(slices.Clip(here), loose...)
}

// SelectedBy reports whether a workload's pods carry all the labels.
func SelectedBy(workload *model.Object, labels map[string]string) bool {
	pod, ok := PodOf(workload)
	if !ok {
		return false
	}
	have := Labels(pod.Metadata, "labels")
	for k, v := range labels {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// clustersOf gathers a snapshot's targets by cluster, sorted by name.
func clustersOf(s *model.Snapshot) []*Cluster {
	if s == nil {
		return nil
	}
	byName := map[string]*Cluster{}
	sizes := map[string]int{}
	for i := range s.Targets {
		sizes[s.Targets[i].Target.Cluster] += len(s.Targets[i].Objects)
	}
	var names []string
	for i := range s.Targets {
		t := &s.Targets[i]
		if t.Status == model.StatusAbsent {
			continue
		}
		c := byName[t.Target.Cluster]
		if c == nil {
			c = newCluster(t.Target.Cluster, sizes[t.Target.Cluster])
			byName[t.Target.Cluster] = c
			names = append(names, t.Target.Cluster)
		}
		c.members[t.Target.ID] = true
		if !t.Known() && t.Target.Kind == model.Helm {
			c.unseen = append(c.unseen, t.Target.ID)
		} else {
			c.Complete = c.Complete && t.Known()
		}
		for _, o := range t.Objects {
			c.add(o, t.Target.ID)
		}
	}
	sort.Strings(names)
	out := make([]*Cluster, len(names))
	for i, n := range names {
		out[i] = byName[n]
		out[i].closeNamespaces()
	}
	return out
}

// newCluster makes room for a number of objects.
func newCluster(name string, objects int) *Cluster {
	return &Cluster{Name: name, Complete: true, targets: make(map[*model.Object][]string, objects), byKind: map[string][]*model.Object{},
		byName: make(map[kindName][]*model.Object, objects), Objects: make([]*model.Object, 0, objects),
		members: map[string]bool{}, inNS: map[string][]*model.Object{}, labelled: map[label][]*model.Object{}, made: map[string]any{}}
}

func (c *Cluster) add(o *model.Object, target string) {
	if len(c.targets[o]) == 0 {
		c.Objects = append(c.Objects, o)
		kind := o.ID.GroupKind()
		c.byKind[kind] = append(c.byKind[kind], o)
		named := kindName{kind, o.ID.Name}
		c.byName[named] = append(c.byName[named], o)
		if pod, ok := PodOf(o); ok {
			c.workloads = append(c.workloads, o)
			c.inNS[o.ID.Namespace] = append(c.inNS[o.ID.Namespace], o)
			for k, v := range Labels(pod.Metadata, "labels") {
				for _, at := range []label{{o.ID.Namespace, k, v, false}, {"", k, v, true}} {
					c.labelled[at] = append(c.labelled[at], o)
				}
			}
		}
	}
	if !slices.Contains(c.targets[o], target) {
		c.targets[o] = append(c.targets[o], target)
	}
}
