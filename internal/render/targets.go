package render

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// targets gives the union of both sides' targets, sorted by id.
func (p *pair) targets() ([]model.Target, error) {
	if len(p.req.Only) > 0 {
		return p.named()
	}
	return p.found(), nil
}

// found gives all targets that either side has.
func (p *pair) found() []model.Target {
	kinds := map[string]model.Kind{}
	var roots [2][]string
	for side, g := range p.graphs {
		if g != nil {
			roots[side] = g.roots()
		}
	}
	for side, g := range p.graphs {
		if g == nil {
			continue
		}
		linked := p.behindLinks(side, roots[1-side])
		for _, dir := range roots[side] {
			if !linked[dir] && !p.takenByFlux(side, dir) && !(side == 1 && (p.dropped(dir) || p.takenByFlux(0, dir))) { // what Flux let go of is applied by nothing
				kinds[dir] = model.Kustomize
			}
		}
		for _, dir := range g.applied {
			if p.takenByFlux(side, dir) {
				continue
			}
			if _, ok := g.files[dir]; ok {
				kinds[dir] = model.Kustomize
			} else if _, known := kinds[dir]; !known {
				kinds[dir] = model.Manifests
			}
		}
	}
	for side := range p.apps {
		for _, file := range p.apps[side].files {
			kinds[file] = model.Manifests
		}
	}
	out := p.fluxTargets()
	for dir, kind := range kinds {
		if !excluded(p.req.Exclude, dir) {
			out = append(out, p.target(kind, dir))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// dropped reports whether a root of head is one only because what included it does
// so no more: nothing applies what is left over. Where what included it is gone
// itself, the directory may be meant to stand alone.
func (p *pair) dropped(dir string) bool {
	base, head := p.graphs[0], p.graphs[1]
	if base == nil || !base.included[dir] {
		return false
	}
	for _, holder := range base.including(dir) {
		if _, ok := head.files[holder]; ok {
			return true
		}
	}
	return false
}

// behindLinks gives the directories of a side that paths of the other side's roots
// lead to by symbolic links now: each is that root, of which both sides are compared.
func (p *pair) behindLinks(side int, others []string) map[string]bool {
	out := map[string]bool{}
	for _, dir := range others {
		if real := p.graphs[side].real(dir); real != dir && real != "" {
			out[real] = p.graphs[1-side].fileOf(real) == ""
		}
	}
	return out
}

// withoutLeftovers takes out the roots of head that do not build and were no roots
// in base: what included them is gone, and nobody will miss what is left of them.
func (p *pair) withoutLeftovers(targets []model.Target, snapshots [2]*model.Snapshot) []model.Target {
	if p.graphs[0] == nil || snapshots[0] == nil || snapshots[1] == nil || len(p.req.Only) > 0 {
		return targets
	}
	kept := 0
	for i, t := range targets {
		if t.Kind == model.Kustomize && p.graphs[0].included[t.Path] && snapshots[1].Targets[i].Status == model.StatusFailed &&
			!p.graphs[1].included[t.Path] && !slices.Contains(p.graphs[1].applied, t.Path) {
			continue
		}
		if kept < i {
			targets[kept] = t
			for _, s := range snapshots {
				s.Targets[kept] = s.Targets[i]
			}
		}
		kept++
	}
	for _, s := range snapshots {
		s.Targets = s.Targets[:kept]
	}
	return targets[:kept]
}

// target makes a target; the nearest configured directory above names its
// cluster.
func (p *pair) target(kind model.Kind, dir string) model.Target {
	t := model.Target{ID: string(kind) + ":" + dir, Kind: kind, Path: dir}
	for at := dir; at != "." && at != "/"; at = path.Dir(at) {
		if name, ok := p.req.Clusters[at]; ok {
			t.Cluster = name
			break
		}
	}
	for _, f := range p.sides { // a root that holds Flux Kustomizations is its cluster's entry
		if f == nil || t.Cluster != "" || kind != model.Kustomize {
			continue
		}
		for _, c := range f.clusters {
			if c.dir == dir && !c.plain {
				t.Cluster = c.name
			}
		}
	}
	return t
}

// ErrNoTarget: a target was asked for that no side has.
var ErrNoTarget = errors.New("no such target")

// NoTarget is an ErrNoTarget, with what could have been asked for: ids, and paths.
type NoTarget struct {
	ID    string
	Known []string
}

func (e *NoTarget) Error() string {
	return fmt.Sprintf("%v: %s (`seaworthy render --list` names them)", ErrNoTarget, e.ID)
}

func (e *NoTarget) Unwrap() error { return ErrNoTarget }

// named gives the targets that were asked for, by id or by path.
func (p *pair) named() ([]model.Target, error) {
	var out []model.Target
	for _, id := range p.req.Only {
		targets := p.called(id)
		if len(targets) == 0 {
			return nil, p.noTarget(id)
		}
		for _, t := range targets {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

// called gives the target of an id, or, of a path, those that it is applied by.
func (p *pair) called(id string) (out []model.Target) {
	kind, dir, ok := strings.Cut(id, ":")
	if !ok {
		for _, t := range p.found() {
			if t.Path == path.Clean(id) {
				out = append(out, t)
			}
		}
		if len(out) > 0 {
			return out
		}
		kind, dir = string(model.Kustomize), id // a base can be asked for, too
	}
	known := p.fluxTargets()
	if at := slices.IndexFunc(known, func(t model.Target) bool { return t.ID == id }); at >= 0 {
		return known[at : at+1]
	}
	if kind != string(model.Kustomize) && kind != string(model.Manifests) {
		return nil
	}
	if t := p.target(model.Kind(kind), path.Clean(dir)); p.exists(0, t) || p.exists(1, t) {
		return []model.Target{t}
	}
	return nil
}

func (p *pair) noTarget(id string) error {
	e := &NoTarget{ID: id}
	for _, t := range p.found() {
		e.Known = append(e.Known, t.ID)
		if !strings.Contains(id, ":") {
			e.Known = append(e.Known, t.Path)
		}
	}
	return e
}

func excluded(globs []string, dir string) bool {
	for _, g := range globs {
		if glob.Match(g, dir) {
			return true
		}
	}
	return false
}

func changedPaths(base, head *model.Tree) []string {
	if base == nil || head == nil {
		return nil
	}
	return model.Changed(base, head)
}

// exists reports whether the target is declared on a side.
func (p *pair) exists(side int, t model.Target) bool {
	g := p.graphs[side]
	if g == nil {
		return false
	}
	if t.Kind == model.Manifests {
		return g.real(t.Path) != "" || slices.Contains(p.apps[side].files, t.Path)
	}
	return g.fileOf(t.Path) != ""
}

// reached reports whether the change can alter what the target reads.
func (p *pair) reached(t model.Target) bool {
	if p.req.All || p.trees[0] == nil || p.trees[1] == nil || p.exists(0, t) != p.exists(1, t) {
		return true
	}
	for _, g := range p.graphs {
		for _, s := range g.closure(t.Kind, t.Path).steps {
			if p.touched(g, s) {
				return true
			}
		}
	}
	return false
}

// touched reports whether the change can alter what is read of one directory.
func (p *pair) touched(g *graph, s *step) bool {
	if s.touched == nil {
		touched := slices.ContainsFunc(s.paths, func(path string) bool {
			if !touches(p.changed, path) {
				return false
			}
			e, ok := g.tree.Lookup(path)
			return !ok || e.Mode != model.Dir // the closure lists what is read below that
		})
		s.touched = &touched
	}
	return *s.touched
}

// touches reports whether a path, or something below it, is among the changed ones, which
// are sorted.
func touches(changed []string, p string) bool {
	_, itself := slices.BinarySearch(changed, p)
	if itself {
		return true
	}
	_, below := slices.BinarySearchFunc(changed, p, fromBelow)
	return below
}

// fromBelow orders a file beside what is below a directory: it is 0 for that.
func fromBelow(file, dir string) int {
	if c := strings.Compare(file[:min(len(file), len(dir))], dir); c != 0 || len(file) == len(dir) {
		return cmp.Or(c, -1)
	}
	return cmp.Compare(file[len(dir)], '/')
}
