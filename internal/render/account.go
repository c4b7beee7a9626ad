package render

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Account says of every file that differs between the two trees who reads it, on
// either side, and what became of each reader. It is made of what the builds were
// told and of the graphs, not of the diff: silence has to be earned.
func (r *Renderer) Account(ctx context.Context, s *Snapshots, scope string) ([]model.FileAccount, error) {
	if s.Base == nil || s.Head == nil {
		return nil, nil
	}
	a := accounting{of: s, changed: model.Changed(s.Base.Tree, s.Head.Tree), readers: map[string]map[int]bool{}, steps: map[*step][]string{}}
	for i := range s.Head.Targets {
		for side := range s.readings {
			read := s.readings[side][i]
			for _, file := range read.files {
				a.note(file, i, true)
			}
			for _, file := range read.given {
				a.note(file, i, false)
			}
			for _, step := range read.closure.all() {
				for _, file := range a.among(step) {
					a.note(file, i, true)
				}
			}
		}
	}
	unread := slices.DeleteFunc(slices.Clone(a.changed), func(f string) bool { return len(a.readers[f]) > 0 })
	manifests, err := r.manifests(ctx, s, scope, unread)
	if err != nil {
		return nil, err
	}
	out := make([]model.FileAccount, 0, len(a.changed))
	for _, file := range a.changed {
		if len(a.readers[file]) > 0 {
			out = append(out, a.read(file))
			continue
		}
		out = append(out, a.unread(file, manifests[file]))
	}
	return out, a.doubt(ctx, out)
}

// doubt takes back that nothing applies a file, where something may that cannot be
// seen.
func (a *accounting) doubt(ctx context.Context, list []model.FileAccount) error {
	unapplied := func(f model.FileAccount) bool { return f.State == model.UnappliedState }
	for i, f := range list {
		if !unapplied(f) && !(f.State == model.DocumentState && isInput(f.File)) {
			continue
		}
		if id, p := a.mayRead(); p != nil {
			list[i].State, list[i].Where = model.UnseenState, p.Location
			list[i].Reason = fmt.Sprintf("`%s` may read it, and what that reads is not known: %s", id, p.Message)
		}
	}
	if slices.ContainsFunc(list, unapplied) {
		by, err := a.deployments(ctx)
		if err != nil {
			return err
		}
		for i, f := range list {
			if at := slices.IndexFunc(by, func(d deployed) bool { return d.takes(f.File) }); unapplied(f) && at >= 0 {
				list[i].State, list[i].Where = model.UnseenState, &by[at].where
				list[i].Reason = fmt.Sprintf("%s:%d deploys it by %s, which is not rendered", by[at].where.File, by[at].where.Line, by[at].tool)
			}
		}
	}
	document := func(f model.FileAccount) bool { return f.State == model.DocumentState && isInput(f.File) }
	if !slices.ContainsFunc(list, func(f model.FileAccount) bool { return unapplied(f) || document(f) }) {
		return nil
	}
	where, parameters, err := a.bootstrap(ctx)
	if err != nil || where == nil {
		return err
	}
	for i, f := range list {
		if unapplied(f) || document(f) && slices.ContainsFunc(parameters, func(p string) bool { return glob.Match(p, f.File) }) {
			list[i].State, list[i].Where = model.UnseenState, where
			list[i].Reason = fmt.Sprintf("Argo CD may apply it: %s:%d feeds a chart of Applications that is not rendered", where.File, where.Line)
		}
	}
	return nil
}

// openEnded are the classes of problems for which it is not known which files of the
// repository a target reads: a generator that is not followed, a source that others are
// put into. Of a plugin that is not run its configuration may say it.
var openEnded = []model.Class{model.UnsupportedSource, model.NeedsInclude}

// mayRead gives a target of either side that may read any file of the repository, and
// why.
func (a *accounting) mayRead() (string, *model.Problem) {
	for side, s := range []*model.Snapshot{a.of.Head, a.of.Base} {
		for i, t := range s.Targets {
			if t.Problem != nil && t.Status != model.StatusAbsent && a.of.readings[1-side][i].mayRead(t.Problem.Class) {
				return t.Target.ID, t.Problem
			}
		}
	}
	return "", nil
}

// isInput reports whether a generator or a program may take a file that is no
// manifest: what lies at the root is the repository's own.
func isInput(file string) bool {
	if path.Dir(file) == "." || strings.HasPrefix(file, ".") {
		return false
	}
	switch path.Ext(file) {
	case ".yaml", ".yml", ".json", ".jsonnet", ".libsonnet", ".cue", ".tpl", ".sh", ".py", ".star":
		return true
	}
	return false
}

// accounting gathers the readers of the files that differ.
type accounting struct {
	of      *Snapshots
	changed []string
	readers map[string]map[int]bool // file ▶ targets by index ▶ whether their builds read it
	steps   map[*step][]string      // those that were asked for ▶ what they read of the changed files
}

// among gives what a step reads of the files that differ.
func (a *accounting) among(s *step) []string {
	out, known := a.steps[s]
	if !known {
		for _, file := range s.paths {
			if _, ok := slices.BinarySearch(a.changed, file); ok {
				out = append(out, file)
			}
		}
		a.steps[s] = out
	}
	return out
}

// note adds a reader of a file, or of a directory that the change adds to or
// takes from. One whose build does not read it is made of what the file gives.
func (a *accounting) note(file string, target int, built bool) {
	if _, ok := slices.BinarySearch(a.changed, file); !ok {
		return
	}
	if a.readers[file] == nil {
		a.readers[file] = map[int]bool{}
	}
	a.readers[file][target] = built || a.readers[file][target]
}

// read is the account of a file that targets read: the worst of them counts.
func (a *accounting) read(file string) model.FileAccount {
	out := model.FileAccount{File: file, State: model.RenderedState}
	for _, i := range slices.Sorted(maps.Keys(a.readers[file])) {
		out.Targets = append(out.Targets, a.of.Head.Targets[i].Target.ID)
		if !a.readers[file][i] && a.unchanged(i) {
			continue // it is made of the same, whatever comes of that
		}
		state, problem := a.became(i)
		if stateRank[state] <= stateRank[out.State] {
			continue
		}
		out.State = state
		if problem != nil {
			out.Reason, out.Where = problem.Message, problem.Location
		}
	}
	slices.Sort(out.Targets)
	return out
}

var stateRank = map[model.State]int{
	model.DocumentState: 0, model.RenderedState: 1, model.UnappliedState: 2, model.PartialState: 3, model.UnseenState: 4,
}

// unchanged reports whether a target is made of the same on both sides.
func (a *accounting) unchanged(i int) bool {
	return a.of.Head.Targets[i].Status == model.StatusUnreached && a.of.Base.Targets[i].Status == model.StatusUnreached
}

// became is what became of one reader: the worse of its two sides.
func (a *accounting) became(i int) (model.State, *model.Problem) {
	out, why := model.RenderedState, (*model.Problem)(nil)
	for _, r := range []model.Rendered{a.of.Head.Targets[i], a.of.Base.Targets[i]} {
		state := model.RenderedState
		switch {
		case r.Status == model.StatusAbsent || r.Status == model.StatusRendered:
		case r.Comparable(), r.Status == model.StatusUnreached && r.Problem == nil:
			if r.Problem != nil {
				state = model.PartialState
			}
		default:
			state = model.UnseenState
		}
		if stateRank[state] > stateRank[out] {
			out, why = state, r.Problem
		}
	}
	return out, why
}

// unread is the account of a file that no target reads.
func (a *accounting) unread(file string, manifest bool) model.FileAccount {
	out := model.FileAccount{File: file, State: model.DocumentState, Targets: []string{}}
	base := path.Base(file)
	switch {
	case base == ".sourceignore" || base == ".krmignore":
		return out // what it leaves out is told by the targets that lose it
	case a.ownFile(file):
		return out
	case isKustomizationName(base):
		out.Reason = "no target includes this kustomization"
	case inAnyChart(a.of.Head.Tree, file), inAnyChart(a.of.Base.Tree, file):
		out.Reason = "it is of a chart that no target renders"
	case manifest:
		out.Reason = "no target applies this manifest"
	case isValuesName(base):
		out.Reason = "no target reads these values"
	default:
		return out
	}
	out.State = model.UnappliedState
	return out
}

// ownFile reports whether the file is Seaworthy's or GitHub's.
func (a *accounting) ownFile(file string) bool { return strings.HasPrefix(file, ".github/") }

// isValuesName reports whether people give a file of this name to a chart.
func isValuesName(base string) bool {
	ext := path.Ext(base)
	return (ext == ".yaml" || ext == ".yml") && strings.Contains(strings.ToLower(base), "values")
}

// inAnyChart reports whether a file lies in the directory of a Helm chart.
func inAnyChart(tree *model.Tree, file string) bool {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if e, ok := tree.Lookup(path.Join(dir, "Chart.yaml")); ok && e.Mode == model.File {
			return true
		}
		if dir == "." || dir == "/" {
			return false
		}
	}
}

// manifests tells which files hold Kubernetes objects, on the side that has them.
func (r *Renderer) manifests(ctx context.Context, s *Snapshots, scope string, files []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, side := range []*model.Snapshot{s.Head, s.Base} {
		g := &graph{tree: side.Tree, facts: map[string]task.Facts{}}
		var ask []task.ScanFile
		for _, file := range files {
			if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" && ext != ".json" || isKustomizationName(path.Base(file)) {
				continue
			}
			if e, ok := side.Tree.Lookup(file); ok && e.Mode == model.File && !out[file] {
				ask = append(ask, task.ScanFile{Path: file, As: task.ScanManifest})
			}
		}
		switch err := r.scan(ctx, g, scope, ask); {
		case err != nil && ctx.Err() == nil && sandbox.GaveUp(err): // what cannot be read is not called a document
			for _, f := range ask {
				out[f.Path] = true
			}
		case err != nil:
			return nil, fmt.Errorf("tell manifests from documents: %w", err)
		}
		for file, f := range g.facts {
			out[file] = out[file] || f.Objects > 0
		}
	}
	return out, nil
}

// reading is what one target's build could read or was told of.
type reading struct {
	closure *closure // nil for what is no directory by itself
	files   []string
	given   []string // from which the generators of an ApplicationSet make it
	open    bool     // a plugin takes part that may read any file
	bounded bool     // it reads no other files, though it is not followed
}

// mayRead reports whether any file of the repository may be read, for all that is known.
func (r reading) mayRead(class model.Class) bool {
	return r.open || !r.bounded && slices.Contains(openEnded, class)
}

// readings lists, for a side's targets in their order, the files of this
// repository that the builds could read or were told of.
func (p *pair) readings(side int, targets []model.Target) []reading {
	out := make([]reading, len(targets))
	for i, t := range targets {
		switch {
		case t.Kind == model.Helm:
			if u := p.helms.units[side][t.ID]; u != nil {
				out[i].files = u.files()
			}
		case t.Kind == model.ArgoCD:
			if u := p.apps[side].units[t.ID]; u != nil {
				out[i].files, out[i].given = u.files(p.graphs[side], p.changed, p.rooted), u.params
				out[i].bounded = u.bounded
				for _, dir := range u.dirs {
					out[i].open = out[i].open || p.graphs[side].closure(p.graphs[side].kindOf(dir), dir).open
				}
			}
		case t.Kind == model.Flux:
			if u := p.unit(side, t.ID); u != nil {
				out[i].files = append(u.files(), p.below(u)...)
				out[i].open = u.from != nil && u.from.graph != nil && u.from.graph.fluxClosure(u.work.task.Dir).open
			}
		case p.exists(side, t):
			out[i].closure = p.graphs[side].closure(t.Kind, t.Path)
			out[i].open = out[i].closure.open
			for _, told := range p.told[side][t.ID] {
				out[i].files = append(out[i].files, told.Path)
			}
		}
	}
	return out
}

// files are those of this repository that a release's chart is made of.
func (u *helmUnit) files() []string {
	a := u.chart.from
	if a == nil || a.tree == nil || !a.own {
		return nil
	}
	var out []string
	for _, p := range a.tree.Files() {
		if u.chart.dir == "." || strings.HasPrefix(p, u.chart.dir+"/") {
			out = append(out, a.place(p))
		}
	}
	for _, p := range u.chart.values {
		out = append(out, a.place(cleanPath(p)))
	}
	return out
}
