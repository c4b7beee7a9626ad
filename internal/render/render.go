// Package render turns a Tree into a Snapshot: it finds the targets, decides
// which of them a change can reach, and builds those in sandboxed children,
// base and head at once. It is the only importer of Kustomize's, Helm's and
// Flux's packages. It never touches a checkout, the network or a program.
package render

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"github.com/sourcegraph/conc/pool"
)

// Renderer renders trees through a sandbox and remembers what it built.
type Renderer struct {
	runner  sandbox.Runner
	cache   *Cache
	workers int
}

// New makes a Renderer; workers is how many builds run at once.
func New(runner sandbox.Runner, cache *Cache, workers int) *Renderer {
	return &Renderer{runner: runner, cache: cache, workers: max(1, workers)}
}

// Recall reads what is remembered of a scope, which the first render else waits for.
func (r *Renderer) Recall(scope string) {
	r.cache.mu.Lock()
	defer r.cache.mu.Unlock()
	r.cache.open(scope)
}

// Aside renders as this one does, and remembers the same, with one build at a time:
// for what nobody waits for.
func (r *Renderer) Aside() *Renderer { return New(r.runner, r.cache, 1) }

// Request asks for the two snapshots of a change.
type Request struct {
	Base, Head *model.Tree // Base may be nil: a whole tree is rendered then
	Scope      string      // tenant and trust: what the cache and the children are kept apart by
	Only       []string    // target ids; empty means all that are discovered
	Exclude    []string    // globs of target directories that are no targets
	Reveal     bool        // keep secrets readable; nothing is remembered then
	// All renders targets that the change cannot reach too.
	All bool
	// ContextLimit is the number of targets up to which those that the change
	// cannot reach are rendered once, so that cross-object rules see all.
	ContextLimit int
	// Clusters maps a directory to the name of the cluster that applies the
	// targets below it.
	Clusters map[string]string
	// Destinations maps the name or server of a destination of Argo CD to that of its
	// cluster.
	Destinations map[string]string
	// Kubernetes is the version that charts are rendered for, such as "1.33"; ""
	// is the newest that is known.
	Kubernetes string
	// Flux renders what Flux would apply; without it, every root alone.
	Flux bool
	// Own are URLs of the repository itself: a source of such a URL is this one.
	Own []string
	// Sources fetches what lies outside the repository; nil fetches nothing.
	Sources Sources
	// Untrusted: head may fetch only what base names, or what Allowed lists: hosts
	// or the beginnings of URLs.
	Untrusted bool
	Allowed   []string
	// Moved is a source that differs between the sides; nil for none.
	Moved *Moved
	// Built is told, from any goroutine, how many builds were begun; nil tells nobody.
	Built func(n int)
}

// Stats counts what was done.
type Stats struct {
	Targets  int // of both sides, counted once
	Rendered int // builds done, both sides counted
	Reused   int // sides that needed no build
}

// Pair renders both sides. A target that does not render is data in its
// snapshot; the error is for what stops everything.
func (r *Renderer) Pair(ctx context.Context, req Request) (out *Snapshots, err error) {
	defer r.cache.flush(req.Scope)
	run := &pair{renderer: r, req: req, build: newBuilder(r, req), outside: newOutside(req), unfollowed: newUnfollowed(), leftOut: leftOut{by: map[string]map[string]bool{}}, trees: [2]*model.Tree{req.Base, req.Head},
		told: [2]map[string]sandbox.Trace{{}, {}}}
	for i, tree := range run.trees {
		if tree == nil {
			continue
		}
		if run.graphs[i], err = r.graph(ctx, tree, req.Scope, run.graphs[0]); err != nil {
			return nil, err
		}
		if run.build.remotes[i], err = run.graft(ctx, i); err != nil {
			return nil, err
		}
		run.trees[i], run.graphs[i] = run.build.remotes[i].tree, run.build.remotes[i].graph
		run.graphs[i].kubernetes = req.Kubernetes
	}
	if err := run.flux(ctx); err != nil {
		return nil, err
	}
	run.helm(ctx)
	if err := run.argo(ctx); err != nil {
		return nil, err
	}
	targets, err := run.targets()
	if err != nil {
		return nil, err
	}
	run.changed = changedPaths(run.trees[0], run.trees[1])
	snapshots := [2]*model.Snapshot{}
	for i, side := range []model.Side{model.Base, model.Head} {
		if tree := []*model.Tree{req.Base, req.Head}[i]; tree != nil {
			snapshots[i] = &model.Snapshot{Side: side, Tree: tree, Targets: make([]model.Rendered, len(targets))}
		}
	}
	if err := run.render(ctx, targets, snapshots); err != nil {
		return nil, err
	}
	targets = run.withoutLeftovers(targets, snapshots)
	for _, s := range snapshots {
		req.Moved.look(s)
	}
	stats := Stats{Targets: len(targets), Rendered: int(run.build.builds.Load())}
	for _, s := range snapshots {
		if s != nil {
			stats.Reused += len(targets)
		}
	}
	// Files that hold Argo CD's Applications are built and are no targets.
	stats.Reused = max(0, stats.Reused-stats.Rendered)
	return &Snapshots{Base: snapshots[0], Head: snapshots[1], Stats: stats, graphs: run.graphs, remotes: run.build.remotes, readings: run.read(targets), makers: [2]makers{run.makers(0), run.makers(1)}, units: run.headUnits(), Unfollowed: slices.Sorted(maps.Keys(run.unfollowed.names))}, nil
}

// Snapshots are the two sides of a Pair, with what is known of which files the
// targets read.
type Snapshots struct {
	Base, Head *model.Snapshot // Base is nil where only a tree was asked for
	Stats      Stats
	// Unfollowed names fields that are set and not followed here: Kind.spec.field.
	Unfollowed []string
	graphs     [2]*graph
	remotes    [2]*grafted      // the trees that were built
	readings   [2][]reading     // by side and target: files that its build could read
	makers     [2]makers        // charts from outside that make Applications
	units      map[string]*unit // head's Flux targets, by id
}

// Built is the tree of a side that was built: with the remote bases that it names. It
// is empty where there was none.
func (s *Snapshots) Built(side int) *model.Tree {
	if g := s.remotes[side]; g != nil {
		return g.tree
	}
	return model.NewTree("", nil, blobs{})
}

// Place moves a position in a remote base to the line of the repository that names it;
// nil where there is none.
func (s *Snapshots) Place(t model.Target, at *model.Position) *model.Position {
	side := 1
	if at != nil && at.Side == model.Base {
		side = 0
	}
	return s.remotes[side].place(t, at)
}

// pair is one run of Pair.
type pair struct {
	renderer *Renderer
	req      Request
	trees    [2]*model.Tree
	graphs   [2]*graph
	sides    [2]*fluxSide // what Flux applies; nil where the side has no Flux
	helms    *releases
	apps     [2]*argoSide    // what Argo CD applies; empty where the side has no Applications
	changed  []string        // sorted
	rooted   map[string]bool // those that kustomizations read which are targets by themselves

	build      *builder
	outside    *outside
	unfollowed *unfollowed
	leftOut    leftOut

	mu   sync.Mutex
	told [2]map[string]sandbox.Trace // of directories that were built, by target
}

func (p *pair) render(ctx context.Context, targets []model.Target, snapshots [2]*model.Snapshot) error {
	p.rooted = p.readByRoots(targets)
	reached := make([]bool, len(targets))
	flux := func(t model.Target) bool {
		return t.Kind == model.Flux || t.Kind == model.Helm || t.Kind == model.ArgoCD
	}
	for i, t := range targets { // before any build: the graphs remember closures unguarded
		if t.Kind == model.Helm {
			continue
		}
		if flux(t) {
			both := p.fluxRendered(t)
			if t.Kind == model.ArgoCD {
				both = p.argoRendered(t)
			}
			for side, out := range both {
				if snapshots[side] != nil {
					snapshots[side].Targets[i] = out
				}
			}
			continue
		}
		reached[i] = p.reached(t)
		for side, g := range p.graphs {
			if p.exists(side, t) {
				g.closure(t.Kind, t.Path)
			}
		}
	}
	work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(p.renderer.workers)
	whole := len(targets) <= p.req.ContextLimit && p.trees[0] != nil
	var siblings map[int]bool
	if !whole && p.req.ContextLimit > 0 && p.trees[0] != nil && p.trees[1] != nil {
		siblings = p.siblings(targets, reached)
	}
	var todo []half
	for i, t := range targets {
		if flux(t) {
			continue
		}
		if (whole || siblings[i]) && !reached[i] {
			work.Go(func(ctx context.Context) error { return p.context(ctx, i, t, snapshots) })
			continue
		}
		for side, s := range snapshots {
			if s == nil {
				continue
			}
			s.Targets[i] = model.Rendered{Target: t, Status: model.StatusUnreached, Reused: true}
			if !p.exists(side, t) {
				s.Targets[i].Status = model.StatusAbsent
			} else if reached[i] {
				todo = append(todo, half{i, side})
			}
		}
	}
	for _, group := range p.groups(targets, todo) {
		work.Go(func(ctx context.Context) error {
			for _, h := range group {
				out, err := p.one(ctx, h.side, targets[h.target])
				if err != nil {
					return err
				}
				snapshots[h.side].Targets[h.target] = out
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if err := p.helms.render(ctx, targets, snapshots); err != nil {
		return err
	}
	p.helms.tellUnbumped(targets, snapshots, p.touchesAny)
	p.orphans(targets, snapshots)
	return nil
}

// readByRoots gives the files of the change that kustomizations read which are targets by
// themselves, where a set of Argo CD may lead to such.
func (p *pair) readByRoots(targets []model.Target) map[string]bool {
	out := map[string]bool{}
	for side, g := range p.graphs {
		if p.apps[side] == nil || !slices.ContainsFunc(slices.Collect(maps.Values(p.apps[side].units)), func(u *argoUnit) bool { return u.leads }) {
			continue
		}
		seen := map[*step]bool{}
		for _, t := range targets {
			if t.Kind != model.Kustomize || !p.exists(side, t) {
				continue
			}
			for _, s := range g.closure(t.Kind, t.Path).steps {
				if seen[s] {
					continue
				}
				seen[s] = true
				for _, file := range s.paths {
					if _, ok := slices.BinarySearch(p.changed, file); ok {
						out[file] = true
					}
				}
			}
		}
	}
	return out
}

// half is one side of a target, by its index.
type half struct{ target, side int }

// groupsEach is how many groups there are for each worker, at least, where there is
// enough to build.
const groupsEach = 4

// groups divides builds among the workers so that those over one base are done one
// after the other, mostly by one child: it keeps what it makes of bases.
func (p *pair) groups(targets []model.Target, todo []half) (out [][]half) {
	most := (len(todo) + groupsEach*p.renderer.workers - 1) / (groupsEach * p.renderer.workers)
	base := make(map[half]string, len(todo))
	for _, h := range todo {
		base[h] = shares(p.graphs, targets[h.target])
	}
	slices.SortStableFunc(todo, func(a, b half) int { return strings.Compare(base[a], base[b]) })
	for n, h := range todo {
		if last := len(out) - 1; n > 0 && base[todo[n-1]] == base[h] && base[h] != "" && len(out[last]) < most {
			out[last] = append(out[last], h)
			continue
		}
		out = append(out, []half{h})
	}
	return out
}

// context renders a target that the change cannot reach, once for both sides.
func (p *pair) context(ctx context.Context, i int, t model.Target, snapshots [2]*model.Snapshot) error {
	out, err := p.one(ctx, 1, t)
	if err != nil {
		return err
	}
	out.Context = out.Status == model.StatusRendered
	out.Status, out.Reused = model.StatusUnreached, true
	for _, s := range snapshots {
		s.Targets[i] = out
	}
	return nil
}

// work is the build of a directory, without Flux.
func (g *graph) work(t model.Target) work {
	c := g.closure(t.Kind, t.Path)
	want := g.build(t)
	if c.charts {
		want.KubeVersion = g.kubernetes
	}
	return work{target: t.ID, dir: t.Path, task: want, sum: task.SumOf(want),
		trees: []*model.Tree{g.tree}, ahead: [][]string{c.paths()}, retire: c.global}
}

// build is the task of a directory, or of a file that is a target by itself.
func (g *graph) build(t model.Target) task.Build {
	if e, _, err := g.tree.Resolve(t.Path); t.Kind == model.Manifests && err == nil && e.Mode == model.File {
		return task.Build{Kind: t.Kind, Dir: path.Dir(t.Path), File: t.Path}
	}
	return task.Build{Kind: t.Kind, Dir: t.Path}
}

// one renders a target on a side.
func (p *pair) one(ctx context.Context, side int, t model.Target) (model.Rendered, error) {
	out, err := p.build.do(ctx, p.graphs[side].work(t))
	if err != nil {
		return model.Rendered{}, err
	}
	if out.Problem != nil && out.Problem.Location == nil {
		out.Problem.Location = p.graphs[side].place(t)
	}
	p.mu.Lock()
	p.told[side][t.ID] = out.trace
	p.mu.Unlock()
	rendered := p.build.rendered(side, t, out)
	if file := p.graphs[side].build(t).File; file != "" {
		rendered.Lineage = fileLineage(file)
	}
	return rendered, nil
}

// read is what each side's targets read, for an account of the change.
func (p *pair) read(targets []model.Target) (out [2][]reading) {
	if p.trees[0] == nil || p.trees[1] == nil {
		return out
	}
	for side := range out {
		out[side] = p.readings(side, targets)
	}
	return out
}

// place is the target's own file: where a target stands whose line is not known.
func (g *graph) place(t model.Target) *model.Position {
	file := g.fileOf(t.Path)
	if file == "" {
		return nil
	}
	return &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}
}

func problem(class model.Class, message string) task.Built {
	return task.Built{Problem: &model.Problem{Class: class, Message: message}}
}

// sameKeys reports whether two objects' keys came from the same files.
func sameKeys(a, b map[string]model.Key) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if a[k].File != b[k].File || a[k].NotBase64 != b[k].NotBase64 || a[k].NotText != b[k].NotText || a[k].NotJSON != b[k].NotJSON {
			return false
		}
	}
	return true
}
