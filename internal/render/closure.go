package render

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// closure is what the build of a directory could read, directory by directory.
type closure struct {
	steps  []*step
	global bool // touches Kustomize's process-wide schema
	open   bool // a plugin takes part: it may read anything
	charts bool // a kustomization names charts

	once sync.Once
	read []string
}

// paths gives all that could be read, sorted; paths that do not exist are among
// them. Most targets of a large repository are never asked for theirs. Callers must
// not change it.
func (c *closure) paths() []string {
	c.once.Do(func() {
		for _, s := range c.steps {
			c.read = append(c.read, s.paths...)
		}
		slices.Sort(c.read)
		c.read = slices.Clip(slices.Compact(c.read))
	})
	return c.read
}

// all gives the directories that are read; none of a closure that is none.
func (c *closure) all() []*step {
	if c == nil {
		return nil
	}
	return c.steps
}

// startOf is where a build of a directory begins to read.
func startOf(kind model.Kind, dir string) place {
	return place{dir, kind != model.Kustomize, kind == model.Flux}
}

// reached is what builds could read, by where they begin and directory by directory:
// each is looked at once.
type reached struct {
	mu       sync.Mutex
	closures map[place]*closure
	steps    map[place]*step
}

// known is what a build could read, where it was asked for; nil elsewhere.
func (r *reached) known(start place) *closure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closures[start]
}

// closure gives what the build of a directory could read.
func (g *graph) closure(kind model.Kind, dir string) *closure {
	g.read.mu.Lock()
	defer g.read.mu.Unlock()
	start := startOf(kind, dir)
	if c, ok := g.read.closures[start]; ok {
		return c
	}
	c := &closure{}
	todo, queued := []place{start}, map[place]bool{}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if queued[at] { // whatever leads to it
			continue
		}
		queued[at] = true
		s := g.step(at)
		c.steps, c.global = append(c.steps, s), c.global || s.global
		c.open, c.charts = c.open || s.open, c.charts || s.charts
		todo = append(todo, s.next...)
	}
	g.read.closures[start] = c
	return c
}

// fluxClosure gives what Flux's build of a directory could read: of one without a
// kustomization, YAML alone (fluxcd/pkg/kustomize v1.41).
func (g *graph) fluxClosure(dir string) *closure {
	kind := g.kindOf(dir)
	if kind == model.Manifests {
		kind = model.Flux
	}
	return g.closure(kind, dir)
}

// place is a directory that a build reads: by its kustomization, or all of it, or its
// YAML files.
type place struct {
	dir       string
	manifests bool
	yaml      bool
}

// step is what a build reads of one directory, and where it goes on from there.
// Many targets come by the same directories: each is looked at once.
type step struct {
	paths   []string
	next    []place
	global  bool
	open    bool
	charts  bool
	touched *bool // whether the change can alter what is read; nil until it is asked
}

// step gives what is read of a directory; the mutex is held.
func (g *graph) step(at place) *step {
	if s := g.read.steps[at]; s != nil {
		return s
	}
	if s := g.same(at); s != nil {
		g.read.steps[at] = s
		return s
	}
	r := reach{graph: g}
	if at.manifests {
		r.manifests(at)
	} else {
		r.kustomization(at.dir)
	}
	g.read.steps[at] = &r.step
	return &r.step
}

// same is what the other side reads of a directory, where this one reads the same; nil
// where it does not, or where that side was not asked.
func (g *graph) same(at place) *step {
	if g.other == nil {
		return nil
	}
	g.other.read.mu.Lock()
	defer g.other.read.mu.Unlock()
	s := g.other.read.steps[at]
	if s == nil || slices.ContainsFunc(s.paths, func(p string) bool { return g.moved[p] }) {
		return nil
	}
	return s
}

// reach makes a step.
type reach struct {
	step
	graph *graph
}

// note adds a path, the symlinks on it and what they lead to.
func (r *reach) note(p string) (model.Entry, bool) {
	p = path.Clean(p)
	if p == ".." || strings.HasPrefix(p, "../") {
		return model.Entry{}, false
	}
	e, links, err := r.graph.tree.Resolve(p)
	r.paths = append(append(r.paths, p), links...)
	if err != nil {
		return e, false
	}
	if e.Path != p {
		r.paths = append(r.paths, e.Path)
	}
	return e, true
}

// noteAim is note, of what is known already.
func (r *reach) noteAim(a aim) (ok bool) {
	if r.graph.tree.Linked() || !a.ok && strings.HasPrefix(a.path, "..") {
		_, ok = r.note(a.path)
		return ok
	}
	r.paths = append(r.paths, a.path)
	return a.ok
}

func (r *reach) kustomization(dir string) {
	if e, ok := r.note(dir); ok {
		dir = e.Path // what it names is relative to where it is, as for Kustomize
	}
	for _, name := range task.KustomizationNames {
		switch {
		case r.graph.tree.Linked():
			r.note(path.Join(dir, name))
		case dir == ".":
			r.paths = append(r.paths, name)
		default:
			r.paths = append(r.paths, dir+"/"+name)
		}
	}
	file, ok := r.graph.files[dir]
	if !ok {
		return
	}
	f := r.graph.facts[file]
	r.global, r.open = f.Global, f.Open
	r.mounted(f)
	for i, ref := range f.Refs {
		a := r.graph.aims[file][i]
		switch ok := r.noteAim(a); {
		case !ok:
		case ref.As == task.AsChart:
			r.charts = true
			r.below(a.real)
		case ref.As == task.AsConfig && a.mode == model.Dir:
			r.open = true // what is configured there is not looked at
			r.next = append(r.next, place{dir: a.real})
		case a.mode == model.Dir && ref.As.Builds():
			r.next = append(r.next, place{dir: a.real})
		case ref.As == task.AsConfig:
			r.open = r.open || r.graph.facts[a.real].Open
			r.mounted(r.graph.facts[a.real])
			for _, more := range r.graph.facts[a.real].Refs {
				for _, from := range []string{dir, path.Dir(a.real)} {
					if e, ok := r.note(path.Join(from, more.Path)); ok && more.As == task.AsChart {
						r.below(e.Path)
					}
				}
			}
		}
	}
}

// mounted notes the charts that were fetched for a file that names them.
func (r *reach) mounted(f task.Facts) {
	for _, c := range f.Charts {
		r.charts = true
		if at := task.ChartMount(c); r.has(at) {
			r.note(at)
		}
	}
}

// has reports whether something stands at a path.
func (r *reach) has(p string) bool {
	_, ok := r.graph.tree.Lookup(p)
	return ok
}

// below notes all that a directory holds.
func (r *reach) below(dir string) {
	for _, name := range r.graph.tree.Children(dir) {
		if e, ok := r.note(path.Join(dir, name)); ok && e.Mode == model.Dir && e.Path == path.Join(dir, name) {
			r.below(e.Path)
		}
	}
}

func (r *reach) manifests(at place) {
	dir := at.dir
	if e, ok := r.note(dir); ok {
		dir = e.Path
	}
	for _, name := range r.graph.tree.Children(dir) {
		if name == task.RemoteDir {
			continue
		}
		if found, _ := r.graph.tree.Lookup(path.Join(dir, name)); at.yaml && found.Mode == model.File && path.Ext(name) != ".yaml" && path.Ext(name) != ".yml" {
			continue
		}
		e, ok := r.note(path.Join(dir, name))
		if !ok || e.Mode != model.Dir {
			continue
		}
		_, has := r.graph.files[e.Path]
		r.next = append(r.next, place{e.Path, !has, at.yaml && !has})
	}
}
