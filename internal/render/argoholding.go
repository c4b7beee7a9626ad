package render

import (
	"context"
	"path"
	"slices"
	"sort"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// holding gives the roots and files that hold Applications, and what Flux applies of such.
// Files that an Application may apply with all below a directory are given apart.
func (a *argoSide) holding(ctx context.Context) (all, loose []holding, err error) {
	g := a.graph
	open := map[string]bool{}
	for file := range g.argo {
		open[file] = true
	}
	if f := a.flux; f != nil {
		for _, c := range f.sorted() {
			for _, id := range c.ids(task.ArgoGroup) {
				h := c.index[id]
				all = append(all, holding{[]*model.Object{h.object}, h.unit.lineage(), h.unit.chain(), nil})
			}
		}
		for file := range f.covered {
			delete(open, file)
		}
	}
	for _, dir := range g.roots() {
		holds := false
		for _, file := range g.closure(model.Kustomize, dir).paths() {
			if open[file] {
				holds = true
				delete(open, file)
			}
		}
		if !holds || excluded(a.exclude, dir) {
			continue
		}
		t := a.target(model.Kustomize, dir)
		o, err := a.build.do(ctx, a.graph.work(t))
		if err != nil {
			return nil, nil, err
		}
		a.entries[t.ID] = a.build.rendered(a.side, t, o)
		all = append(all, holding{a.entries[t.ID].Objects, &model.Lineage{Kind: model.Kustomize, Dir: dir}, []string{t.ID}, nil})
	}
	files := make([]string, 0, len(open))
	for file := range open {
		if !excluded(a.exclude, path.Dir(file)) && !inChart(a.tree, file) && !a.insideApplied(file) {
			files = append(files, file)
		}
	}
	sort.Strings(files)
	for _, file := range files {
		t := a.target(model.Manifests, file)
		o, err := a.build.do(ctx, a.graph.work(t))
		if err != nil {
			return nil, nil, err
		}
		entry := a.build.rendered(a.side, t, o)
		entry.Lineage = fileLineage(file)
		h := holding{entry.Objects, entry.Lineage, []string{t.ID}, &entry}
		if a.belowApplied(file) || a.base != nil && a.base.graph != nil && a.base.belowApplied(file) {
			loose = append(loose, h)
			continue
		}
		a.admitFile(h)
		all = append(all, h)
	}
	for _, h := range slices.Concat(all, loose) {
		a.named = a.named || slices.ContainsFunc(h.objects, a.namesOwn)
	}
	return all, loose, nil
}

// admitFile makes a target of a file that nothing in the repository applies.
func (a *argoSide) admitFile(h holding) {
	a.files, a.entries[h.entry.Target.ID] = append(a.files, h.line.File), *h.entry
}

// holding is what a root, a file or a Kustomization holds, and what leads to it.
type holding struct {
	objects []*model.Object
	line    *model.Lineage
	above   []string
	entry   *model.Rendered // of a file
}

// insideApplied reports whether an Application applies the directory of a file:
// the Application leads to it then.
func (a *argoSide) insideApplied(file string) bool {
	for holder, facts := range a.graph.argo {
		for _, dir := range facts.Applied {
			if holder != file && cleanPath(dir) == path.Dir(file) {
				return true
			}
		}
	}
	return false
}

// belowApplied reports whether an Application of another file applies all below a directory
// in which a file is.
func (a *argoSide) belowApplied(file string) bool {
	for holder, facts := range a.graph.argo {
		if holder != file && slices.ContainsFunc(facts.Recursed, func(dir string) bool { return within(file, cleanPath(dir)) }) {
			return true
		}
	}
	return false
}

// applies reports whether an Application that is followed applies what a file holds, or
// cannot be built and may. On head's side also one that did in base, and is still there: it
// does not any more, and nothing else begins to.
func (a *argoSide) applies(h holding) bool {
	for _, u := range a.units {
		if u.applies(h) {
			return true
		}
	}
	if a.base == nil {
		return false
	}
	for id, u := range a.base.units {
		if a.units[id] != nil && u.applies(h) {
			return true
		}
	}
	return false
}

func (u *argoUnit) applies(h holding) bool {
	if !slices.ContainsFunc(u.spec.all(), func(s argoSource) bool { return s.Path != "" && within(h.line.File, cleanPath(s.Path)) }) {
		return false
	}
	return u.out.Problem != nil || len(h.objects) > 0 && !slices.ContainsFunc(h.objects, func(o *model.Object) bool {
		return !slices.ContainsFunc(u.out.Objects, func(is task.BuiltObject) bool {
			return is.ID.GroupKind() == o.ID.GroupKind() && is.ID.Name == o.ID.Name && (is.ID.Namespace == o.ID.Namespace || o.ID.Namespace == "")
		})
	})
}
