package review

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// pair finds what each of head's objects was in base.
func (j *judge) pair(base, head []*Cluster) {
	var removed, added []*Change
	for i := range j.changes {
		c := &j.changes[i]
		for _, pair := range c.pairs {
			for _, o := range pair {
				if o != nil && j.changed[o] == nil {
					j.changed[o] = c
				}
			}
			if c.Change == Modified {
				j.same(pair[0], pair[1])
			}
		}
		switch c.Change {
		case Added:
			added = append(added, c)
			for _, pair := range c.pairs {
				j.arrived[pair[1]] = true
			}
		case Removed:
			removed = append(removed, c)
		}
	}
	size := 0
	for _, c := range base {
		size += len(c.Objects)
	}
	known := make(map[*model.Object]bool, size)
	twins, byKind := map[string][]*model.Object{}, map[string][]*model.Object{}
	for _, c := range base {
		for _, o := range c.Objects {
			known[o] = true
			if len(added) == 0 {
				continue // nobody asks for the others
			}
			key := o.ID.GroupKind() + " " + o.ID.Name
			twins[key] = append(twins[key], o)
			byKind[o.ID.GroupKind()] = append(byKind[o.ID.GroupKind()], o)
		}
	}
	for _, c := range head {
		for _, o := range c.Objects {
			if known[o] && !slices.Contains(j.before[o], o) {
				j.same(o, o)
			}
		}
	}
	j.pairReordered(known)
	j.pairRenamed(removed, added)
	for _, c := range added {
		if len(j.before[c.Head]) == 0 && len(j.twins[c.Head]) == 0 {
			j.twins[c.Head] = twins[c.Object.GroupKind()+" "+c.Object.Name]
		}
		if len(j.before[c.Head]) == 0 && len(j.twins[c.Head]) == 0 {
			j.twins[c.Head] = alike(c.Head, byKind[c.Object.GroupKind()])
		}
	}
}

// pairReordered pairs objects that are written otherwise and are no change, such as those
// with a list in another order; known are base's own.
func (j *judge) pairReordered(known map[*model.Object]bool) {
	if j.base == nil {
		return
	}
	for i, t := range j.Head.Targets {
		var before map[model.ObjectID]*model.Object
		for _, o := range t.Objects {
			if known[o] || j.changed[o] != nil || len(j.before[o]) > 0 {
				continue
			}
			if before == nil {
				before = map[model.ObjectID]*model.Object{}
				for _, old := range j.base.Targets[i].Objects {
					before[old.ID.Key()] = old
				}
			}
			if old := before[o.ID.Key()]; old != nil {
				j.same(old, o)
			}
		}
	}
}

// alike gives those of some objects that one transformer could have made the
// other of, and that are the same but for their metadata.
func alike(o *model.Object, list []*model.Object) []*model.Object {
	var out []*model.Object
	for _, x := range list {
		if renamed(x.ID, o.ID) && reflect.DeepEqual(withoutMetadata(x), withoutMetadata(o)) {
			out = append(out, x)
		}
	}
	return out
}

func withoutMetadata(o *model.Object) map[string]any {
	out := maps.Clone(o.Fields())
	delete(out, "metadata")
	return out
}

// same notes that an object of head is what one of base became.
func (j *judge) same(base, head *model.Object) {
	j.before[head] = append(j.before[head], base)
	j.after[base] = append(j.after[base], head)
}

// scope is where something is asked about: some targets, or a cluster of head; nothing is
// anywhere.
type scope struct {
	targets []string
	cluster *Cluster
}

// holds reports whether an object of head stands there: in one of the targets, or in what
// is applied together with them.
func (in scope) holds(o *model.Object, heads []*Cluster) bool {
	if in.cluster != nil {
		return len(in.cluster.targets[o]) > 0
	}
	return slices.ContainsFunc(heads, func(c *Cluster) bool {
		of := c.targets[o]
		return len(of) > 0 && slices.ContainsFunc(in.targets, func(t string) bool {
			return slices.Contains(of, t) || c.Name != "" && c.has(t)
		})
	})
}

// became gives what an object of base is at a place in head, or what it is where the change
// brings it; nil where it is gone. What lives on elsewhere as it was is another one's.
func (j *judge) became(in scope, o *model.Object) *model.Object {
	list := j.after[o]
	if len(list) == 0 {
		return nil
	}
	if in.cluster == nil && len(in.targets) == 0 {
		return list[0]
	}
	for _, h := range list {
		if in.holds(h, j.heads) {
			return h
		}
	}
	for _, h := range list {
		if j.arrived[h] {
			return h
		}
	}
	return nil
}

// beforeIn gives what an object of head was in a cluster, which is head's or nil for any.
// What another cluster had, which has the same object now, is not what this one had.
func (j *judge) beforeIn(c *Cluster, o *model.Object) []*model.Object {
	list := j.before[o]
	if c == nil || c.Before == nil {
		return list
	}
	elsewhere := func(o *model.Object) bool { return len(c.Before.targets[o]) == 0 }
	if !slices.ContainsFunc(list, elsewhere) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), elsewhere)
}

// pairRenamed pairs objects that came with those that went, where one
// transformer could have renamed them, those of the same targets first.
// Ambiguous ones do not pair.
func (j *judge) pairRenamed(removed, added []*Change) {
	byKind := map[string][]*Change{}
	for _, r := range removed {
		byKind[r.Object.GroupKind()] = append(byKind[r.Object.GroupKind()], r)
	}
	paired := map[*Change]bool{}
	for _, sameTargets := range []bool{true, false} {
		for _, a := range added {
			if len(j.before[a.Head]) > 0 {
				continue
			}
			var matches []*Change
			for _, r := range byKind[a.Object.GroupKind()] {
				if !paired[r] && (renamed(r.Object, a.Object) && !sameTargets && len(j.after[r.Base]) == 0 ||
					sameTargets && slices.Equal(r.Targets, a.Targets) && (renamed(r.Object, a.Object) || prefixed(r.Object, a.Object))) && nearlySame(r.Base, a.Head) {
					matches = append(matches, r)
				}
			}
			if len(matches) == 1 {
				paired[matches[0]] = true
				j.same(matches[0].Base, a.Head)
			}
			if len(matches) > 1 && len(j.twins[a.Head]) == 0 {
				for _, r := range matches { // it takes the place of some of them
					j.twins[a.Head] = append(j.twins[a.Head], r.Base)
				}
			}
		}
	}
	j.pairRetitled(byKind, added)
}

// pairRetitled notes what an object was that has another name and namespace now,
// and is the same in all else. It is not what that one became: with a name of its
// own it is another object, and the old one goes.
func (j *judge) pairRetitled(byKind map[string][]*Change, added []*Change) {
	for _, a := range added {
		if len(j.before[a.Head]) > 0 {
			continue
		}
		var matches []*Change
		for _, r := range byKind[a.Object.GroupKind()] {
			if len(j.after[r.Base]) == 0 && slices.Equal(r.Targets, a.Targets) && reflect.DeepEqual(withoutName(r.Base.Fields()), withoutName(a.Head.Fields())) {
				matches = append(matches, r)
			}
		}
		if len(matches) == 1 {
			j.before[a.Head] = append(j.before[a.Head], matches[0].Base)
		}
	}
}

// renamed reports whether one transformer could have made one identity out of
// the other: another namespace, or a prefix or suffix more or less.
func renamed(a, b model.ObjectID) bool {
	if a.GroupKind() != b.GroupKind() {
		return false
	}
	if a.Name == b.Name {
		return true
	}
	return a.Namespace == b.Namespace && a.Name != "" && b.Name != "" &&
		(strings.HasSuffix(a.Name, "-"+b.Name) || strings.HasPrefix(a.Name, b.Name+"-") ||
			strings.HasSuffix(b.Name, "-"+a.Name) || strings.HasPrefix(b.Name, a.Name+"-"))
}

// prefixed reports whether two names differ by what a namePrefix or nameSuffix
// puts on: test-web and try-web.
func prefixed(a, b model.ObjectID) bool {
	tail := func(s string) string { return s[strings.IndexByte(s, '-')+1:] }
	stem := func(s string) string { return s[:max(0, strings.LastIndexByte(s, '-'))] }
	return tail(a.Name) == tail(b.Name) || stem(a.Name) != "" && stem(a.Name) == stem(b.Name)
}

// scopeOf is what a check is asked about: a change, or a cluster of either side.
func (j *judge) scopeOf(change *Change, cluster *Cluster) scope {
	switch {
	case change != nil:
		return scope{targets: change.Targets}
	case cluster == nil || slices.Contains(j.heads, cluster):
		return scope{cluster: cluster}
	}
	return scope{cluster: cluster.after}
}
