package render

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// flux finds and builds what Flux would apply, on both sides. Base comes first:
// what it names decides what head may have from outside. Head then needs no
// build for what the change does not touch.
func (p *pair) flux(ctx context.Context) error {
	for side := range p.sides {
		g := p.graphs[side]
		if base := p.graphs[0]; side == 1 && base != nil && g != nil {
			g.keepBroken(base)
		}
		leftOver := side == 1 && p.sides[0] != nil && len(p.sides[0].entry.entered) > 0
		if g == nil || !p.req.Flux || len(g.flux)+len(g.syncs)+len(g.releases) == 0 && !leftOver {
			continue
		}
		f := &fluxSide{pair: p, side: side, tree: p.trees[side], graph: g,
			clusters: map[string]*cluster{}, covered: map[string]bool{}, taken: map[string]bool{}}
		f.sources = &fluxSources{flux: f, ownURLs: map[string]bool{}, served: map[string]*artifact{}, made: map[string]*artifact{}, reading: map[string]bool{}}
		f.entry = &entryPoints{flux: f, strayed: map[string]bool{}, entered: map[string]entered{}, refused: map[string]*unit{}, openings: map[string]*unit{}}
		if err := f.discover(ctx); err != nil {
			return fmt.Errorf("find what Flux applies: %w", err)
		}
		p.sides[side] = f
		if base := p.sides[0]; side == 1 && base != nil {
			base.entry.forgetUnlisted(f)
		}
		g.reapply(f.directories())
	}
	return nil
}

// directories are those of this repository that Kustomizations apply.
func (f *fluxSide) directories() []string {
	var out []string
	for _, c := range f.clusters {
		for _, u := range c.units {
			if u.from != nil && u.from.own && u.from.problem == nil {
				out = append(out, u.from.place(u.work.task.Dir))
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// unit gives a side's unit of a target; nil where it has none.
func (p *pair) unit(side int, id string) *unit {
	f := p.sides[side]
	if f == nil {
		return nil
	}
	for _, c := range f.clusters {
		if u, ok := c.byID[id]; ok {
			return u
		}
	}
	return nil
}

// fluxTargets gives the union of both sides' Kustomizations, by id.
func (p *pair) fluxTargets() []model.Target {
	byID := map[string]model.Target{}
	for _, f := range p.sides { // head last: its path counts
		if f == nil {
			continue
		}
		for _, c := range f.clusters {
			for id, u := range c.byID {
				byID[id] = u.target
			}
		}
	}
	for side, apps := range p.apps {
		for id, u := range apps.units {
			if p.tells(side, u) {
				byID[id] = u.target
			}
		}
	}
	for _, units := range p.helms.units {
		for id, u := range units {
			byID[id] = u.target
		}
	}
	out := make([]model.Target, 0, len(byID))
	for _, t := range byID {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// fluxRendered gives both sides of a Flux target. They were built already; where
// neither what was asked nor anything that was read differs, the change does not
// reach it.
func (p *pair) fluxRendered(t model.Target) [2]model.Rendered {
	var out [2]model.Rendered
	units := [2]*unit{p.unit(0, t.ID), p.unit(1, t.ID)}
	for side, u := range units {
		if u == nil {
			out[side] = model.Rendered{Target: t, Status: model.StatusAbsent, Reused: true}
			continue
		}
		out[side] = p.renderedUnit(side, t, u)
	}
	if units[0] != nil && units[1] != nil && !p.req.All && out[1].Problem == nil == (units[1].out.Problem == nil) && p.sameUnit(units[0], units[1]) {
		for side := range out {
			out[side].Context = out[side].Known()
			out[side].Status, out[side].Reused = model.StatusUnreached, true
		}
	}
	return out
}

func (p *pair) renderedUnit(side int, t model.Target, u *unit) model.Rendered {
	o := u.out
	if u.parent != nil && u.parent.object == nil && u.parent.work.task.File != "" && u.parent.out.Problem != nil {
		o = outcome{Built: task.Built{Problem: u.parent.out.Problem}} // the file is no target that could say it
	}
	if o.Problem != nil {
		problem := *o.Problem
		o.Problem = &problem
		switch {
		case problem.Location != nil && u.from != nil:
			at := *problem.Location
			if at.File = u.from.place(at.File); at.File == "" {
				problem.Location = nil
			} else {
				problem.Location = &at
			}
		}
		if problem.Location == nil {
			problem.Location = p.declared(side, u)
		}
	}
	out := p.build.rendered(side, t, o)
	out.Lineage = u.lineage()
	if u.from != nil && (!u.from.own || u.from.origin != nil) {
		out.Objects = p.placed(out.Objects, u.from)
	}
	return out
}

// placed gives objects whose keys name the repository's files, not the
// artifact's.
func (p *pair) placed(objects []*model.Object, from *artifact) []*model.Object {
	out := make([]*model.Object, len(objects))
	for i, o := range objects {
		out[i] = o
		if len(o.Keys) == 0 {
			continue
		}
		keys := make(map[string]model.Key, len(o.Keys))
		for pointer, k := range o.Keys {
			k.File = from.place(k.File)
			keys[pointer] = k
		}
		out[i] = p.build.share(task.BuiltObject{ID: o.ID, Sum: o.Sum, Fields: o.JSON(), Keys: keys})
	}
	return out
}

// declared is the line of this repository that made a Kustomization: a problem
// without a line of its own stands there.
func (p *pair) declared(side int, u *unit) *model.Position {
	for at := u; at != nil; at = at.parent {
		if at.parent == nil && at.work.task.File != "" {
			return &model.Position{File: at.work.task.File, Line: 1, EndLine: 1, Precision: model.AtFile}
		}
		if at.parent != nil && at.parent.from != nil && at.parent.from.own || at.parent != nil && at.parent.object == nil {
			if file := p.sides[side].declaring(at); file != "" {
				return &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}
			}
		}
	}
	return nil
}

// declaring is a file that holds the Kustomization of a unit, as far as its name
// and path tell.
func (f *fluxSide) declaring(u *unit) string {
	var files []string
	for p, facts := range f.graph.flux {
		for _, name := range facts.Names {
			if name == u.object.ID.Name {
				files = append(files, p)
			}
		}
	}
	sort.Strings(files)
	reads := map[string]bool{}
	if u.parent.object == nil && u.parent.work.task.File != "" {
		reads[u.parent.work.task.File] = true
	} else if u.parent.from != nil {
		dir := u.parent.work.task.Dir
		for _, p := range u.parent.from.graph.fluxClosure(dir).paths() {
			reads[u.parent.from.place(p)] = true
		}
	} else {
		for _, p := range f.graph.closure(model.Kustomize, u.parent.target.Path).paths() {
			reads[p] = true
		}
	}
	for _, p := range files {
		if reads[p] {
			return p
		}
	}
	return ""
}

// sameUnit reports whether a Kustomization is built from the same on both sides:
// what is asked, what its source serves, and every file that it reads. A build
// that ended early has not read all that it depends on.
func (p *pair) sameUnit(base, head *unit) bool {
	if base.work.sum != head.work.sum || base.from.id != head.from.id || (base.out.Problem == nil) != (head.out.Problem == nil) {
		return false
	}
	if head.out.Problem != nil && (p.touchesAny(base.files()) || p.touchesAny(head.files()) || len(p.below(head)) > 0) {
		return false
	}
	if len(head.out.trace) == 0 || len(base.out.trace) == 0 {
		return head.out.Problem != nil // nothing was built, for what ails both
	}
	return head.out.trace.Holds(base.work.trees...)
}

// files are those of this repository that a unit's build could read, or was told
// of.
func (u *unit) files() []string {
	if u.from == nil {
		return nil
	}
	out := map[string]bool{}
	if u.from.graph != nil {
		dir := u.work.task.Dir
		for _, p := range u.from.graph.fluxClosure(dir).paths() {
			out[u.from.place(p)] = true
		}
	}
	for _, told := range u.out.trace {
		if path.Ext(told.Path) == ".json" && u.from.graph != nil && u.from.graph.kindOf(u.work.task.Dir) == model.Manifests {
			continue // the build asks what it is, to go on below directories; what is read of them is in the closure
		}
		if told.Tree < len(u.work.trees) && u.work.trees[told.Tree] == u.from.tree {
			out[u.from.place(told.Path)] = true
		}
	}
	delete(out, "")
	return slices.Sorted(maps.Keys(out))
}

// below are the changed files that a Kustomization may read whose path holds a variable
// that is not visible.
func (p *pair) below(u *unit) []string {
	if !strings.Contains(u.spec.Path, "${") {
		return nil
	}
	dir, _, _ := strings.Cut(u.spec.Path, "${")
	dir = strings.TrimPrefix(path.Clean("/"+path.Dir(dir+"x")), "/")
	return slices.DeleteFunc(slices.Clone(p.changed), func(file string) bool { return dir != "" && !within(file, dir) })
}

// touchesAny reports whether the change touches one of these files.
func (p *pair) touchesAny(files []string) bool {
	return slices.ContainsFunc(files, func(f string) bool {
		_, changed := slices.BinarySearch(p.changed, f)
		return changed
	})
}

// takenByFlux reports whether a Flux Kustomization of a side renders a
// directory: it is no target of its own then.
func (p *pair) takenByFlux(side int, dir string) bool {
	for _, u := range p.apps[side].units {
		if slices.Contains(u.dirs, dir) {
			return true
		}
	}
	f := p.sides[side]
	if f == nil {
		return false
	}
	if file, ok := p.graphs[side].files[dir]; ok {
		return f.taken[file]
	}
	return f.taken[dir]
}

// lineage says how a unit came to be.
func (u *unit) lineage() *model.Lineage {
	if u.line != nil {
		return u.line
	}
	l := &model.Lineage{Kind: model.Flux}
	u.line = l
	if u.object == nil {
		l.Kind, l.Dir, l.File = u.work.task.Kind, u.work.task.Dir, u.work.task.File
		return l
	}
	id := u.object.ID
	l.By = &id
	if u.parent != nil {
		l.Parent = u.parent.lineage()
	}
	if u.from != nil && u.from.own && u.from.problem == nil {
		l.Dir = u.from.place(u.work.task.Dir)
	}
	for _, ref := range u.spec.PostBuild.SubstituteFrom {
		if h, ok := u.cluster.find("", ref.Kind, id.Namespace, ref.Name); ok {
			l.Reads = append(l.Reads, model.Read{Object: h.object.ID, In: h.unit.lineage()})
		}
	}
	if l.Dir == "" {
		ns := sourceNamespace(id.Namespace, u.spec.SourceRef)
		if h, ok := u.cluster.find(task.SourceGroup, u.spec.SourceRef.Kind, ns, u.spec.SourceRef.Name); ok {
			l.Source = &model.Read{Object: h.object.ID, In: h.unit.lineage()}
		}
	}
	return l
}
