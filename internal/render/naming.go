package render

import (
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Naming gives the kustomizations of a side that name one of the files as one that
// is read as it is, such as what a Secret is made of; sorted. One that does not
// parse may name anything.
func (s *Snapshots) Naming(side model.Side, files []string) []string {
	g := s.graphs[0]
	if side == model.Head {
		g = s.graphs[1]
	}
	if g == nil {
		return nil
	}
	wanted := make(map[string]bool, len(files))
	for _, f := range files {
		wanted[f] = true
	}
	var out []string
	for file, facts := range g.facts {
		if !isKustomizationName(path.Base(file)) {
			continue
		}
		if facts.Broken || slices.ContainsFunc(facts.Refs, func(ref task.NamedPath) bool {
			return ref.As == task.AsFile && wanted[path.Join(path.Dir(file), ref.Path)]
		}) {
			out = append(out, file)
		}
	}
	slices.Sort(out)
	return out
}

// ValuesFiles gives the files of a side's tree that Applications and HelmReleases give to
// charts as values, whatever they are called.
func (s *Snapshots) ValuesFiles(side model.Side) map[string]bool {
	snapshot := s.Base
	if side == model.Head {
		snapshot = s.Head
	}
	out := map[string]bool{}
	if snapshot == nil {
		return out
	}
	for _, t := range snapshot.Targets {
		if t.Lineage == nil {
			continue
		}
		for _, file := range t.Lineage.Values {
			out[file] = true
		}
	}
	return out
}
