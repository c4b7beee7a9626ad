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

// closure gives what the build of a directory could read.
func (g *graph) closure(kind model.Kind, dir string) *closure {
	start := startOf(kind, dir)
	if c, ok := g.closures[start]; ok {
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
		todo = append(todo, s.next...)
	}
	g.closures[start] = c
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
	touched *bool // whether the change can alter what is read; nil until it is asked
}

func (g *graph) step(at place) *step {
	if s := g.steps[at]; s != nil {
		return s
	}
	r := reach{graph: g}
	if at.manifests {
		r.manifests(at)
	} else {
		r.kustomization(at.dir)
	}
	g.steps[at] = &r.step
	return &r.step
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

func (r *reach) kustomization(dir string) {
	if e, ok := r.note(dir); ok {
		dir = e.Path // what it names is relative to where it is, as for Kustomize
	}
	for _, name := range task.KustomizationNames {
		r.note(path.Join(dir, name))
	}
	file, ok := r.graph.files[dir]
	if !ok {
		return
	}
	f := r.graph.facts[file]
	r.global = f.Global
	for _, ref := range f.Refs {
		e, ok := r.note(path.Join(dir, ref.Path))
		switch {
		case !ok:
		case e.Mode == model.Dir && ref.As != task.AsFile:
			r.next = append(r.next, place{dir: e.Path})
		case ref.As == task.AsConfig:
			for _, more := range r.graph.facts[e.Path].Refs {
				r.note(path.Join(dir, more.Path))
				r.note(path.Join(path.Dir(e.Path), more.Path))
			}
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
