package render

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// A directory can be an entry point without saying so: an operator, Terraform or a
// person made the Kustomization or the FluxInstance that applies it, and neither is in
// the repository. All of it is applied then, not its Flux objects alone. That this is
// so is taken from the directory itself: it builds as Flux would build it. Where its
// Kustomizations apply directories below it themselves, its own files are all of it.

// entered is how a side takes the directory of an entry point that does not say so.
type entered struct {
	cluster string
	flat    bool // without the directories below it
}

// wholeEntry gives the Kustomization that applies all of a stray's directory; nil
// where its Flux objects stand alone. Head does as base did.
func (f *fluxSide) wholeEntry(ctx context.Context, c *cluster, s stray) (*unit, error) {
	if base := f.pair.sides[0]; f.side == 1 && base != nil {
		if as, whole := base.entered[s.dir]; whole {
			return f.enter(ctx, c, s.dir, as.flat)
		}
		if slices.ContainsFunc(slices.Collect(maps.Keys(base.strayed)), func(file string) bool { return path.Dir(file) == s.dir }) {
			return nil, nil
		}
	}
	if s.root && !f.losesKustomization(s.dir) || c.dir != s.dir || len(c.units) > 0 || f.appliesItself(s) {
		return nil, nil
	}
	u, err := f.enter(ctx, c, s.dir, f.appliesBelow(s.dir))
	if err != nil {
		return nil, err
	}
	f.plan(ctx, u, true)
	out, err := f.pair.build.do(ctx, u.work)
	if err != nil || out.Problem != nil {
		return nil, err
	}
	return u, nil
}

// enter makes the Kustomization of an entry point's directory.
func (f *fluxSide) enter(ctx context.Context, c *cluster, dir string, flat bool) (*unit, error) {
	u := entryUnit(c, dir)
	if !flat {
		return u, nil
	}
	below := path.Join("/", dir, "*") + "/"
	files, err := f.asArtifact(ctx, f.tree, &below)
	if err != nil {
		return nil, err
	}
	files.own = true
	u.entry = files.named("own", below)
	return u, nil
}

// stillEntries gives, on head, the directories that base applies as a whole and in
// which no Flux object is left: the rest of them is applied as before.
func (f *fluxSide) stillEntries(ctx context.Context) ([]*unit, error) {
	base := f.pair.sides[0]
	if f.side == 0 || base == nil {
		return nil, nil
	}
	flux := map[string]bool{}
	for _, s := range f.uncovered() {
		flux[s.dir] = true
	}
	var out []*unit
	for _, dir := range slices.Sorted(maps.Keys(base.entered)) {
		e, ok := f.tree.Lookup(dir)
		if _, done := f.entered[dir]; done || flux[dir] || !ok || e.Mode != model.Dir || f.belowEntry(dir) || f.taken[dir] || f.taken[f.graph.files[dir]] {
			continue
		}
		as := base.entered[dir]
		c := f.newCluster(dir, as.cluster)
		u, err := f.enter(ctx, c, dir, as.flat)
		if err != nil {
			return nil, err
		}
		if _, taken := c.byID[u.target.ID]; taken {
			continue
		}
		f.entered[dir] = entered{c.name, u.entry != nil}
		c.add(u)
		out = append(out, u)
	}
	return out, nil
}

// losesKustomization reports whether a root of base is a directory without a
// kustomization in head: both are compared as Flux takes them.
func (f *fluxSide) losesKustomization(dir string) bool {
	head := f.pair.graphs[1]
	if f.side == 1 || head == nil {
		return false
	}
	e, ok := head.tree.Lookup(dir)
	_, has := head.files[dir]
	return ok && e.Mode == model.Dir && !has
}

// belowEntry reports whether a directory lies in one that is applied as a whole.
func (f *fluxSide) belowEntry(dir string) bool {
	for at := dir; at != "."; {
		at = path.Dir(at)
		if as, ok := f.entered[at]; ok && !as.flat {
			return true
		}
	}
	return false
}

// appliesItself reports whether a Kustomization of the repository applies a stray's
// directory or what lies above it, or has the name of the one that would.
func (f *fluxSide) appliesItself(s stray) bool {
	for p, facts := range f.graph.flux {
		if path.Dir(p) == s.dir && slices.Contains(facts.Names, "flux-system") || slices.ContainsFunc(facts.Applied, func(applied string) bool { return within(s.dir, cleanPath(applied)) }) {
			return true
		}
	}
	return false
}

// appliesBelow reports whether a Kustomization of the repository applies something
// below a directory.
func (f *fluxSide) appliesBelow(dir string) bool {
	for _, facts := range f.graph.flux {
		if slices.ContainsFunc(facts.Applied, func(applied string) bool { return within(cleanPath(applied), dir) }) {
			return true
		}
	}
	return false
}

// within reports whether a path is a directory or lies in it.
func within(p, dir string) bool { return dir == "." || p == dir || strings.HasPrefix(p, dir+"/") }
