package render

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Reads gives, for base and head, the paths that the targets' builds could
// read, and those of what asks for them.
func (s *Snapshots) Reads(targets []model.Target) [][]string {
	out := make([][]string, len(s.graphs))
	for i, g := range s.graphs {
		if g == nil {
			continue
		}
		r := reads{graph: g, paths: map[string]bool{}, lines: map[*model.Lineage]bool{}}
		for _, t := range targets {
			r.directory(t.Path)
			if s := []*model.Snapshot{s.Base, s.Head}[i]; s != nil {
				if rendered := s.Target(t.ID); rendered != nil {
					r.line(rendered.Lineage)
				}
			}
		}
		out[i] = r.out
	}
	return out
}

// Shares gives the first path outside its own directory that a target's build could
// read, "" for none: targets over one base give the same.
func (s *Snapshots) Shares(t model.Target) string { return shares(s.graphs, t) }

func shares(graphs [2]*graph, t model.Target) string {
	for _, g := range graphs {
		if g == nil {
			continue
		}
		for _, p := range g.closure(g.kindOf(t.Path), t.Path).paths() {
			if p != t.Path && path.Dir(p) != t.Path && !strings.HasPrefix(p, t.Path+"/") {
				return p
			}
		}
	}
	return ""
}

// reads collects the paths of directories and of lineages, each once.
type reads struct {
	graph *graph
	paths map[string]bool
	lines map[*model.Lineage]bool
	out   []string
}

func (r *reads) directory(dir string) {
	for _, p := range r.graph.closure(r.graph.kindOf(dir), dir).paths() {
		r.add(p)
	}
}

func (r *reads) add(p string) {
	if !r.paths[p] {
		r.paths[p] = true
		r.out = append(r.out, p)
	}
}

func (r *reads) line(l *model.Lineage) {
	if l == nil || r.lines[l] {
		return
	}
	r.lines[l] = true
	switch {
	case l.File != "":
		r.add(l.File)
	case l.Dir != "":
		r.directory(l.Dir)
	}
	r.line(l.Parent)
	for _, read := range l.Reads {
		r.line(read.In)
	}
	if l.Source != nil {
		r.line(l.Source.In)
	}
}
