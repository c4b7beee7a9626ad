package render

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"github.com/sourcegraph/conc/pool"
)

// fluxSide is what Flux would apply from one side's tree: its clusters, found
// from their entry points, each with the Kustomizations that lead on from there.
type fluxSide struct {
	pair     *pair
	side     int
	tree     *model.Tree
	graph    *graph
	clusters map[string]*cluster
	units    int             // of all clusters
	covered  map[string]bool // files that the units read
	entry    *entryPoints
	sources  *fluxSources
	taken    map[string]bool // those, and the directories, that Kustomizations read
}

// held is an object and the unit that renders it.
type held struct {
	unit   *unit
	object *model.Object
}

// unit is one Flux Kustomization, or a file or a root that holds some.
type unit struct {
	target  model.Target // ID is "" for a file: it is no target
	cluster *cluster
	parent  *unit         // whose render holds the Kustomization; nil for an entry
	object  *model.Object // the Kustomization
	spec    kustomizationSpec
	entry   *artifact // where an entry point lies; nil is this repository
	from    *artifact
	work    work
	out     outcome
	objects []*model.Object
	kept    *unit // base's, whose objects these are: this one does not build
	line    *model.Lineage
	altered int // how often its object was replaced by what a render has
}

// discover finds and builds all that Flux would apply on a side.
func (f *fluxSide) discover(ctx context.Context) error {
	own, err := f.asArtifact(ctx, f.tree, nil)
	if err != nil {
		return err
	}
	own.own = true
	f.sources.own = own
	for _, url := range f.pair.req.Own {
		f.sources.ownURLs[model.RepositoryName(url)] = true
	}
	delete(f.sources.ownURLs, "")
	entries, err := f.entry.entries(ctx)
	if err != nil {
		return err
	}
	for range len(f.graph.flux) + len(f.graph.files) + 1 { // a round takes in one of these at least
		if err := f.follow(ctx, entries); err != nil {
			return err
		}
		if entries, err = f.entry.strays(ctx); err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
	}
	if err := f.releaseRoots(ctx); err != nil {
		return err
	}
	return f.settle(ctx)
}

// releaseRoots builds the roots that hold HelmReleases and that nothing found so
// far applies: a platform repository, whose consumers apply it.
func (f *fluxSide) releaseRoots(ctx context.Context) error {
	var units []*unit
	for _, dir := range f.graph.roots() {
		if f.covered[f.graph.files[dir]] || excluded(f.pair.req.Exclude, dir) || f.letGo(dir) {
			continue
		}
		holds := func(p string) bool { return len(f.graph.releases[p]) > 0 && !f.covered[p] }
		if !slices.ContainsFunc(f.graph.closure(model.Kustomize, dir).paths(), holds) {
			continue
		}
		c := f.newCluster(dir, clusterName(dir, f.pair.req.Clusters))
		if len(c.units) > 0 || len(c.index) > 0 {
			continue // an entry point of Flux stands there
		}
		c.plain = true
		t := f.pair.target(model.Kustomize, dir)
		units = append(units, &unit{cluster: c, target: t, work: f.graph.work(t)})
	}
	return f.build(ctx, units)
}

// letGo reports whether a root of head is what base's Kustomizations applied, or what
// another root included: taken out there, and left where it is, it is applied by
// nothing.
func (f *fluxSide) letGo(dir string) bool {
	base := f.pair.sides[0]
	return f.side == 1 && (f.pair.dropped(dir) || base != nil && base.taken[base.graph.files[dir]])
}

// maxSettling bounds how often units are built again because another one turned
// out to render what they miss.
const maxSettling = 3

// settle builds again what was built before something that it reads was found.
func (f *fluxSide) settle(ctx context.Context) error {
	for range maxSettling {
		var again []*unit
		for _, c := range f.sorted() {
			for _, u := range c.units {
				was, from := u.work.sum, u.from
				if f.plan(ctx, u, true); u.work.sum != was || u.from.id != from.id || u.from.trouble() != from.trouble() {
					again = append(again, u)
				}
			}
		}
		if len(again) == 0 {
			return nil
		}
		if err := f.build(ctx, again); err != nil {
			return err
		}
		var more []*unit
		for _, u := range again {
			more = append(more, f.children(u)...)
		}
		if err := f.follow(ctx, more); err != nil {
			return err
		}
	}
	return nil
}

// follow builds units and those that their renders lead to.
func (f *fluxSide) follow(ctx context.Context, pending []*unit) error {
	for len(pending) > 0 {
		f.sources.prefetch(ctx, pending)
		ready, waiting := f.ready(ctx, pending, false)
		if len(ready) == 0 {
			ready, waiting = f.ready(ctx, pending, true)
		}
		if err := f.build(ctx, ready); err != nil {
			return err
		}
		pending = waiting
		for _, u := range ready {
			pending = append(pending, f.children(u)...)
		}
		sort.SliceStable(pending, func(i, j int) bool { return pending[i].target.ID < pending[j].target.ID })
	}
	return nil
}

// ready splits units into those that can be built and those that still wait for
// an object which another unit may render. With last, nothing waits.
func (f *fluxSide) ready(ctx context.Context, pending []*unit, last bool) (ready, waiting []*unit) {
	for _, u := range pending {
		if u.object == nil || f.plan(ctx, u, last) {
			ready = append(ready, u)
		} else {
			waiting = append(waiting, u)
		}
	}
	return ready, waiting
}

// plan decides what a Kustomization's build reads; false where that is not known
// yet.
func (f *fluxSide) plan(ctx context.Context, u *unit, last bool) bool {
	ns := u.object.ID.Namespace
	from, ok := f.sources.own, true
	switch {
	case u.parent != nil:
		from, ok = f.sources.source(ctx, u.cluster, ns, u.spec.SourceRef, u.spec.Path, last)
	case u.entry != nil:
		from = u.entry
	}
	if !ok {
		return false
	}
	if p := f.pair.unfollowed.problem(u.object); p != nil {
		unfollowed := *from
		unfollowed.problem = p
		from = unfollowed.named(from.id, u.object.Sum)
	}
	if from == f.sources.own && u.spec.SourceRef.Kind == "OCIRepository" {
		from = f.sources.pushed(ctx, u.spec.Path)
	}
	u.from = from
	dir := cleanPath(u.spec.Path)
	u.target.Path = dir
	if where := from.place(dir); where != "" {
		u.target.Path = where
	}
	for _, lack := range from.lacks {
		if within(dir, lack.Path) {
			from = from.lacking(lack)
			u.from = from
			break
		}
	}
	want := task.Build{Kind: model.Flux, Dir: dir, Lacks: from.lacks, Flux: &task.Flux{Strict: u.cluster.strict()}}
	w := work{target: u.target.ID, dir: u.target.Path}
	if from.problem == nil {
		w.trees = []*model.Tree{from.tree}
	}
	if from.problem == nil && strings.Contains(dir, "${") {
		u.from = noArtifact(model.SubstitutionUnresolved, "`spec.path` is `%s`: the variable's value is not visible", dir)
		u.from.own = from.own
	}
	in := newInputs(&want, &w)
	if redacted(u.object) && u.parent != nil {
		want.Flux.Self = &task.Holder{Input: in.of(u.parent), Namespace: u.object.ID.Namespace, Name: u.object.ID.Name}
	} else {
		want.Flux.Object = u.object.JSON()
	}
	for _, ref := range u.spec.PostBuild.SubstituteFrom {
		h, found := u.cluster.find("", ref.Kind, ns, ref.Name)
		if !found && !last {
			return false
		}
		want.Flux.From = append(want.Flux.From, in.values(ref, ns, h, found))
	}
	if from.problem == nil {
		c := from.graph.fluxClosure(dir)
		w.ahead, w.retire = append([][]string{c.paths()}, make([][]string, len(w.trees)-1)...), c.global
	}
	if u.from.problem != nil && want.Flux.Object != nil { // nothing is built
		want.Flux.Object = withoutTiming(u.object)
	}
	w.task, w.sum = want, task.SumOf(want)
	u.work = w
	return true
}

// withoutTiming is a Kustomization without the fields that say when and how it is applied,
// and nothing of what.
func withoutTiming(o *model.Object) json.RawMessage {
	spec, _ := o.Fields()["spec"].(map[string]any)
	spec = maps.Clone(spec)
	for _, field := range []string{"interval", "retryInterval", "timeout", "wait", "suspend", "dependsOn", "healthChecks", "healthCheckExprs"} {
		delete(spec, field)
	}
	j, err := json.Marshal(spec)
	if err != nil {
		return o.JSON()
	}
	return j
}

// cleanPath is spec.path as kustomize-controller joins it: it cannot leave the
// source.
func cleanPath(p string) string {
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if p == "" {
		return "."
	}
	return p
}

// build builds units at once and takes in what they render.
func (f *fluxSide) build(ctx context.Context, units []*unit) error {
	work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(f.pair.renderer.workers)
	for _, u := range units {
		if u.from != nil && u.from.problem != nil {
			u.out = outcome{Built: task.Built{Problem: u.from.problem}}
			continue
		}
		work.Go(func(ctx context.Context) error {
			out, err := f.pair.build.do(ctx, u.work)
			u.out = out
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for _, u := range units {
		f.take(u)
	}
	return nil
}

// take puts what a unit renders into its cluster's index.
func (f *fluxSide) take(u *unit) {
	for _, o := range u.objects { // of an earlier build
		if key := o.ID.Key(); u.cluster.index[key].unit == u {
			delete(u.cluster.index, key)
		}
	}
	u.objects = f.pair.build.rendered(f.side, u.target, u.out).Objects
	if was := f.inBase(u); was != nil && u.out.Problem != nil && len(u.objects) == 0 {
		u.objects, u.kept = was.objects, was // what does not build leaves in the cluster what is there
	}
	for _, o := range u.objects {
		key := o.ID.Key()
		if old, ok := u.cluster.index[key]; ok && old.unit.object != nil && u.object == nil {
			continue // what a Kustomization applies counts more than the file it stands in
		}
		u.cluster.index[key] = held{u, o}
		if saysFlux(key) {
			u.cluster.versions[key] = true
		}
	}
	if u.from != nil && u.from.own && u.from.graph != nil || u.object == nil {
		f.cover(u)
	}
}

// inBase is the unit of base that stands for one of head; nil where there is
// none.
func (f *fluxSide) inBase(u *unit) *unit {
	base := f.pair.sides[0]
	if f.side == 0 || base == nil {
		return nil
	}
	if u.object == nil {
		return base.entry.openings[u.work.target]
	}
	return f.pair.unit(0, u.target.ID)
}

// cover notes the files that a unit of this repository reads.
func (f *fluxSide) cover(u *unit) {
	if u.object == nil {
		f.covered[u.work.task.File] = true
		if u.work.task.File == "" {
			for _, p := range f.graph.closure(model.Kustomize, u.target.Path).paths() {
				f.covered[p] = true
			}
		}
		return
	}
	dir := u.work.task.Dir
	for _, p := range u.from.graph.fluxClosure(dir).paths() {
		if where := u.from.place(p); where != "" {
			f.covered[where], f.taken[where] = true, true
		}
	}
	f.taken[u.from.place(dir)] = true
}

// asArtifact makes an artifact of a tree.
func (f *fluxSide) asArtifact(ctx context.Context, tree *model.Tree, ignore *string) (*artifact, error) {
	files, err := f.pair.leftOut.archived(ctx, tree, ignore)
	if errors.Is(err, errPatterns) {
		return noArtifact(model.UnsupportedSource, "the source has more than %d ignore patterns", maxPatterns), nil
	}
	if err != nil {
		return nil, err
	}
	a := &artifact{tree: files}
	if files == f.tree {
		a.graph = f.graph
		return a, nil
	}
	a.graph, err = f.pair.renderer.static(ctx, files, f.pair.req.Scope, nil)
	return a, err
}
