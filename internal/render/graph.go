package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"github.com/sourcegraph/conc/pool"
)

// graph says which files of a tree each directory's build could read. It is
// made from the path-naming fields of kustomizations and errs on the side of
// too many.
type graph struct {
	tree     *model.Tree
	files    map[string]string     // directory ▶ its kustomization file
	facts    map[string]task.Facts // file ▶ what it names, resolved or not
	aims     map[string][]aim      // a directory's kustomization ▶ what its entries lead to
	included map[string]bool       // directories that another kustomization includes
	applied  []string              // directories that Flux or Argo CD objects name
	built    []string              // kustomizations that a pipeline builds by name, sorted
	argo     map[string]task.Facts // files that hold the objects of Argo CD
	flux     map[string]task.Facts // files that hold Flux Kustomizations or instances ▶ what they name
	releases map[string][]string   // files that hold HelmReleases ▶ their names
	broken   map[string]bool       // files that name Flux or Argo CD and do not parse
	sources  map[string]bool       // files that hold Flux sources
	syncs    []string              // flux-system/gotk-sync.yaml files, sorted
	taken    []string              // kustomizations that applied directories of manifests take in
	read     reached               // what builds of its directories could read
	other    *graph                // of the other side, where it may read the same; nil for none
	moved    map[string]bool       // paths that are not what they are there

	kubernetes string // the version that charts of kustomizations are rendered for
}

// isKustomizationName reports whether Kustomize reads a file of this name as a
// kustomization.
func isKustomizationName(name string) bool { return slices.Contains(task.KustomizationNames, name) }

// scanRounds bounds how far configuration files may lead to further ones.
const scanRounds = 5

// graph makes that of a tree; other is the other side's, nil for none.
func (r *Renderer) graph(ctx context.Context, tree *model.Tree, scope string, other *graph) (*graph, error) {
	g, err := r.static(ctx, tree, scope, other)
	if err != nil {
		return nil, err
	}
	if err := r.scanApplied(ctx, g, scope); err != nil {
		return nil, err
	}
	if g.built, err = g.builtByName(ctx); err != nil {
		return nil, err
	}
	g.include()
	return g, nil
}

// static is the graph of a tree's kustomizations alone.
func (r *Renderer) static(ctx context.Context, tree *model.Tree, scope string, other *graph) (*graph, error) {
	g := &graph{tree: tree, files: map[string]string{}, facts: map[string]task.Facts{}, aims: map[string][]aim{}, included: map[string]bool{}, read: reached{closures: map[place]*closure{}, steps: map[place]*step{}}}
	var first []task.ScanFile
	for _, p := range tree.Files() {
		if !isKustomizationName(path.Base(p)) || inChart(tree, p) {
			continue
		}
		if old, ok := g.files[path.Dir(p)]; !ok || rank(p) < rank(old) {
			g.files[path.Dir(p)] = p
		}
		first = append(first, task.ScanFile{Path: p, As: task.ScanKustomization})
	}
	for round := 0; len(first) > 0 && round < scanRounds; round++ {
		if err := r.scan(ctx, g, scope, first); err != nil {
			return nil, err
		}
		first = g.unscanned()
	}
	g.likeOther(other)
	for dir, file := range g.files {
		g.aims[file] = g.aimsOf(dir, file)
	}
	return g, nil
}

// aim is what an entry of a kustomization leads to.
type aim struct {
	path string // as it is named, from the repository's root
	real string // symlinks followed
	mode model.Mode
	ok   bool // there is such a thing
}

// aimsOf gives those of a directory's kustomization, in the order of its facts.
func (g *graph) aimsOf(dir, file string) []aim {
	refs := g.facts[file].Refs
	var known []aim
	if g.other != nil && !g.moved[file] {
		known = g.other.aims[file]
	}
	out := make([]aim, len(refs))
	for i, ref := range refs {
		if i < len(known) && !g.moved[known[i].path] {
			out[i] = known[i]
			continue
		}
		p := path.Join(dir, ref.Path)
		e, _, err := g.tree.Resolve(p)
		out[i] = aim{path: p, real: e.Path, mode: e.Mode, ok: err == nil}
	}
	return out
}

// likeOther notes which paths are not in this tree what they are in the other side's, or
// name other things there: what is read of a directory without these is the same.
func (g *graph) likeOther(other *graph) {
	if other == nil || g.tree.Linked() || other.tree.Linked() {
		return
	}
	g.other, g.moved = other, map[string]bool{}
	for _, p := range model.Changed(other.tree, g.tree) {
		a, before := other.tree.Lookup(p)
		b, after := g.tree.Lookup(p)
		switch {
		case before != after || a.Mode != b.Mode:
			for at := p; at != "." && !g.moved[at]; at = path.Dir(at) {
				g.moved[at] = true
			}
			g.moved["."] = true
		case !reflect.DeepEqual(other.facts[p], g.facts[p]):
			g.moved[p] = true
		}
	}
}

// kindOf is how a directory is built: by its own kustomization or by one over
// its manifests.
func (g *graph) kindOf(dir string) model.Kind {
	if g.fileOf(dir) != "" {
		return model.Kustomize
	}
	return model.Manifests
}

// fileOf is the kustomization of a directory, "" for none. Kustomize follows symbolic
// links to it.
func (g *graph) fileOf(dir string) string {
	if file, ok := g.files[dir]; ok {
		return file
	}
	return g.files[g.real(dir)]
}

// real is where a directory stands, symbolic links followed; "" for none.
func (g *graph) real(dir string) string {
	if e, _, err := g.tree.Resolve(dir); err == nil && e.Mode == model.Dir {
		return e.Path
	}
	return ""
}

func rank(p string) int { return slices.Index(task.KustomizationNames, path.Base(p)) }

// inChart reports whether a file is a template of a Helm chart.
func inChart(tree *model.Tree, p string) bool {
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		if path.Base(dir) == "templates" {
			if _, ok := tree.Lookup(path.Join(path.Dir(dir), "Chart.yaml")); ok {
				return true
			}
		}
	}
	return false
}

// scanBatch is how many files go into one task.
const scanBatch = 400

// scan fills g.facts for the files, from what is remembered or from a child.
func (r *Renderer) scan(ctx context.Context, g *graph, scope string, files []task.ScanFile) error {
	type need struct {
		task.ScanFile
		id string
	}
	var missing []need
	for _, f := range files {
		e, _, err := g.tree.Resolve(f.Path)
		if err != nil || e.Mode != model.File {
			g.facts[f.Path] = task.Facts{Broken: true}
			continue
		}
		if known, ok := r.cache.facts(scope, e.ID, f.As); ok {
			g.facts[f.Path] = known
			continue
		}
		missing = append(missing, need{f, e.ID})
	}
	p := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(4)
	results := make([][]task.Facts, (len(missing)+scanBatch-1)/scanBatch)
	for i := range results {
		batch := missing[i*scanBatch : min((i+1)*scanBatch, len(missing))]
		p.Go(func(ctx context.Context) error {
			want, ahead := task.Scan{}, []string{}
			for _, n := range batch {
				want.Files, ahead = append(want.Files, n.ScanFile), append(ahead, n.Path)
			}
			out, err := r.runner.Do(ctx, sandbox.Task{Kind: task.ScanKind, Payload: want, Scope: scope,
				Trees: []*model.Tree{g.tree}, Ahead: [][]string{ahead}})
			if err != nil {
				return fmt.Errorf("scan kustomizations: %w", err)
			}
			if err := json.Unmarshal(out.JSON, &results[i]); err != nil {
				return fmt.Errorf("scan kustomizations: %w", err)
			}
			if len(results[i]) != len(batch) {
				return fmt.Errorf("scan kustomizations: %d answers for %d files", len(results[i]), len(batch))
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	for i, n := range missing {
		f := results[i/scanBatch][i%scanBatch]
		g.facts[n.Path] = f
		r.cache.remember(scope, n.id, n.As, f)
	}
	return nil
}

// unscanned gives the configuration files that known files name.
func (g *graph) unscanned() []task.ScanFile {
	var out []task.ScanFile
	for p, f := range g.facts {
		for _, ref := range f.Refs {
			if ref.As != task.AsConfig {
				continue
			}
			at := path.Join(path.Dir(p), ref.Path)
			if strings.HasPrefix(at, "..") {
				continue
			}
			if e, _, err := g.tree.Resolve(at); err == nil && e.Mode == model.File {
				if _, known := g.facts[e.Path]; !known {
					out = append(out, task.ScanFile{Path: e.Path, As: task.ScanConfig})
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return slices.Compact(out)
}

// scanApplied finds the directories that Flux and Argo CD objects name.
func (r *Renderer) scanApplied(ctx context.Context, g *graph, scope string) error {
	candidates, err := r.mentions(ctx, g.tree, scope)
	if err != nil {
		return err
	}
	named := &graph{tree: g.tree, facts: map[string]task.Facts{}}
	if err := r.scan(ctx, named, scope, candidates); err != nil {
		return err
	}
	seen := map[string]bool{}
	g.argo = map[string]task.Facts{}
	g.flux, g.sources, g.releases = map[string]task.Facts{}, map[string]bool{}, map[string][]string{}
	for _, p := range g.tree.Files() {
		if path.Base(p) == syncFile {
			g.syncs = append(g.syncs, p)
		}
	}
	g.broken = map[string]bool{}
	for p, f := range named.facts {
		if f.Broken {
			g.broken[p] = true
		}
		if f.Flux {
			g.flux[p] = f
		}
		if f.Argo {
			g.argo[p] = f
		}
		if f.Source {
			g.sources[p] = true
		}
		if len(f.Releases) > 0 {
			g.releases[p] = f.Releases
		}
		for _, dir := range f.Applied {
			dir = path.Clean(strings.TrimLeft(dir, "/"))
			if e, ok := g.tree.Lookup(dir); ok && e.Mode == model.Dir && !seen[dir] {
				seen[dir] = true
				g.applied = append(g.applied, dir)
			}
		}
	}
	sort.Strings(g.applied)
	return nil
}

// mentions gives the YAML files whose bytes name Flux's or Argo CD's API.
func (r *Renderer) mentions(ctx context.Context, tree *model.Tree, scope string) ([]task.ScanFile, error) {
	var unread []string
	var out []task.ScanFile
	for _, p := range tree.Files() {
		e, _ := tree.Lookup(p)
		if ext := path.Ext(p); e.Mode != model.File || ext != ".yaml" && ext != ".yml" || isKustomizationName(path.Base(p)) {
			continue
		}
		switch mentions, known := r.cache.mentions(scope, e.ID); {
		case !known:
			unread = append(unread, p)
		case mentions:
			out = append(out, task.ScanFile{Path: p, As: task.ScanApplied})
		}
	}
	err := eachContent(ctx, tree, unread, func(p string, content []byte) {
		e, _ := tree.Lookup(p)
		hit := mentionsGitOps(content)
		r.cache.rememberMention(scope, e.ID, hit)
		if hit {
			out = append(out, task.ScanFile{Path: p, As: task.ScanApplied})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return out, nil
}

func mentionsGitOps(content []byte) bool {
	s := string(content)
	return strings.Contains(s, ".fluxcd.io/") || strings.Contains(s, "argoproj.io") || strings.Contains(s, task.InstanceGroup)
}

// include notes which directories other kustomizations include.
func (g *graph) include() {
	for dir, file := range g.files {
		for i, ref := range g.facts[file].Refs {
			if a := g.aims[file][i]; ref.As.Builds() && a.ok && a.mode == model.Dir && a.real != dir {
				g.included[a.real] = true
			}
		}
	}
	for _, dir := range g.applied {
		if _, ok := g.files[dir]; !ok {
			g.includeBelow(dir)
		}
	}
}

// including gives the directories whose kustomizations include another, sorted.
func (g *graph) including(dir string) []string {
	var out []string
	for holder, file := range g.files {
		if slices.ContainsFunc(g.facts[file].Refs, func(ref task.NamedPath) bool {
			return ref.As.Builds() && path.Join(holder, ref.Path) == dir
		}) {
			out = append(out, holder)
		}
	}
	sort.Strings(out)
	return out
}

// keepBroken keeps the files that hold Flux Kustomizations in base and do not
// parse any more: what they held stays in the cluster.
func (g *graph) keepBroken(base *graph) {
	for p, facts := range base.flux {
		if _, ok := g.flux[p]; !ok && g.broken[p] {
			g.flux[p] = facts
		}
	}
}

// reapply says again which directories are applied, once it is known what Flux
// does with the objects that name them.
func (g *graph) reapply(dirs []string) {
	g.applied, g.included, g.taken = nil, map[string]bool{}, nil
	for _, dir := range dirs {
		if !slices.Contains(g.applied, dir) && dir != "" {
			g.applied = append(g.applied, dir)
		}
	}
	sort.Strings(g.applied)
	g.include()
}

// includeBelow notes the kustomizations that a directory of manifests takes in.
func (g *graph) includeBelow(dir string) {
	for _, name := range g.tree.Children(dir) {
		p := path.Join(dir, name)
		if e, ok := g.tree.Lookup(p); !ok || e.Mode != model.Dir {
			continue
		}
		if _, ok := g.files[p]; ok {
			g.included[p] = true
			g.taken = append(g.taken, p)
		} else {
			g.includeBelow(p)
		}
	}
}

// roots gives the directories that are targets by themselves, sorted: no other
// kustomization includes them and they are no Components, or a pipeline builds them
// by name. Where kustomizations
// include each other in a circle, the first of them is a root too.
func (g *graph) roots() []string {
	var out []string
	reached := map[string]bool{}
	var reach func(dir string)
	reach = func(dir string) {
		file, ok := g.files[dir]
		if !ok || reached[dir] {
			return
		}
		reached[dir] = true
		for _, a := range g.aims[file] {
			if a.ok && a.mode == model.Dir {
				reach(a.real)
			}
		}
	}
	dirs := make([]string, 0, len(g.files))
	for dir := range g.files {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	add := func(dir string) { out = append(out, dir); reach(dir) }
	for _, dir := range dirs {
		if !g.included[dir] && g.facts[g.files[dir]].Kind != "Component" {
			add(dir)
		}
	}
	for _, dir := range g.taken {
		reach(dir)
	}
	for _, dir := range g.built {
		if g.included[dir] && !slices.Contains(g.taken, dir) {
			add(dir)
		}
	}
	for _, dir := range dirs {
		if !reached[dir] && g.facts[g.files[dir]].Kind != "Component" {
			add(dir)
		}
	}
	sort.Strings(out)
	return out
}
