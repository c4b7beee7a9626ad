package render

import (
	"path"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// closure gives what the build of a directory could read.
func (g *graph) closure(kind model.Kind, dir string) closure {
	key := string(kind) + ":" + dir
	if c, ok := g.closures[key]; ok {
		return c
	}
	r := reach{graph: g, seen: map[string]bool{}, walked: map[string]bool{}}
	if kind == model.Manifests {
		r.manifests(dir)
	} else {
		r.kustomization(dir)
	}
	c := closure{global: r.global}
	for p := range r.seen {
		c.paths = append(c.paths, p)
	}
	sort.Strings(c.paths)
	g.closures[key] = c
	return c
}

// reach gathers what a build could read.
type reach struct {
	graph  *graph
	seen   map[string]bool // paths
	walked map[string]bool // directories: each is walked once, whatever leads to it
	global bool
}

// note adds a path, the symlinks on it and what they lead to.
func (r *reach) note(p string) (model.Entry, bool) {
	p = path.Clean(p)
	if p == ".." || strings.HasPrefix(p, "../") {
		return model.Entry{}, false
	}
	e, links, err := r.graph.tree.Resolve(p)
	r.seen[p] = true
	for _, l := range links {
		r.seen[l] = true
	}
	if err != nil {
		return e, false
	}
	r.seen[e.Path] = true
	return e, true
}

func (r *reach) kustomization(dir string) {
	if r.walked[dir] {
		return
	}
	r.walked[dir] = true
	for _, name := range task.KustomizationNames {
		r.note(path.Join(dir, name))
	}
	file, ok := r.graph.files[dir]
	if !ok {
		return
	}
	f := r.graph.facts[file]
	r.global = r.global || f.Global
	for _, ref := range f.Refs {
		e, ok := r.note(path.Join(dir, ref.Path))
		switch {
		case !ok:
		case e.Mode == model.Dir && ref.As != task.AsFile:
			r.kustomization(e.Path)
		case ref.As == task.AsConfig:
			for _, more := range r.graph.facts[e.Path].Refs {
				r.note(path.Join(dir, more.Path))
				r.note(path.Join(path.Dir(e.Path), more.Path))
			}
		}
	}
}

func (r *reach) manifests(dir string) {
	if r.walked[dir] {
		return
	}
	r.walked[dir] = true
	r.note(dir)
	for _, name := range r.graph.tree.Children(dir) {
		e, ok := r.note(path.Join(dir, name))
		if !ok || e.Mode != model.Dir {
			continue
		}
		if _, has := r.graph.files[e.Path]; has {
			r.kustomization(e.Path)
		} else {
			r.manifests(e.Path)
		}
	}
}
