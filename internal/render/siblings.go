package render

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxSiblings is how many targets out of reach are rendered for comparison, where
// not all are.
const maxSiblings = 16

// siblings gives the targets out of the change's reach that tell what was already
// there: of files that the change lets a target read for the first time, and of new
// files that are copies, or stand where their like does. A new overlay of an old base
// brings what the base has, and a copied one what its original has: it is not the
// change that made it so. As few are chosen as hold those files; of two that hold the
// same, the one that reads less, since what else it reads may not build.
func (p *pair) siblings(targets []model.Target, reached []bool) map[int]bool {
	wanted := p.firstRead(targets, reached)
	holds := map[int]map[string]bool{} // target ▶ what it holds of these
	reads := map[int]int{}
	if len(wanted) == 0 {
		return nil
	}
	for i, t := range targets {
		if !isDirectory(t) || reached[i] || !p.exists(0, t) {
			continue
		}
		paths := p.graphs[0].closure(t.Kind, t.Path).paths()
		reads[i] = len(paths)
		for _, file := range paths {
			e, ok := p.trees[0].Lookup(file)
			if !ok || e.Mode == model.Dir {
				continue
			}
			for _, key := range append(likes(file), file, copyOf(e)) {
				if wanted[key] {
					if holds[i] == nil {
						holds[i] = map[string]bool{}
					}
					holds[i][key] = true
				}
			}
		}
	}
	out := map[int]bool{}
	for len(wanted) > 0 && len(out) < maxSiblings {
		best, most := -1, 0
		for i := range targets {
			if n := count(wanted, holds[i]); n > most || n == most && n > 0 && reads[i] < reads[best] {
				best, most = i, n
			}
		}
		if best < 0 {
			break
		}
		out[best] = true
		for key := range holds[best] {
			delete(wanted, key)
		}
	}
	return out
}

// firstRead gives what siblings are wanted for: the files that the change leaves as they
// are and that some target reads at head and did not in base, and of files that are new
// their contents, where base has such a file, else their like.
func (p *pair) firstRead(targets []model.Target, reached []bool) map[string]bool {
	out := map[string]bool{}
	var contents map[string]bool // of base, once it is asked
	for i, t := range targets {
		if !isDirectory(t) || !reached[i] || !p.exists(1, t) {
			continue
		}
		before := map[string]bool{}
		if p.exists(0, t) {
			for _, file := range p.graphs[0].closure(t.Kind, t.Path).paths() {
				before[file] = true
			}
		}
		for _, file := range p.graphs[1].closure(t.Kind, t.Path).paths() {
			e, ok := p.trees[1].Lookup(file)
			switch {
			case !ok || e.Mode == model.Dir:
			case !touches(p.changed, file):
				if !before[file] {
					out[file] = true
				}
			case !p.isNew(file) || isKustomizationName(path.Base(file)):
			default:
				if contents == nil {
					contents = map[string]bool{}
					for _, other := range p.trees[0].Files() {
						e, _ := p.trees[0].Lookup(other)
						contents[copyOf(e)] = true
					}
				}
				if key := copyOf(e); contents[key] {
					out[key] = true
					continue
				}
				for _, key := range likes(file) {
					out[key] = true
				}
			}
		}
	}
	return out
}

// isNew reports whether base has nothing at a path.
func (p *pair) isNew(file string) bool {
	_, ok := p.trees[0].Lookup(file)
	return !ok
}

// copyOf is equal for files of one content.
func copyOf(e model.Entry) string { return "copy " + e.ID }

// maxLikes bounds the directories of a path that may be other ones in its like's.
const maxLikes = 8

// likes are equal for paths that differ in one directory: the like of
// prod/eu/web/app.yaml is prod/us/web/app.yaml.
func likes(file string) []string {
	dirs := strings.Split(file, "/")
	out := make([]string, 0, len(dirs))
	for i := range min(len(dirs)-1, maxLikes) {
		was := dirs[i]
		dirs[i] = "*"
		out = append(out, "like "+strings.Join(dirs, "/"))
		dirs[i] = was
	}
	return out
}

// isDirectory reports whether a target is a directory of the repository that is
// rendered by itself.
func isDirectory(t model.Target) bool { return t.Kind == model.Kustomize || t.Kind == model.Manifests }

func count(wanted, holds map[string]bool) int {
	n := 0
	for key := range holds {
		if wanted[key] {
			n++
		}
	}
	return n
}
