package render

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// cluster is what is applied together.
type cluster struct {
	name  string
	dir   string // of the entry
	units []*unit
	byID  map[string]*unit
	index map[model.ObjectID]held
	// plain: nothing of Flux applies it; it is a root with HelmReleases. Its objects
	// stand in no cluster that has a name.
	plain bool
	side  *fluxSide
	// versions are the objects that say which Flux runs in the cluster.
	versions map[model.ObjectID]bool
}

// target is the name that targets of the cluster bear.
func (c *cluster) target() string {
	if c.plain {
		return ""
	}
	return c.name
}

func (f *fluxSide) newCluster(dir, name string) *cluster {
	if c, ok := f.clusters[name]; ok {
		if c.dir == dir {
			return c
		}
		if longer := longerName(dir); longer != name && longer != "" {
			return f.newCluster(dir, longer)
		}
		return c
	}
	c := &cluster{name: name, dir: dir, byID: map[string]*unit{}, index: map[model.ObjectID]held{}, side: f, versions: map[model.ObjectID]bool{}}
	f.clusters[name] = c
	return c
}

// add takes a Kustomization among the cluster's.
func (c *cluster) add(u *unit) {
	c.byID[u.target.ID] = u
	c.units = append(c.units, u)
}

// find gives an object of a group and kind, whatever its version. One without a
// namespace stands for the namespace asked for: it gets it when it is applied.
func (c *cluster) find(group, kind, namespace, name string) (held, bool) {
	h, ok := c.index[model.ObjectID{Group: group, Kind: kind, Namespace: namespace, Name: name}]
	if !ok {
		h, ok = c.index[model.ObjectID{Group: group, Kind: kind, Name: name}]
	}
	if !ok && c.plain {
		return c.elsewhere(group, kind, namespace, name)
	}
	return h, ok
}

// namesake gives the namespace, another than the one asked for, in which an object of
// the kind and name is; "" for none.
func (c *cluster) namesake(group, kind, namespace, name string) string {
	out := ""
	for id := range c.index {
		if id.Group == group && id.Kind == kind && id.Name == name && id.Namespace != namespace && (out == "" || id.Namespace < out) {
			out = id.Namespace
		}
	}
	return out
}

// elsewhere finds an object in the roots beside this one, which are applied
// together with it as far as anybody can tell. Where they differ about it, it is not
// known.
func (c *cluster) elsewhere(group, kind, namespace, name string) (found held, ok bool) {
	for _, other := range c.side.sorted() {
		if other == c || !other.plain {
			continue
		}
		for _, ns := range []string{namespace, ""} {
			h, has := other.index[model.ObjectID{Group: group, Kind: kind, Namespace: ns, Name: name}]
			if has && ok && h.object.Sum != found.object.Sum {
				return held{}, false
			}
			if has {
				found, ok = h, true
			}
		}
	}
	return found, ok
}

// ids are those of the cluster's objects of an API group, in a fixed order.
func (c *cluster) ids(group string) []model.ObjectID {
	var out []model.ObjectID
	for id := range c.index {
		if id.Group == group {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b model.ObjectID) int {
		return strings.Compare(a.GroupKind()+" "+a.String(), b.GroupKind()+" "+b.String())
	})
	return out
}
