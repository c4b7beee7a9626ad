package render

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxSiblings is how many targets out of reach are rendered for comparison, where
// not all are: besides one for each target that is new.
const maxSiblings = 16

// siblings gives the targets out of the change's reach that tell what was already
// there: of files that the change lets a target read for the first time, and of new
// files that are copies, or stand where their like does. A new overlay of an old base
// brings what the base has, and a copied one what its original has: it is not the
// change that made it so. As few are chosen as hold those files; of two that hold the
// same, the one that reads less, since what else it reads may not build.
func (p *pair) siblings(targets []model.Target, reached []bool) map[int]bool {
	wanted, most := p.firstRead(targets, reached)
	if len(wanted.by) == 0 {
		return nil
	}
	holds, reads := map[int]map[string]bool{}, map[int]int{}
	for i, t := range targets {
		if !isDirectory(t) || reached[i] || !p.exists(0, t) {
			continue
		}
		paths := p.graphs[0].closure(t.Kind, t.Path).paths()
		if held := wanted.among(p.trees[0], paths); len(held) > 0 {
			holds[i], reads[i] = held, len(paths)
		}
	}
	out := map[int]bool{}
	for _, left := range wanted.files { // what is read for the first time goes first
		for len(out) < most {
			best, n := -1, 0
			for i := range targets {
				if m := count(left, holds[i]); m > n || m == n && m > 0 && reads[i] < reads[best] {
					best, n = i, m
				}
			}
			if best < 0 {
				break
			}
			out[best] = true
			for file := range holds[best] {
				for _, of := range wanted.files {
					delete(of, file)
				}
			}
		}
	}
	return out
}

// wantedFiles are files for which something to compare with is looked for.
type wantedFiles struct {
	files [3]map[string]bool  // read for the first time, copies, and those that have a like
	by    map[string][]string // what a file of base must be ▶ those that it would do for
}

func (w *wantedFiles) add(kind int, file string, keys ...string) {
	w.files[kind][file] = true
	for _, key := range keys {
		w.by[key] = append(w.by[key], file)
	}
}

// among gives the files that some of these paths of base would do for.
func (w *wantedFiles) among(tree *model.Tree, paths []string) map[string]bool {
	out := map[string]bool{}
	for _, at := range paths {
		e, ok := tree.Lookup(at)
		if !ok || e.Mode == model.Dir {
			continue
		}
		for _, key := range append(likes(at), at, copyOf(e)) {
			for _, file := range w.by[key] {
				out[file] = true
			}
		}
	}
	return out
}

// firstRead gives what siblings are wanted for: the files that the change leaves as they
// are and that some target reads at head and did not in base, and of files that are new
// their contents, where base has such a file, else their like. most is how many siblings
// there may be.
func (p *pair) firstRead(targets []model.Target, reached []bool) (out wantedFiles, most int) {
	out = wantedFiles{files: [3]map[string]bool{{}, {}, {}}, by: map[string][]string{}}
	most = maxSiblings
	var contents map[string]bool // of base, once it is asked
	seen := map[string]bool{}
	for i, t := range targets {
		if !isDirectory(t) || !reached[i] || !p.exists(1, t) {
			continue
		}
		var before []string
		if p.exists(0, t) {
			before = p.graphs[0].closure(t.Kind, t.Path).paths()
		} else {
			most++
		}
		for _, file := range p.graphs[1].closure(t.Kind, t.Path).paths() {
			e, ok := p.trees[1].Lookup(file)
			switch {
			case !ok || e.Mode == model.Dir || seen[file]:
			case !touches(p.changed, file):
				if _, was := slices.BinarySearch(before, file); !was {
					seen[file] = true
					out.add(0, file, file)
				}
			case p.isNew(file) && !isKustomizationName(path.Base(file)):
				seen[file] = true
				if contents == nil {
					contents = map[string]bool{}
					for _, other := range p.trees[0].Files() {
						e, _ := p.trees[0].Lookup(other)
						contents[copyOf(e)] = true
					}
				}
				if key := copyOf(e); contents[key] {
					out.add(1, file, key)
				} else {
					out.add(2, file, likes(file)...)
				}
			}
		}
	}
	return out, most
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

// context renders, for comparison, releases out of the change's reach that are what new
// ones are in other clusters: of the same name, of a chart of this repository in the same
// directory. It is not the change that made of the chart what it is.
func (r *releases) context(ctx context.Context, targets []model.Target, wanted map[string]bool, snapshots [2]*model.Snapshot) error {
	if snapshots[0] == nil || snapshots[1] == nil {
		return nil
	}
	type like struct{ name, dir string }
	of := func(u *helmUnit) (like, bool) {
		a := u.chart.from
		return like{u.held.object.ID.String(), u.chart.dir}, a != nil && a.own && u.chart.problem == nil
	}
	missing := map[like]bool{} // of new releases
	for id := range wanted {
		if u := r.units[1][id]; u != nil && r.units[0][id] == nil {
			if key, ok := of(u); ok {
				missing[key] = true
			}
		}
	}
	var jobs []*releaseJob
	var at []int
	for i, t := range targets {
		u := r.units[1][t.ID]
		if len(jobs) == maxSiblings || t.Kind != model.Helm || wanted[t.ID] || u == nil || u.held.unit.kept != nil {
			continue
		}
		if key, ok := of(u); ok && missing[key] {
			delete(missing, key) // one tells enough
			jobs, at = append(jobs, r.job(1, u, new(model.Rendered))), append(at, i)
		}
	}
	if err := r.renderAll(ctx, jobs); err != nil {
		return err
	}
	for n, i := range at {
		out := *jobs[n].to
		out.Context = out.Status == model.StatusRendered
		out.Status, out.Reused = model.StatusUnreached, true
		for _, s := range snapshots {
			s.Targets[i] = out
		}
	}
	return nil
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
