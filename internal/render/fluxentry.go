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
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// syncFile is where `flux bootstrap` writes a cluster's entry point.
const syncFile = "gotk-sync.yaml"

// bootstrapDir is the directory in which it does, beside the cluster's own root.
const bootstrapDir = "flux-system"

// entryPoints finds where the clusters of a side begin: what says so itself, and what
// nothing in the repository applies.
type entryPoints struct {
	flux     *fluxSide
	strayed  map[string]bool    // files and kustomizations that are entry points by themselves: nothing leads to them
	refused  map[string]*unit   // directories that would be entered and do not build, by path
	entered  map[string]entered // directories without a sync file that are applied all the same
	openings map[string]*unit   // the files and roots that hold Kustomizations, by what they are built as
}

// entries gives the units of the entry points that say so themselves: what flux
// bootstrap wrote, and FluxInstances.
func (e *entryPoints) entries(ctx context.Context) ([]*unit, error) {
	var units []*unit
	for _, p := range e.flux.graph.syncs {
		if excluded(e.flux.pair.req.Exclude, path.Dir(p)) {
			continue
		}
		dir := path.Dir(path.Dir(p))
		facts, written := e.flux.graph.flux[p]
		if len(facts.Applied) > 0 {
			dir = cleanPath(facts.Applied[0])
		}
		c := e.flux.newCluster(dir, clusterName(dir, e.flux.pair.req.Clusters))
		if written {
			units = append(units, e.fileUnit(c, p))
		} else {
			e.bootstrapped(c)
		}
	}
	var files []string
	for p, facts := range e.flux.graph.flux {
		if facts.Instance && !excluded(e.flux.pair.req.Exclude, path.Dir(p)) {
			files = append(files, p)
		}
	}
	sort.Strings(files)
	for _, p := range files {
		dir := cleanPath(e.flux.graph.flux[p].Applied[0])
		units = append(units, e.fileUnit(e.flux.newCluster(dir, clusterName(dir, e.flux.pair.req.Clusters)), p))
	}
	out, err := e.opened(ctx, units)
	for _, name := range slices.Sorted(maps.Keys(e.flux.clusters)) {
		out = append(out, e.flux.clusters[name].units...) // those of clusters that are not bootstrapped yet
	}
	return unique(out), err
}

func unique(units []*unit) []*unit {
	var out []*unit
	for _, u := range units {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// bootstrapped adds the Kustomization that `flux bootstrap` will write where its
// file is still empty.
func (e *entryPoints) bootstrapped(c *cluster) { c.add(entryUnit(c, c.dir)) }

// entryUnit is the Kustomization by which a cluster applies the directory of its
// entry point, as `flux bootstrap` would write it.
func entryUnit(c *cluster, dir string) *unit {
	k := syncedFrom("flux-system", "flux-system", "GitRepository", dir)
	id := "flux:" + c.name + "/flux-system/flux-system"
	return &unit{cluster: c, object: k, spec: specOf[kustomizationSpec](k), target: model.Target{ID: id, Kind: model.Flux, Cluster: c.name}}
}

// opened builds the units of files and roots, notes the sources that are this
// repository, and gives the Kustomizations that they hold.
func (e *entryPoints) opened(ctx context.Context, units []*unit) ([]*unit, error) {
	if err := e.flux.build(ctx, units); err != nil {
		return nil, err
	}
	var out []*unit
	for _, u := range units {
		e.openings[u.work.target] = u
		for _, child := range e.flux.children(u) {
			if h, ok := u.cluster.find(task.SourceGroup, child.spec.SourceRef.Kind, sourceNamespace(child.object.ID.Namespace, child.spec.SourceRef), child.spec.SourceRef.Name); ok && (path.Base(u.work.task.File) == syncFile || cleanPath(child.spec.Path) == u.work.task.Dir) { // it applies the directory in which it stands

				e.flux.sources.ownURLs[model.RepositoryName(specOf[sourceSpec](h.object).URL)] = true
			}
			out = append(out, child)
		}
		for _, o := range u.objects {
			if o.ID.Group == task.InstanceGroup && o.ID.Kind == "FluxInstance" {
				e.flux.sources.ownURLs[model.RepositoryName(specOf[syncSpec](o).Sync.URL)] = true
			}
		}
	}
	delete(e.flux.sources.ownURLs, "")
	return out, nil
}

// fileUnit reads one file's objects.
func (e *entryPoints) fileUnit(c *cluster, file string) *unit {
	want := task.Build{Kind: model.Manifests, Dir: path.Dir(file), File: file}
	return &unit{cluster: c, target: model.Target{Path: path.Dir(file), Cluster: c.name},
		work: work{target: "file:" + file, dir: file, task: want, sum: task.SumOf(want),
			trees: []*model.Tree{e.flux.tree}, ahead: [][]string{{file}}}}
}

// stray is a file or a root that holds Flux Kustomizations and that no entry
// point reaches.
type stray struct {
	dir   string
	root  bool
	files []string // the Flux files in it
}

// strays gives the Kustomizations that nothing found so far applies. Of files
// that apply each other, the first is taken as the entry.
func (e *entryPoints) strays(ctx context.Context) ([]*unit, error) {
	if still, err := e.stillEntries(ctx); err != nil || len(still) > 0 {
		return still, err
	}
	all := e.uncovered()
	if len(all) == 0 {
		return nil, nil
	}
	var entries []stray
	applied := e.appliedByOthers(all)
	for i, s := range all {
		if !applied[i] && !e.dropped(s) {
			entries = append(entries, s)
		}
	}
	if len(entries) == 0 {
		i := slices.IndexFunc(all, func(s stray) bool { return !e.dropped(s) })
		if i < 0 {
			return nil, nil
		}
		entries = all[i : i+1]
	}
	var units, whole []*unit
	for _, s := range entries {
		if e.belowEntry(s.dir) {
			continue // taken in with the directory above
		}
		for _, p := range e.own(s) {
			e.strayed[p] = true
		}
		c := e.strayCluster(s)
		u, flat, err := e.wholeEntry(ctx, c, s)
		if err != nil {
			return nil, err
		}
		if u != nil {
			e.entered[s.dir] = entered{c.name, flat}
			for _, p := range s.files {
				e.flux.covered[p] = true // also one that the directory's kustomization leaves out
				e.strayed[p] = true
			}
			c.add(u)
			whole = append(whole, u)
			continue
		}
		if s.root {
			t := e.flux.pair.target(model.Kustomize, s.dir)
			units = append(units, &unit{cluster: c, target: t, work: e.flux.graph.work(t)})
			for _, p := range s.files {
				e.flux.covered[p] = true
			}
			continue
		}
		beside, err := e.variablesIn(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, p := range slices.Concat(s.files, e.sourcesIn(s), beside) {
			units = append(units, e.fileUnit(c, p))
		}
	}
	out, err := e.opened(ctx, units)
	out = append(whole, out...)
	if err == nil && len(out) == 0 {
		return e.strays(ctx) // these held none after all; they are covered now
	}
	return out, err
}

// strayCluster is the cluster of a stray. One that leads on to further
// Kustomizations is an entry point, and so is one that flux bootstrap has yet to
// write into; another one, beside clusters that are known, is applied by none of them
// and stands in the unnamed one.
func (e *entryPoints) strayCluster(s stray) *cluster {
	name := clusterName(s.dir, e.flux.pair.req.Clusters)
	_, known := e.flux.clusters[name]
	switch {
	case known && e.flux.clusters[name].dir == s.dir, len(e.flux.clusters) == 0, e.leadsOn(s), e.awaited(s), strings.Contains("/"+s.dir, "/clusters/"):
		return e.flux.newCluster(s.dir, name)
	}
	for at := s.dir; at != "."; at = path.Dir(at) {
		if _, configured := e.flux.pair.req.Clusters[at]; configured {
			return e.flux.newCluster(s.dir, name)
		}
	}
	if c, ok := e.flux.clusters[""]; ok {
		for _, p := range s.files {
			for _, n := range e.flux.graph.flux[p].Names {
				for id := range c.byID {
					if strings.HasSuffix(id, "/"+n) { // two of one name cannot share a cluster
						return e.flux.newCluster(s.dir, name)
					}
				}
			}
		}
		return c
	}
	return e.flux.newCluster(".", "")
}

// leadsOn reports whether a stray's Kustomizations apply further ones.
func (e *entryPoints) leadsOn(s stray) bool {
	for _, p := range s.files {
		for _, applied := range e.flux.graph.flux[p].Applied {
			dir := cleanPath(applied)
			for _, read := range e.flux.graph.fluxClosure(dir).paths() {
				if _, flux := e.flux.graph.flux[read]; flux && !slices.Contains(s.files, read) {
					return true
				}
			}
		}
	}
	return false
}

// awaited reports whether a root names the directory that `flux bootstrap` writes.
func (e *entryPoints) awaited(s stray) bool {
	return s.root && slices.ContainsFunc(e.flux.graph.facts[e.flux.graph.files[s.dir]].Refs, func(r task.NamedPath) bool {
		return path.Join(s.dir, r.Path) == path.Join(s.dir, bootstrapDir)
	})
}

// sourcesIn gives the files with Flux sources that stand beside a stray's.
func (e *entryPoints) sourcesIn(s stray) []string {
	var out []string
	for p := range e.flux.graph.sources {
		if path.Dir(p) == s.dir && !e.flux.covered[p] && !slices.Contains(s.files, p) {
			out = append(out, p)
		}
	}
	sort.Strings(out)
	return out
}

// holdsVariables is what a file that Kustomizations may read variables from says.
var holdsVariables = pattern.New(`(?m)^kind:\s*["']?(?:ConfigMap|Secret)\b`)

// maxBeside bounds the files beside a stray's that are looked at for variables.
const maxBeside = 200

// variablesIn gives the files with ConfigMaps and Secrets that stand beside a
// stray's: who applies the Kustomizations applies the directory.
func (e *entryPoints) variablesIn(ctx context.Context, s stray) ([]string, error) {
	var files []string
	for _, name := range e.flux.tree.Children(s.dir) {
		p := path.Join(s.dir, name)
		at, _ := e.flux.tree.Lookup(p)
		if ext := path.Ext(p); at.Mode != model.File || ext != ".yaml" && ext != ".yml" || e.flux.covered[p] || e.flux.graph.sources[p] || slices.Contains(s.files, p) {
			continue
		}
		if files = append(files, p); len(files) > maxBeside {
			return nil, nil
		}
	}
	var out []string
	err := eachContent(ctx, e.flux.tree, files, func(p string, content []byte) {
		if holdsVariables.Match(content) {
			out = append(out, p)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("look for variables in %s: %w", s.dir, err)
	}
	return out, nil
}

// own are the files by which a stray is known: of a root its kustomization, which may
// take one of its files out.
func (e *entryPoints) own(s stray) []string {
	if s.root {
		return []string{e.flux.graph.files[s.dir]}
	}
	return s.files
}

// dropped reports whether what base applies the files of a stray for does so no more:
// an entry was taken out, and the file left where it is. That makes it no entry point.
func (e *entryPoints) dropped(s stray) bool {
	base := e.flux.pair.sides[0]
	return e.flux.side == 1 && base != nil && !slices.ContainsFunc(e.own(s), func(file string) bool { return !base.covered[file] || base.entry.strayed[file] })
}

// forgetUnlisted takes out of base what was no entry point after all: files that stood
// in no kustomization, which head lists in one. Nothing applied them.
func (e *entryPoints) forgetUnlisted(head *fluxSide) {
	listed := func(u *unit) bool {
		for u.parent != nil {
			u = u.parent
		}
		file := u.work.task.File
		return u.object == nil && file != "" && e.strayed[file] && head.covered[file] && !head.entry.strayed[file]
	}
	for _, c := range e.flux.clusters {
		c.units = slices.DeleteFunc(c.units, func(u *unit) bool {
			if !listed(u) {
				return false
			}
			delete(c.byID, u.target.ID)
			return true
		})
		maps.DeleteFunc(c.index, func(_ model.ObjectID, h held) bool { return listed(h.unit) })
	}
}

// isTemplate reports whether a file's Kustomizations have variables for names: it is there
// to be copied, and nobody applies it as it is.
func isTemplate(facts task.Facts) bool {
	return len(facts.Names) > 0 && !slices.ContainsFunc(facts.Names, func(name string) bool { return !strings.Contains(name, "${") })
}

// uncovered lists the strays by directory, sorted; a root's before a file's.
func (e *entryPoints) uncovered() []stray {
	open := map[string]bool{}
	for p, facts := range e.flux.graph.flux {
		if !e.flux.covered[p] && !isTemplate(facts) && !excluded(e.flux.pair.req.Exclude, path.Dir(p)) && !inChart(e.flux.tree, p) {
			open[p] = true
		}
	}
	var out []stray
	for _, dir := range e.flux.graph.roots() {
		if e.flux.covered[e.flux.graph.files[dir]] || excluded(e.flux.pair.req.Exclude, dir) {
			continue
		}
		s := stray{dir: dir, root: true}
		for _, p := range e.flux.graph.closure(model.Kustomize, dir).paths() {
			if open[p] {
				s.files = append(s.files, p)
			}
		}
		if len(s.files) > 0 {
			out = append(out, s)
			for _, p := range s.files {
				delete(open, p)
			}
		}
	}
	byDir := map[string]*stray{}
	for p := range open {
		dir := path.Dir(p)
		if byDir[dir] == nil {
			byDir[dir] = &stray{dir: dir}
		}
		byDir[dir].files = append(byDir[dir].files, p)
	}
	for _, s := range byDir {
		sort.Strings(s.files)
		out = append(out, *s)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].dir != out[j].dir {
			return out[i].dir < out[j].dir
		}
		return out[i].root && !out[j].root
	})
	return out
}

// appliedByOthers reports for each stray whether a directory that another one applies
// takes it in.
func (e *entryPoints) appliedByOthers(all []stray) []bool {
	readers := map[string][]int{} // by file: the strays that take it in
	for i, s := range all {
		for _, p := range s.files {
			for _, applied := range e.flux.graph.flux[p].Applied {
				for _, read := range e.flux.graph.fluxClosure(cleanPath(applied)).paths() {
					if of := readers[read]; len(of) == 0 || of[len(of)-1] != i {
						readers[read] = append(of, i)
					}
				}
			}
		}
	}
	out := make([]bool, len(all))
	for i, s := range all {
		other := func(reader int) bool { return reader != i }
		out[i] = slices.ContainsFunc(readers[s.files[0]], other) || s.root && slices.ContainsFunc(readers[e.flux.graph.files[s.dir]], other)
	}
	return out
}
