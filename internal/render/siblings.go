package render

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxSiblings is how many targets out of reach are rendered for comparison, where
// not all are.
const maxSiblings = 16

// siblings gives the targets out of the change's reach that tell what was already
// made of files that the change lets a target read for the first time: a new
// overlay of an old base brings what the base has, and it is not the change that
// made it so. As few are chosen as hold those files; of two that hold the same, the
// one that reads less, since what else it reads may not build.
func (p *pair) siblings(targets []model.Target, reached []bool) map[int]bool {
	wanted := p.firstRead(targets, reached)
	out := map[int]bool{}
	for len(wanted) > 0 && len(out) < maxSiblings {
		best, most, reads := -1, 0, 0
		for i, t := range targets {
			if !isDirectory(t) || reached[i] || out[i] || !p.exists(0, t) {
				continue
			}
			paths := p.graphs[0].closure(t.Kind, t.Path).paths()
			if n := count(wanted, paths); n > most || n == most && n > 0 && len(paths) < reads {
				best, most, reads = i, n, len(paths)
			}
		}
		if best < 0 {
			break
		}
		out[best] = true
		for _, path := range p.graphs[0].closure(targets[best].Kind, targets[best].Path).paths() {
			delete(wanted, path)
		}
	}
	return out
}

// firstRead gives the files that the change leaves as they are and that some
// target reads at head and did not in base.
func (p *pair) firstRead(targets []model.Target, reached []bool) map[string]bool {
	out := map[string]bool{}
	for i, t := range targets {
		if !isDirectory(t) || !reached[i] || !p.exists(1, t) {
			continue
		}
		before := map[string]bool{}
		if p.exists(0, t) {
			for _, path := range p.graphs[0].closure(t.Kind, t.Path).paths() {
				before[path] = true
			}
		}
		for _, path := range p.graphs[1].closure(t.Kind, t.Path).paths() {
			if e, ok := p.trees[1].Lookup(path); ok && e.Mode != model.Dir && !before[path] && !touches(p.changed, path) {
				out[path] = true
			}
		}
	}
	return out
}

// isDirectory reports whether a target is a directory of the repository that is
// rendered by itself.
func isDirectory(t model.Target) bool { return t.Kind == model.Kustomize || t.Kind == model.Manifests }

func count(wanted map[string]bool, paths []string) int {
	n := 0
	for _, path := range paths {
		if wanted[path] {
			n++
		}
	}
	return n
}
