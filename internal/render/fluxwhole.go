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
	flat    bool // without any directory below it, as what lies there does not build
}

// wholeEntry gives the Kustomization that applies all of a stray's directory, and how
// it takes it; nil where its Flux objects stand alone. Head does as base did.
func (e *entryPoints) wholeEntry(ctx context.Context, c *cluster, s stray) (u *unit, flat bool, err error) {
	if base := e.flux.pair.sides[0]; e.flux.side == 1 && base != nil {
		if as, whole := base.entry.entered[s.dir]; whole {
			u, err = e.enter(ctx, c, s.dir, as.flat)
			return u, as.flat, err
		}
		if slices.ContainsFunc(slices.Collect(maps.Keys(base.entry.strayed)), func(file string) bool { return path.Dir(file) == s.dir }) {
			u, err = e.mended(ctx, base, c, s)
			return u, false, err
		}
	}
	if s.root && !e.losesKustomization(s.dir) || c.dir != s.dir || len(c.units) > 0 || e.appliesItself(s) {
		return nil, false, nil
	}
	for _, flat := range []bool{false, true} {
		if u, err = e.tried(ctx, c, s.dir, flat); err != nil || u.out.Problem == nil {
			return u, flat, err
		}
		if !flat {
			e.refused[s.dir] = u
		}
		if len(e.appliedBelow(s.dir)) == 0 {
			break
		}
	}
	return nil, false, nil
}

// tried is the Kustomization of an entry point's directory, built.
func (e *entryPoints) tried(ctx context.Context, c *cluster, dir string, flat bool) (*unit, error) {
	u, err := e.enter(ctx, c, dir, flat)
	if err != nil {
		return nil, err
	}
	e.flux.plan(ctx, u, true)
	u.out, err = e.flux.pair.build.do(ctx, u.work)
	return u, err
}

// mended gives, on head, the Kustomization of a directory that did not build in base and
// does now: base's is then one that fails.
func (e *entryPoints) mended(ctx context.Context, base *fluxSide, c *cluster, s stray) (*unit, error) {
	was := base.entry.refused[s.dir]
	if was == nil || was.cluster.name != c.name {
		return nil, nil
	}
	u, err := e.tried(ctx, c, s.dir, false)
	if err != nil || u.out.Problem != nil {
		return nil, err
	}
	was.cluster.add(was)
	return u, nil
}

// enter makes the Kustomization of an entry point's directory.
func (e *entryPoints) enter(ctx context.Context, c *cluster, dir string, flat bool) (*unit, error) {
	u := entryUnit(c, dir)
	without := e.appliedBelow(dir)
	if flat {
		without = []string{path.Join(dir, "*")}
	}
	if len(without) == 0 {
		return u, nil
	}
	var patterns strings.Builder
	for _, below := range without {
		patterns.WriteString(path.Join("/", below) + "/\n")
	}
	ignore := patterns.String()
	files, err := e.flux.asArtifact(ctx, e.flux.tree, &ignore)
	if err != nil {
		return nil, err
	}
	files.own = true
	u.entry = files.named("own", ignore)
	return u, nil
}

// stillEntries gives, on head, the directories that base applies as a whole and in
// which no Flux object is left: the rest of them is applied as before.
func (e *entryPoints) stillEntries(ctx context.Context) ([]*unit, error) {
	base := e.flux.pair.sides[0]
	if e.flux.side == 0 || base == nil {
		return nil, nil
	}
	flux := map[string]bool{}
	for _, s := range e.uncovered() {
		flux[s.dir] = true
	}
	var out []*unit
	for _, dir := range slices.Sorted(maps.Keys(base.entry.entered)) {
		at, ok := e.flux.tree.Lookup(dir)
		if _, done := e.entered[dir]; done || flux[dir] || !ok || at.Mode != model.Dir || e.belowEntry(dir) || e.flux.taken[dir] || e.flux.taken[e.flux.graph.files[dir]] {
			continue
		}
		as := base.entry.entered[dir]
		c := e.flux.newCluster(dir, as.cluster)
		u, err := e.enter(ctx, c, dir, as.flat)
		if err != nil {
			return nil, err
		}
		if _, taken := c.byID[u.target.ID]; taken {
			continue
		}
		e.entered[dir] = entered{c.name, as.flat}
		c.add(u)
		out = append(out, u)
	}
	return out, nil
}

// losesKustomization reports whether a root of base is a directory without a
// kustomization in head: both are compared as Flux takes them.
func (e *entryPoints) losesKustomization(dir string) bool {
	head := e.flux.pair.graphs[1]
	if e.flux.side == 1 || head == nil {
		return false
	}
	at, ok := head.tree.Lookup(dir)
	_, has := head.files[dir]
	return ok && at.Mode == model.Dir && !has
}

// belowEntry reports whether a directory lies in one that is applied as a whole.
func (e *entryPoints) belowEntry(dir string) bool {
	for at := dir; at != "."; {
		at = path.Dir(at)
		if as, ok := e.entered[at]; ok && !as.flat {
			return true
		}
	}
	return false
}

// appliesItself reports whether a Kustomization of the repository applies a stray's
// directory or what lies above it, or has the name of the one that would.
func (e *entryPoints) appliesItself(s stray) bool {
	for p, facts := range e.flux.graph.flux {
		if path.Dir(p) == s.dir && slices.Contains(facts.Names, "flux-system") || slices.ContainsFunc(facts.Applied, func(applied string) bool { return within(s.dir, cleanPath(applied)) }) {
			return true
		}
	}
	return false
}

// appliedBelow gives the directories below one that Kustomizations of the repository
// apply, sorted; of a path with a variable as far as it is known.
func (e *entryPoints) appliedBelow(dir string) []string {
	var out []string
	for _, facts := range e.flux.graph.flux {
		for _, applied := range facts.Applied {
			if fixed, _, hidden := strings.Cut(applied, "${"); hidden {
				applied = path.Dir(fixed + "x")
			}
			if applied = cleanPath(applied); within(applied, dir) && applied != dir && !slices.Contains(out, applied) {
				out = append(out, applied)
			}
		}
	}
	slices.Sort(out)
	return out
}

// within reports whether a path is a directory or lies in it.
func within(p, dir string) bool { return dir == "." || p == dir || strings.HasPrefix(p, dir+"/") }
