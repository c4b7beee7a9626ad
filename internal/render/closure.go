package render

import (
	"path"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// closure gives what the build of a directory could read.
func (g *graph) closure(kind model.Kind, dir string) closure {
	key := string(kind) + ":" + dir
	if c, ok := g.closures[key]; ok {
		return c
	}
	seen := map[string]bool{}
	c := closure{}
	if kind == model.Manifests {
		g.walkManifests(dir, seen, &c.global)
	} else {
		g.walk(dir, seen, &c.global)
	}
	for p := range seen {
		c.paths = append(c.paths, p)
	}
	sort.Strings(c.paths)
	g.closures[key] = c
	return c
}

// note adds a path, the symlinks on it and what they lead to.
func (g *graph) note(p string, seen map[string]bool) (model.Entry, bool) {
	p = path.Clean(p)
	if p == ".." || strings.HasPrefix(p, "../") {
		return model.Entry{}, false
	}
	e, links, err := g.tree.Resolve(p)
	seen[p] = true
	for _, l := range links {
		seen[l] = true
	}
	if err != nil {
		return e, false
	}
	seen[e.Path] = true
	return e, true
}

func (g *graph) walk(dir string, seen map[string]bool, global *bool) {
	mark := dir + "\x00" // a directory is walked once; the mark is no path
	if seen[mark] {
		return
	}
	seen[mark] = true
	defer delete(seen, mark)
	for _, name := range kustomizationNames {
		g.note(path.Join(dir, name), seen)
	}
	file, ok := g.files[dir]
	if !ok {
		return
	}
	f := g.facts[file]
	*global = *global || f.Global
	for _, ref := range f.Refs {
		e, ok := g.note(path.Join(dir, ref.Path), seen)
		switch {
		case !ok:
		case e.Mode == model.Dir && ref.As != asFile:
			g.walk(e.Path, seen, global)
		case ref.As == asConfig:
			for _, more := range g.facts[e.Path].Refs {
				g.note(path.Join(dir, more.Path), seen)
				g.note(path.Join(path.Dir(e.Path), more.Path), seen)
			}
		}
	}
}

func (g *graph) walkManifests(dir string, seen map[string]bool, global *bool) {
	g.note(dir, seen)
	for _, name := range g.tree.Children(dir) {
		e, ok := g.note(path.Join(dir, name), seen)
		if !ok || e.Mode != model.Dir {
			continue
		}
		if _, has := g.files[e.Path]; has {
			g.walk(e.Path, seen, global)
		} else {
			g.walkManifests(e.Path, seen, global)
		}
	}
}
