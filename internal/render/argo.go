package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
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
	SyncPolicy struct {
		Automated *struct {
			Enabled    *bool `json:"enabled"`
			Prune      bool  `json:"prune"`
			AllowEmpty bool  `json:"allowEmpty"`
		} `json:"automated"`
	} `json:"syncPolicy,omitzero"`
}

// keepsLast reports whether an automated sync of an Application refuses to delete all
// that it has (argo-cd v3, controller autoSync).
func (a application) keepsLast() bool {
	auto := a.SyncPolicy.Automated
	return auto != nil && auto.Prune && !auto.AllowEmpty && (auto.Enabled == nil || *auto.Enabled)
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
	asks   []string // patterns of files that its generators may read
	// bounded: below, asks and the rest is all that it could read, though it is not followed.
	bounded bool
	// leads: it applies kustomizations among these as they are, nobody knows which.
	leads  bool
	out    outcome
	work   work
	stop   *model.Problem
	params []string // files of this repository that a generator reads for it
	by     []string // generators of its set that make it, or elements of a list
	lacks  bool     // stop says that its one source is not to be had
	// overridden: files beside a source alter it.
	overridden bool
	parts      []int // of the sources that are built: where they stand among all

	isSet  bool                        // it is an ApplicationSet's own
	set    *argoUnit                   // the ApplicationSet that makes it
	called string                      // what that calls it
	sum    string                      // of what that makes of it
	made   map[string]task.BuiltObject // of a set that is followed: its Applications by name; it builds nothing itself
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
	clusters   map[string]string // what the repository's file calls them, by destination
	tree       *model.Tree
	graph      *graph
	flux       *fluxSide // nil where the side has no Flux
	base       *argoSide // nil for base itself

	units   map[string]*argoUnit             // by target
	entries map[string]model.Rendered        // roots and files that hold Applications, targets or not, by id
	own     map[string]bool                  // addresses by which this repository is known
	mirrors map[string]bool                  // and these without their hosts
	named   bool                             // some Application names it by one of them
	files   []string                         // those of them that are files: nothing in the repository applies them
	sets    map[model.ObjectID]*model.Object // ApplicationSets whose Applications are all known
	scan    func(context.Context, []task.ScanFile) (map[string]task.Facts, error)
	plugins map[string]bool       // that the tree defines, once asked for: whether they only build kustomizations
	asked   map[string][]askedSet // what became of sets, by what was asked
	ids     map[string]string     // of the units, by the plain id and their place
}

// argo finds both sides' Applications and builds what they apply.
func (p *pair) argo(ctx context.Context) error {
	for side, g := range p.graphs {
		a := &argoSide{side: side, build: p.build, outside: p.outside, kubernetes: p.req.Kubernetes, unfollowed: p.unfollowed, target: p.target, workers: p.renderer.workers, exclude: p.req.Exclude, clusters: byDestination(p.req.Destinations), tree: p.trees[side], graph: g, flux: p.sides[side],
			units: map[string]*argoUnit{}, entries: map[string]model.Rendered{}, sets: map[model.ObjectID]*model.Object{}, own: map[string]bool{}, mirrors: map[string]bool{}, asked: map[string][]askedSet{}, ids: map[string]string{}}
		for _, url := range p.req.Own {
			a.own[model.RepositoryName(url)], a.mirrors[pathOf(model.RepositoryName(url))] = true, true
		}
		if side == 1 {
			a.base = p.apps[0]
		}
		a.scan = func(ctx context.Context, files []task.ScanFile) (map[string]task.Facts, error) {
			of := &graph{tree: a.tree, facts: map[string]task.Facts{}}
			err := p.renderer.scan(ctx, of, p.req.Scope, files)
			return of.facts, err
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
	held, loose, err := a.holding(ctx)
	if err != nil {
		return err
	}
	for { // what an Application applies leads on from there, and not by itself
		if err := a.lead(ctx, held); err != nil {
			return err
		}
		loose = slices.DeleteFunc(loose, func(h holding) bool { return a.applies(h) })
		if len(loose) == 0 {
			return nil
		}
		a.admitFile(loose[0])
		held, loose = loose[:1], loose[1:]
	}
}

// lead follows the Applications that are held, and those that they lead to.
func (a *argoSide) lead(ctx context.Context, held []holding) error {
	var pending []*argoUnit
	for _, h := range held {
		apps, err := a.applications(ctx, h.objects, h.line)
		if err != nil {
			return err
		}
		pending = append(pending, heldBy(apps, h.above)...)
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
		if u.stop != nil && !u.lacks {
			u.out.Problem = u.stop
			continue
		}
		if u.made != nil {
			continue
		}
		work.Go(func(ctx context.Context) (err error) {
			u.out, err = a.build.do(ctx, u.work)
			if u.lacks { // nothing of it is applied; what the chart is given is asked for
				u.out.Built = task.Built{Problem: u.stop, Handed: u.out.Handed}
			}
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
	return slices.ContainsFunc(append(spec.all(), spec.Template.Spec.all()...), func(s argoSource) bool { return a.own[model.RepositoryName(s.RepoURL)] })
}

// foreign reports whether a source is another repository for certain: others name this
// one by an address that it is known by. In a fork none does. One of the same name on
// another host may be a mirror of this one.
func (a *argoSide) foreign(s argoSource) bool {
	name := model.RepositoryName(s.RepoURL)
	return a.named && strings.Contains(s.RepoURL, "://") && !a.own[name] && !a.mirrors[pathOf(name)]
}

// pathOf is a repository's name without its host.
func pathOf(name string) string {
	_, rest, _ := strings.Cut(name, "/")
	return rest
}

// fileLineage is that of a file that nothing in the repository applies, and that holds
// what leads to more: it is a target by itself.
func fileLineage(file string) *model.Lineage {
	return &model.Lineage{Kind: model.Manifests, Dir: path.Dir(file), File: file}
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
				u.bounded = (u.stop == nil || !slices.Contains(openEnded, u.stop.Class)) && len(problem.Field) > 1 && !strings.HasPrefix(problem.Field[1].Field, "source")
				u.stop = problem
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

func tooMany(format string, most int) *model.Problem {
	return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf(format, most)}
}
