package render

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
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
	if a.Source != nil && len(a.Sources) == 0 { // beside sources it is not looked at
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

	isSet bool                        // it is an ApplicationSet's own
	set   *argoUnit                   // the ApplicationSet that makes it
	made  map[string]task.BuiltObject // of a set that is followed: its Applications by name; it builds nothing itself
}

// argoSide is what Argo CD applies on one side.
type argoSide struct {
	side       int
	build      *builder
	outside    *outside
	kubernetes string // the version that charts are rendered for
	unfollowed *unfollowed
	target     func(model.Kind, string) model.Target // makes one of a directory
	workers    int
	exclude    []string
	tree       *model.Tree
	graph      *graph
	flux       *fluxSide // nil where the side has no Flux
	base       *argoSide // nil for base itself

	units   map[string]*argoUnit             // by target
	entries map[string]model.Rendered        // roots and files that hold Applications, targets or not, by id
	own     map[string]bool                  // addresses by which this repository is known
	named   bool                             // some Application names it by one of them
	files   []string                         // those of them that are files: nothing in the repository applies them
	sets    map[model.ObjectID]*model.Object // ApplicationSets whose Applications are all known
	asked   map[string][]askedSet            // what became of sets, by what was asked
	ids     map[string]string                // of the units, by the plain id and their place
}

// argo finds both sides' Applications and builds what they apply.
func (p *pair) argo(ctx context.Context) error {
	for side, g := range p.graphs {
		a := &argoSide{side: side, build: p.build, outside: p.outside, kubernetes: p.req.Kubernetes, unfollowed: p.unfollowed, target: p.target, workers: p.renderer.workers, exclude: p.req.Exclude, tree: p.trees[side], graph: g, flux: p.sides[side],
			units: map[string]*argoUnit{}, entries: map[string]model.Rendered{}, sets: map[model.ObjectID]*model.Object{}, own: map[string]bool{}, asked: map[string][]askedSet{}, ids: map[string]string{}}
		for _, url := range p.req.Own {
			a.own[repositoryName(url)] = true
		}
		if side == 1 {
			a.base = p.apps[0]
		}
		p.apps[side] = a
		if g == nil || !p.req.Flux || len(g.argo) == 0 {
			continue
		}
		if err := a.follow(ctx); err != nil {
			return fmt.Errorf("find what Argo CD applies: %w", err)
		}
	}
	return nil
}

// follow follows Applications from the roots and files that hold some;
// one that applies further Applications leads on.
func (a *argoSide) follow(ctx context.Context) error {
	if a.flux == nil { // Argo CD takes a directory as it is: nothing below it is included
		a.graph.reapply(nil)
	}
	pending, err := a.found(ctx)
	if err != nil {
		return err
	}
	for generation := 0; len(pending) > 0; generation++ {
		a.supply(ctx, pending)
		if err := a.buildAll(ctx, pending); err != nil {
			return err
		}
		if err := a.buildAll(ctx, a.wanting(ctx, pending)); err != nil {
			return err
		}
		var next []*argoUnit
		for _, u := range pending {
			l := u.lineage()
			further, err := a.applications(ctx, a.build.rendered(a.side, u.target, u.out).Objects, l)
			if err != nil {
				return err
			}
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

// buildAll builds Applications at once.
func (a *argoSide) buildAll(ctx context.Context, units []*argoUnit) error {
	work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(a.workers)
	for _, u := range units {
		if u.stop != nil {
			u.out.Problem = u.stop
			continue
		}
		if u.made != nil {
			continue
		}
		work.Go(func(ctx context.Context) (err error) {
			u.out, err = a.build.do(ctx, u.work)
			return err
		})
	}
	return work.Wait()
}

// wanting gives the Applications whose charts lack dependencies, once these are fetched.
func (a *argoSide) wanting(ctx context.Context, units []*argoUnit) []*argoUnit {
	var out []*argoUnit
	var works []*work
	var wants [][]task.Packaged
	for _, u := range units {
		if u.stop == nil && len(u.out.Wants) > 0 {
			out, works, wants = append(out, u), append(works, &u.work), append(wants, u.out.Wants)
		}
	}
	if !a.outside.complete(ctx, a.side, works, wants) {
		return nil
	}
	return out
}

// found gives the Applications of the roots and files that hold some, and
// of what Flux applies.
func (a *argoSide) found(ctx context.Context) ([]*argoUnit, error) {
	g := a.graph
	open := map[string]bool{}
	for file := range g.argo {
		open[file] = true
	}
	var all []holding
	if f := a.flux; f != nil {
		for _, c := range f.sorted() {
			for _, id := range c.ids() {
				if h := c.index[id]; id.Group == task.ArgoGroup {
					all = append(all, holding{[]*model.Object{h.object}, h.unit.lineage(), h.unit.chain()})
				}
			}
		}
		for file := range f.covered {
			delete(open, file)
		}
	}
	for _, dir := range g.roots() {
		holds := false
		for _, file := range g.closure(model.Kustomize, dir).paths() {
			if open[file] {
				holds = true
				delete(open, file)
			}
		}
		if !holds || excluded(a.exclude, dir) {
			continue
		}
		t := a.target(model.Kustomize, dir)
		o, err := a.build.do(ctx, a.graph.work(t))
		if err != nil {
			return nil, err
		}
		a.entries[t.ID] = a.build.rendered(a.side, t, o)
		all = append(all, holding{a.entries[t.ID].Objects, &model.Lineage{Kind: model.Kustomize, Dir: dir}, []string{t.ID}})
	}
	files := make([]string, 0, len(open))
	for file := range open {
		if !excluded(a.exclude, path.Dir(file)) && !inChart(a.tree, file) && !a.insideApplied(file) {
			files = append(files, file)
		}
	}
	sort.Strings(files)
	for _, file := range files {
		t := a.target(model.Manifests, file)
		o, err := a.build.do(ctx, a.graph.work(t))
		if err != nil {
			return nil, err
		}
		entry := a.build.rendered(a.side, t, o)
		entry.Lineage = fileLineage(file)
		a.files, a.entries[t.ID] = append(a.files, file), entry
		all = append(all, holding{entry.Objects, entry.Lineage, []string{t.ID}})
	}
	for _, h := range all {
		a.named = a.named || slices.ContainsFunc(h.objects, a.namesOwn)
	}
	var out []*argoUnit
	for _, h := range all {
		apps, err := a.applications(ctx, h.objects, h.line)
		if err != nil {
			return nil, err
		}
		out = append(out, heldBy(apps, h.above)...)
	}
	return out, nil
}

// holding is what a root, a file or a Kustomization holds, and what leads to it.
type holding struct {
	objects []*model.Object
	line    *model.Lineage
	above   []string
}

// namesOwn reports whether an Application, or an ApplicationSet's template, takes a
// source of this repository by an address that it is known by.
func (a *argoSide) namesOwn(o *model.Object) bool {
	if o.ID.Group != task.ArgoGroup {
		return false
	}
	spec := specOf[struct {
		application
		Template struct {
			Spec application `json:"spec"`
		} `json:"template"`
	}](o)
	return slices.ContainsFunc(append(spec.all(), spec.Template.Spec.all()...), func(s argoSource) bool { return a.own[repositoryName(s.RepoURL)] })
}

// foreign reports whether a source is another repository for certain: others name this
// one by an address that it is known by. In a fork none does.
func (a *argoSide) foreign(s argoSource) bool {
	return a.named && strings.Contains(s.RepoURL, "://") && !a.own[repositoryName(s.RepoURL)]
}

// fileLineage is that of a file that nothing in the repository applies, and that holds
// what leads to more: it is a target by itself.
func fileLineage(file string) *model.Lineage {
	return &model.Lineage{Kind: model.Manifests, Dir: path.Dir(file), File: file}
}

// insideApplied reports whether an Application applies the directory of a file:
// the Application leads to it then.
func (a *argoSide) insideApplied(file string) bool {
	for holder, facts := range a.graph.argo {
		for _, dir := range facts.Applied {
			if holder != file && cleanPath(dir) == path.Dir(file) {
				return true
			}
		}
	}
	return false
}

// applications makes units of the Applications among objects that are not known
// yet.
func (a *argoSide) applications(ctx context.Context, objects []*model.Object, line *model.Lineage) ([]*argoUnit, error) {
	var out []*argoUnit
	for _, o := range objects {
		if o.ID.Group != task.ArgoGroup {
			continue
		}
		var apps []*argoUnit
		switch o.ID.Kind {
		case "Application":
			u, err := a.unit(ctx, o.ID.Namespace, o.ID.Name, specOf[application](o))
			if err != nil {
				return nil, err
			}
			apps = []*argoUnit{u}
			if problem := a.unfollowed.problem(o); problem != nil {
				apps[0].stop = problem
			}
		case "ApplicationSet":
			var err error
			if apps, err = a.applicationSet(ctx, o); err != nil {
				return nil, err
			}
		}
		for _, u := range apps {
			u.object, u.line = o, line
			if len(a.units) == maxUnits {
				u.stop = tooMany("there are more than %d Applications: it, and those after it, are not followed", maxUnits)
			}
			if len(a.units) <= maxUnits && a.admit(u) {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// admit gives a unit an id of its own; false where it is known already. Two Applications
// may have one name: in two clusters' directories, each of which has an Argo CD of its
// own, or in two namespaces. The first has the plain id, the others that and where they
// stand; head's have the ids that base's of the same places have.
func (a *argoSide) admit(u *argoUnit) bool {
	plain, at := u.target.ID, u.place()
	id := plain
	if a.base != nil && a.base.ids[plain+at] != "" {
		id = a.base.ids[plain+at]
	}
	for _, next := range []string{id, plain + "@" + u.object.ID.Namespace, plain + "@" + at} {
		known, taken := a.units[next]
		if taken && known.object.ID == u.object.ID && known.object.Sum == u.object.Sum && known.isSet == u.isSet {
			return false
		}
		if !taken {
			u.target.ID, u.work.target = next, next
			a.units[next], a.ids[plain+at] = u, next
			return true
		}
	}
	return false
}

// place is where the object of a unit stands, and its namespace.
func (u *argoUnit) place() string {
	at := u.object.ID.Namespace
	switch {
	case u.isSet:
		at += ":set"
	case u.set != nil:
		at += ":of " + u.object.ID.Name
	}
	if u.line != nil {
		at += ":" + cmp.Or(u.line.File, u.line.Dir)
		if u.line.By != nil {
			at += ":" + u.line.By.Name
		}
	}
	return at
}

func tooMany(format string, most int) *model.Problem {
	return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf(format, most)}
}

// destination names the cluster that an Application deploys to.
func (a application) destination() string {
	if a.Destination.Name != "" {
		return model.RedactedName(a.Destination.Name)
	}
	if u, err := url.Parse(a.Destination.Server); err == nil && u.Host != "" && u.Hostname() != "kubernetes.default.svc" {
		return strings.TrimSuffix(u.Host, ":443") + strings.ReplaceAll(strings.TrimSuffix(u.EscapedPath(), "/"), "/", ":")
	}
	return "in-cluster"
}

// argoRendered gives both sides of an Application.
func (p *pair) argoRendered(t model.Target) [2]model.Rendered {
	var out [2]model.Rendered
	units := [2]*argoUnit{p.apps[0].units[t.ID], p.apps[1].units[t.ID]}
	if units[0] != nil && units[1] != nil && units[0].made != nil && units[1].made != nil {
		return p.setRendered(t, units)
	}
	for side, u := range units {
		if u == nil || u.made != nil {
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
		out[side] = p.build.rendered(side, t, o)
		out[side].Lineage = u.lineage()
	}
	if units[0] != nil && units[1] == nil && units[0].made == nil {
		out[0].Lineage.Unmade = p.apps[1].unmade(units[0])
	}
	if units[0] == nil || units[1] == nil {
		return out
	}
	if why := movedSource(units); why != "" && units[1].stop == nil {
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

// lineage says how an Application came to be.
func (u *argoUnit) lineage() *model.Lineage {
	by := u.object.ID
	l := &model.Lineage{Kind: model.ArgoCD, By: &by, Parent: u.line}
	l.Elsewhere = len(u.fetched()) > 0
	if u.set != nil && u.work.task.Argo != nil {
		for _, part := range u.work.task.Argo.Parts {
			if part.Helm != nil {
				l.ValueFiles = append(l.ValueFiles, part.Helm.ValueFiles...)
			}
		}
	}
	if len(u.dirs) == 1 {
		l.Dir = u.dirs[0]
	} else {
		l.Dirs = u.dirs
	}
	return l
}

// movedSource says that an Application reads another repository or revision than it
// did: only one of them is the tree that is at hand, and nobody knows which.
func movedSource(units [2]*argoUnit) string {
	was, is := units[0].spec.all(), units[1].spec.all()
	if len(was) != len(is) {
		return ""
	}
	for i := range is {
		if units[0].asked(was[i]) && units[1].asked(is[i]) {
			continue
		}
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

// asked reports whether a source of another repository was asked for: what it brings is
// there to be seen, or said to be missing.
func (u *argoUnit) asked(s argoSource) bool {
	return slices.ContainsFunc(u.fetched(), func(p *task.ArgoPart) bool {
		return p.Git != nil && p.Git.URL == s.RepoURL && p.Git.Revision == s.TargetRevision && p.Dir == cleanPath(s.Path)
	})
}

// sameArgo reports whether an Application is built from the same on both sides. Of
// one that is not built, all that it names counts.
func (p *pair) sameArgo(base, head *argoUnit) bool {
	if base.work.sum != head.work.sum || (base.stop == nil) != (head.stop == nil) || (base.out.Problem == nil) != (head.out.Problem == nil) {
		return false
	}
	if head.out.Problem != nil && (p.touchesAny(base.files(p.graphs[0], p.changed)) || p.touchesAny(head.files(p.graphs[1], p.changed))) {
		return false
	}
	if head.stop != nil {
		return base.object.Sum == head.object.Sum
	}
	return head.out.trace.Holds(base.work.trees...)
}
