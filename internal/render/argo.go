package render

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"github.com/sourcegraph/conc/pool"
)

// application are the fields of an Argo CD Application's spec that say what is
// applied.
type application struct {
	Source      *argoSource  `json:"source,omitempty"`
	Sources     []argoSource `json:"sources,omitempty"`
	Project     string       `json:"project,omitempty"`
	Destination struct {
		Name      string `json:"name,omitempty"`
		Server    string `json:"server,omitempty"`
		Namespace string `json:"namespace,omitempty"`
	} `json:"destination"`
}

// argoSource is one source of an Application.
type argoSource struct {
	RepoURL        string              `json:"repoURL"`
	Path           string              `json:"path,omitempty"`
	Chart          string              `json:"chart,omitempty"`
	TargetRevision string              `json:"targetRevision,omitempty"`
	Ref            string              `json:"ref,omitempty"`
	Kustomize      json.RawMessage     `json:"kustomize,omitempty"`
	Directory      *task.ArgoDirectory `json:"directory,omitempty"`
	Helm           *task.ArgoHelm      `json:"helm,omitempty"`
	Plugin         json.RawMessage     `json:"plugin,omitempty"`
}

// all are the sources, however many there are.
func (a application) all() []argoSource {
	if a.Source != nil {
		return []argoSource{*a.Source}
	}
	return a.Sources
}

// argoUnit is one Application of a side.
type argoUnit struct {
	target model.Target
	object *model.Object
	line   *model.Lineage // of what holds the Application
	above  []string       // ids of the targets that hold it, nearest first; unknown for a file by itself
	spec   application
	dirs   []string // of this repository
	values []string // files of this repository that charts are given
	below  []string // directories of this repository of which it is not known which it applies
	out    outcome
	work   work
	stop   *model.Problem
}

// argo finds both sides' Applications and builds what they apply.
func (p *pair) argo(ctx context.Context) error {
	for _, side := range []int{0, 1} {
		p.apps[side], p.entries[side] = map[string]*argoUnit{}, map[string]model.Rendered{}
		if g := p.graphs[side]; g == nil || !p.req.Flux || len(g.argo) == 0 {
			continue
		}
		if err := p.applications(ctx, side); err != nil {
			return fmt.Errorf("find what Argo CD applies: %w", err)
		}
	}
	return nil
}

// applications follows Applications from the roots and files that hold some;
// one that applies further Applications leads on.
func (p *pair) applications(ctx context.Context, side int) error {
	if p.sides[side] == nil { // Argo CD takes a directory as it is: nothing below it is included
		p.graphs[side].reapply(nil)
	}
	pending, err := p.argoEntries(ctx, side)
	if err != nil {
		return err
	}
	for generation := 0; len(pending) > 0; generation++ {
		work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(p.renderer.workers)
		for _, u := range pending {
			if u.stop != nil {
				u.out.Problem = u.stop
				continue
			}
			work.Go(func(ctx context.Context) (err error) {
				u.out, err = p.do(ctx, u.work)
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		var next []*argoUnit
		for _, u := range pending {
			l := &model.Lineage{Kind: model.ArgoCD, By: &u.object.ID, Parent: u.line}
			if len(u.dirs) == 1 {
				l.Dir = u.dirs[0]
			}
			further := p.argoUnits(side, p.rendered(side, u.target, u.out).Objects, l)
			if generation == maxGenerations {
				for _, more := range further {
					more.stop = tooMany("Applications apply one another more than %d times in a row: it is not followed", maxGenerations)
					more.out.Problem = more.stop
				}
				continue
			}
			next = append(next, heldBy(further, append([]string{u.target.ID}, u.above...))...)
		}
		pending = next
	}
	return nil
}

// argoEntries gives the Applications of the roots and files that hold some, and
// of what Flux applies.
func (p *pair) argoEntries(ctx context.Context, side int) ([]*argoUnit, error) {
	g := p.graphs[side]
	open := map[string]bool{}
	for file := range g.argo {
		open[file] = true
	}
	var out []*argoUnit
	if f := p.sides[side]; f != nil {
		for _, c := range f.sorted() {
			for _, id := range c.ids() {
				if h := c.index[id]; id.Group == task.ArgoGroup {
					out = append(out, heldBy(p.argoUnits(side, []*model.Object{h.object}, h.unit.lineage()), h.unit.chain())...)
				}
			}
		}
		for file := range f.covered {
			delete(open, file)
		}
	}
	for _, dir := range g.roots() {
		holds := false
		for _, file := range g.closure(model.Kustomize, dir).paths {
			if open[file] {
				holds = true
				delete(open, file)
			}
		}
		if !holds || excluded(p.req.Exclude, dir) {
			continue
		}
		t := p.target(model.Kustomize, dir)
		o, err := p.do(ctx, p.plainWork(side, t))
		if err != nil {
			return nil, err
		}
		p.entries[side][t.ID] = p.rendered(side, t, o)
		held := p.argoUnits(side, p.entries[side][t.ID].Objects, &model.Lineage{Kind: model.Kustomize, Dir: dir})
		out = append(out, heldBy(held, []string{t.ID})...)
	}
	files := make([]string, 0, len(open))
	for file := range open {
		if !excluded(p.req.Exclude, path.Dir(file)) && !inChart(p.trees[side], file) && !p.insideApplied(side, file) {
			files = append(files, file)
		}
	}
	sort.Strings(files)
	for _, file := range files {
		want := task.Build{Kind: model.Manifests, Dir: path.Dir(file), File: file}
		o, err := p.do(ctx, work{target: "file:" + file, dir: file, task: want, sum: task.SumOf(want), trees: []*model.Tree{p.trees[side]}, ahead: [][]string{{file}}})
		if err != nil {
			return nil, err
		}
		l := &model.Lineage{Kind: model.Manifests, Dir: path.Dir(file), File: file}
		out = append(out, p.argoUnits(side, p.rendered(side, model.Target{}, o).Objects, l)...)
	}
	return out, nil
}

// insideApplied reports whether an Application applies the directory of a file:
// the Application leads to it then.
func (p *pair) insideApplied(side int, file string) bool {
	for holder, facts := range p.graphs[side].argo {
		for _, dir := range facts.Applied {
			if holder != file && cleanPath(dir) == path.Dir(file) {
				return true
			}
		}
	}
	return false
}

// argoUnits makes units of the Applications among objects that are not known
// yet.
func (p *pair) argoUnits(side int, objects []*model.Object, line *model.Lineage) []*argoUnit {
	var out []*argoUnit
	for _, o := range objects {
		if o.ID.Group != task.ArgoGroup {
			continue
		}
		var apps []*argoUnit
		switch o.ID.Kind {
		case "Application":
			apps = []*argoUnit{p.argoUnit(side, o.ID.Name, specOf[application](o))}
			if problem := p.notFollowed(o); problem != nil {
				apps[0].stop = problem
			}
		case "ApplicationSet":
			apps = p.applicationSet(side, o)
		}
		for _, u := range apps {
			u.object, u.line = o, line
			if len(p.apps[side]) == maxUnits {
				u.stop = tooMany("there are more than %d Applications: it, and those after it, are not followed", maxUnits)
			}
			if _, known := p.apps[side][u.target.ID]; !known && len(p.apps[side]) <= maxUnits {
				p.apps[side][u.target.ID] = u
				out = append(out, u)
			}
		}
	}
	return out
}

func tooMany(format string, most int) *model.Problem {
	return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf(format, most)}
}

// maxSelecting is how often one side's directories are held against the patterns
// of its ApplicationSets.
const maxSelecting = 10_000_000

// destination names the cluster that an Application deploys to.
func (a application) destination() string {
	if a.Destination.Name != "" {
		return model.RedactedName(a.Destination.Name)
	}
	if u, err := url.Parse(a.Destination.Server); err == nil && u.Host != "" && u.Hostname() != "kubernetes.default.svc" {
		return u.Hostname()
	}
	return "in-cluster"
}

// argoUnit plans the build of an Application.
func (p *pair) argoUnit(side int, name string, spec application) *argoUnit {
	cluster := spec.destination()
	u := &argoUnit{spec: spec, target: model.Target{ID: "argocd:" + cluster + "/" + name, Kind: model.ArgoCD, Cluster: cluster, Path: "."}}
	sources := spec.all()
	tree, g := p.trees[side], p.graphs[side]
	want := task.Build{Kind: model.ArgoCD, Argo: &task.Argo{Name: name, Namespace: spec.Destination.Namespace}}
	w := work{target: u.target.ID, dir: u.target.ID, trees: []*model.Tree{tree}, ahead: [][]string{nil}}
	for _, s := range sources {
		if s.Ref != "" && s.Path == "" && s.Chart == "" {
			if pinned(s.TargetRevision) {
				u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("its values are read at the revision `%s`, which is not the one that is reviewed", model.RedactedName(s.TargetRevision))}
				return u
			}
			continue // only a name for values files
		}
		s, problem := s.inEnvironment(name, spec)
		helm, missing := u.valueFiles(tree, s)
		if problem == nil {
			problem = missing
		}
		if problem != nil {
			u.stop = problem
			if s.Path != "" {
				u.below = append(u.below, strings.TrimPrefix(cleanPath(s.Path), "."))
			}
			return u
		}
		dir := cleanPath(s.Path)
		e, ok := tree.Lookup(dir)
		switch {
		case s.Chart != "", s.Path == "", !ok && strings.Contains(s.RepoURL, "://") && !p.readHere(side, u.target.ID, s.RepoURL):
			u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("its source %s lies outside the repository", sourceName(model.SourceRef{URL: s.RepoURL}))}
			return u
		case len(s.Plugin) > 0:
			u.below = append(u.below, dir)
			u.stop = &model.Problem{Class: model.UnsupportedSource, Message: "its source is made by a plugin, which a review does not run"}
			return u
		case pinned(s.TargetRevision):
			u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("it is applied from the revision `%s` of this repository, which is not the one that is reviewed", model.RedactedName(s.TargetRevision))}
			return u
		case !ok || e.Mode != model.Dir:
			u.stop = &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`path` names `%s`, which does not exist", dir)}
			return u
		}
		for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + name + ".yaml"} {
			file := path.Join(dir, name)
			if _, ok := tree.Lookup(file); ok {
				u.below = append(u.below, dir)
				u.stop = &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("`%s` alters its source, which is not followed here", file),
					Location: &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}}
				return u
			}
		}
		if len(u.dirs) == 0 {
			u.target.Path = dir
		}
		u.dirs = append(u.dirs, dir)
		want.Argo.Parts = append(want.Argo.Parts, task.ArgoPart{Dir: dir, Kustomize: s.Kustomize, Directory: s.Directory, Helm: helm})
		c := g.closure(g.kindOf(dir), dir)
		w.ahead[0], w.retire = append(w.ahead[0], c.paths...), w.retire || c.global
	}
	if len(u.dirs) > 0 {
		w.dir = u.dirs[0]
	}
	w.task, w.sum = want, task.SumOf(want)
	u.work = w
	return u
}

// version matches what is a tag and hardly a branch.
var version = regexp.MustCompile(`^(v?\d+\.\d+(\.\d+)?([-+.].*)?|[0-9a-f]{40}|refs/tags/.*)$`)

// pinned reports whether a revision is a tag or a commit: what is reviewed is a
// branch's, and only what follows that branch gets it.
func pinned(revision string) bool { return version.MatchString(revision) }

// readHere reports whether the other side of an Application found this URL's
// directory in this repository: then a path that does not exist is a mistake, and
// not a path of another repository. The base is planned first.
func (p *pair) readHere(side int, id, repoURL string) bool {
	other := p.apps[1-side][id]
	if other == nil || other.stop != nil {
		return false
	}
	return slices.ContainsFunc(other.spec.all(), func(s argoSource) bool {
		return s.RepoURL == repoURL && slices.Contains(other.dirs, cleanPath(s.Path))
	})
}

// argoRendered gives both sides of an Application.
func (p *pair) argoRendered(t model.Target) [2]model.Rendered {
	var out [2]model.Rendered
	units := [2]*argoUnit{p.apps[0][t.ID], p.apps[1][t.ID]}
	for side, u := range units {
		if u == nil {
			out[side] = model.Rendered{Target: t, Status: model.StatusAbsent, Reused: true}
			continue
		}
		o := u.out
		if o.Problem != nil && o.Problem.Location == nil {
			problem := *o.Problem
			if u.line != nil && u.line.File != "" {
				problem.Location = &model.Position{File: u.line.File, Line: 1, EndLine: 1, Precision: model.AtFile}
			}
			o.Problem = &problem
		}
		out[side] = p.rendered(side, t, o)
		by := u.object.ID
		out[side].Lineage = &model.Lineage{Kind: model.ArgoCD, By: &by, Parent: u.line}
		if len(u.dirs) == 1 {
			out[side].Lineage.Dir = u.dirs[0]
		}
	}
	if units[0] != nil && units[1] == nil {
		out[0].Lineage.Unmade = p.unmade(units[0])
	}
	if units[0] == nil || units[1] == nil {
		return out
	}
	if why := movedSource(units[0].spec, units[1].spec); why != "" && units[1].stop == nil {
		problem := &model.Problem{Class: model.SourceUnreachable, Message: why}
		if out[1].Problem != nil {
			problem.Location = out[1].Problem.Location
		}
		for side := range out {
			out[side].Problem, out[side].Status, out[side].Objects, out[side].Context = problem, model.StatusIncomplete, nil, false
		}
		return out
	}
	if !p.req.All && p.sameArgo(units[0], units[1]) {
		for side := range out {
			out[side].Context = out[side].Known()
			out[side].Status, out[side].Reused = model.StatusUnreached, true
		}
	}
	return out
}

// movedSource says that an Application reads another repository or revision than it
// did: only one of them is the tree that is at hand, and nobody knows which.
func movedSource(base, head application) string {
	was, is := base.all(), head.all()
	if len(was) != len(is) {
		return ""
	}
	for i := range is {
		if was[i].Chart != "" || is[i].Chart != "" || was[i].Path == "" && is[i].Path == "" && is[i].Ref == "" {
			continue
		}
		if was[i].TargetRevision != is[i].TargetRevision && !slices.Contains([]string{"", "HEAD"}, was[i].TargetRevision+is[i].TargetRevision) {
			return fmt.Sprintf("it follows `%s` now, and `%s` before: what is there is not what is reviewed", model.RedactedName(is[i].TargetRevision), model.RedactedName(was[i].TargetRevision))
		}
		if repositoryName(was[i].RepoURL) != repositoryName(is[i].RepoURL) {
			return fmt.Sprintf("its source is another repository now: %s", sourceName(model.SourceRef{URL: is[i].RepoURL}))
		}
	}
	return ""
}

// sameArgo reports whether an Application is built from the same on both sides. Of
// one that is not built, all that it names counts.
func (p *pair) sameArgo(base, head *argoUnit) bool {
	if base.work.sum != head.work.sum || (base.stop == nil) != (head.stop == nil) || (base.out.Problem == nil) != (head.out.Problem == nil) {
		return false
	}
	if head.out.Problem != nil && (p.touchesAny(p.argoFiles(0, base)) || p.touchesAny(p.argoFiles(1, head))) {
		return false
	}
	if head.stop != nil {
		return base.object.Sum == head.object.Sum
	}
	return head.out.trace.Holds(base.work.trees...)
}
