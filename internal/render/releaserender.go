package render

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"github.com/sourcegraph/conc/pool"
)

// work is the task that renders the release; ok is false where its chart cannot
// be had.
func (u *helmUnit) work(kubernetes string, fetched model.Artifact) (work, *model.Problem) {
	w := work{target: u.target.ID, dir: u.held.object.ID.String()}
	want := task.Build{Kind: model.Helm, Helm: &task.Helm{ValuesFiles: u.chart.values, IgnoreMissing: u.chart.ignore, KubeVersion: kubernetes, APIVersions: u.apis, Open: u.open()}}
	switch {
	case u.chart.problem != nil:
		return w, u.chart.problem
	case u.chart.from != nil:
		w.trees, want.Helm.Dir, want.Helm.Own = []*model.Tree{u.chart.from.tree}, u.chart.dir, u.chart.from.own && u.chart.from.origin == nil
	case fetched.Problem != nil:
		return w, fetched.Problem
	default:
		w.trees, w.ahead = []*model.Tree{fetched.Tree}, [][]string{{model.ChartFile}}
	}
	in := newInputs(&want, &w)
	if redacted(u.held.object) {
		want.Helm.Self = &task.Holder{Input: in.of(u.held.unit), Namespace: u.held.object.ID.Namespace, Name: u.held.object.ID.Name}
	} else {
		want.Helm.Object = u.held.object.JSON()
	}
	for _, r := range u.reads {
		want.Helm.From = append(want.Helm.From, in.values(r.ref.objectRef, u.held.object.ID.Namespace, r.held, r.ok))
	}
	w.task, w.sum = want, task.SumOf(want)
	return w, nil
}

// open are the variables whose values cannot be seen, of what renders the release and
// what it reads.
func (u *helmUnit) open() []string {
	var out []string
	for _, h := range append([]found{{held: u.held, ok: true}}, u.reads...) {
		if !h.ok || h.unit == nil {
			continue
		}
		for _, v := range h.unit.out.Unseen {
			if v.Name != "" {
				out = append(out, v.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// releases are both sides' HelmReleases.
type releases struct {
	build      *builder
	outside    *outside
	workers    int
	kubernetes string                  // the version that charts are rendered for
	all        bool                    // all are rendered, whether the change reaches them or not
	units      [2]map[string]*helmUnit // by target
}

// helm plans both sides' HelmReleases.
func (p *pair) helm(ctx context.Context) {
	p.helms = &releases{build: p.build, outside: p.outside, workers: p.renderer.workers, kubernetes: p.req.Kubernetes, all: p.req.All}
	for side, f := range p.sides {
		p.helms.units[side] = map[string]*helmUnit{}
		if f == nil {
			continue
		}
		for _, u := range f.releases(ctx) {
			p.helms.units[side][u.target.ID] = u
		}
	}
}

// reached reports whether the change can alter what a release renders to.
func (r *releases) reached(id string) bool {
	base, head := r.units[0][id], r.units[1][id]
	return r.all || base == nil || head == nil || base.sum != head.sum
}

// render renders the HelmReleases among the targets that the change
// reaches, their charts fetched all at once.
func (r *releases) render(ctx context.Context, targets []model.Target, snapshots [2]*model.Snapshot) error {
	var refs [2][]model.SourceRef
	for _, u := range r.units[0] {
		r.outside.vouched[sourceOf(u.chart.ref)] = true
	}
	wanted := map[string]bool{}
	for _, t := range targets {
		if t.Kind != model.Helm || !r.reached(t.ID) {
			continue
		}
		wanted[t.ID] = true
		for side := range r.units {
			if u := r.units[side][t.ID]; u != nil && u.chart.ref != (model.SourceRef{}) {
				refs[side] = append(refs[side], u.chart.ref)
			}
		}
	}
	for side := range refs {
		r.outside.fetchAll(ctx, side, refs[side])
	}
	var jobs []*releaseJob
	for i, t := range targets {
		if t.Kind != model.Helm {
			continue
		}
		for side, s := range snapshots {
			if s == nil {
				continue
			}
			u := r.units[side][t.ID]
			s.Targets[i] = model.Rendered{Target: t, Status: model.StatusAbsent, Reused: true}
			switch {
			case u == nil:
			case !wanted[t.ID]:
				s.Targets[i].Status, s.Targets[i].Problem = model.StatusUnreached, u.unreadable(side)
				s.Targets[i].Lineage = u.lineage()
			default:
				jobs = append(jobs, r.job(side, u, &s.Targets[i]))
			}
		}
	}
	if err := r.renderAll(ctx, jobs); err != nil {
		return err
	}
	if err := r.renderAll(ctx, r.wanting(ctx, jobs)); err != nil {
		return err
	}
	r.loseSight(targets, snapshots)
	return r.context(ctx, targets, wanted, snapshots)
}

// loseSight leaves out what head's releases render to without values that base's read:
// held against base's, it would say that those values are gone.
func (r *releases) loseSight(targets []model.Target, snapshots [2]*model.Snapshot) {
	if snapshots[0] == nil || snapshots[1] == nil {
		return
	}
	for i, t := range targets {
		base, head := r.units[0][t.ID], r.units[1][t.ID]
		out := &snapshots[1].Targets[i]
		if base == nil || head == nil || !snapshots[0].Targets[i].Comparable() || snapshots[0].Targets[i].Hole || out.Partial == "" || out.Hole {
			continue
		}
		if slices.ContainsFunc(head.reads, func(f found) bool { return f.hidden() && slices.ContainsFunc(base.reads, f.sameAs) }) {
			out.Objects, out.Partial = nil, ""
		}
	}
}

// hidden reports whether what a release reads cannot be seen.
func (f found) hidden() bool {
	if !f.ok {
		return true
	}
	key := cmp.Or(f.ref.Key, "values.yaml")
	return slices.ContainsFunc([]string{"data", "stringData"}, func(section string) bool {
		return f.object.Keys[model.Pointer([]model.Step{model.FieldStep(section), model.FieldStep(key)})].Encrypted
	})
}

// sameAs reports whether another release reads by the same reference, and sees it.
func (f found) sameAs(o found) bool {
	return f.ref.Kind == o.ref.Kind && f.ref.Name == o.ref.Name && f.ref.Key == o.ref.Key && !o.hidden()
}

// releaseJob is a release to render on one side.
type releaseJob struct {
	side    int
	unit    *helmUnit
	work    work
	problem *model.Problem // why there is nothing to build
	to      *model.Rendered
}

func (r *releases) job(side int, u *helmUnit, to *model.Rendered) *releaseJob {
	j := &releaseJob{side: side, unit: u, to: to}
	j.work, j.problem = u.work(r.kubernetes, r.outside.have(side, u.chart.ref))
	return j
}

func (r *releases) renderAll(ctx context.Context, jobs []*releaseJob) error {
	work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(r.workers)
	for _, j := range jobs {
		work.Go(func(ctx context.Context) error { return r.release(ctx, j) })
	}
	return work.Wait()
}

// wanting gives the releases whose charts lack dependencies, once these are fetched.
func (r *releases) wanting(ctx context.Context, jobs []*releaseJob) []*releaseJob {
	var out []*releaseJob
	for side := range r.units {
		var works []*work
		var wants [][]task.Packaged
		for _, j := range jobs {
			if j.side == side && j.problem == nil && len(j.unit.out.Wants) > 0 {
				out, works, wants = append(out, j), append(works, &j.work), append(wants, j.unit.out.Wants)
			}
		}
		if !r.outside.complete(ctx, side, works, wants) {
			out = slices.DeleteFunc(out, func(j *releaseJob) bool { return j.side == side })
		}
	}
	return out
}

// tellUnbumped notes the releases whose chart changes in this repository under the
// same version: source-controller 1.9 keeps serving the package that it has
// (reconcileStrategy: ChartVersion, which is the default).
func (r *releases) tellUnbumped(targets []model.Target, snapshots [2]*model.Snapshot, touched func(files []string) bool) {
	for i, t := range targets {
		base, head := r.units[0][t.ID], r.units[1][t.ID]
		if base == nil || head == nil || !head.chart.unbumped || head.out.Chart == "" || base.out.Chart != head.out.Chart ||
			!touched(head.files()) && !touched(base.files()) {
			continue
		}
		out := &snapshots[1].Targets[i]
		out.Notes = append(slices.Clone(out.Notes), fmt.Sprintf("the chart changes and its version stays %s: Flux goes on with the package that it has, "+
			"and what its files change here is not deployed until the version in Chart.yaml changes (or `reconcileStrategy: Revision` is set)", model.RedactedName(head.out.Chart)))
	}
}

// unreadable is what is known to keep an unreached release from being rendered.
func (u *helmUnit) unreadable(side int) *model.Problem {
	if u.chart.problem == nil {
		return nil
	}
	problem := *u.chart.problem
	problem.Location = u.place(side)
	return &problem
}

func (u *helmUnit) place(side int) *model.Position {
	return &model.Position{File: u.target.Path, Line: 1, EndLine: 1, Precision: model.AtFile, Side: []model.Side{model.Base, model.Head}[side]}
}

func (r *releases) release(ctx context.Context, j *releaseJob) error {
	u, side := j.unit, j.side
	out := outcome{Built: task.Built{Problem: j.problem}}
	if j.problem == nil {
		var err error
		if out, err = r.build.do(ctx, j.work); err != nil {
			return err
		}
	}
	u.out = out
	if out.Problem != nil && out.Problem.Location == nil {
		problem := *out.Problem
		problem.Location = u.place(side)
		out.Problem = &problem
	}
	*j.to = r.build.rendered(side, u.target, out)
	j.to.Lineage = u.lineage()
	return nil
}

// lineage says how a release came to be.
func (u *helmUnit) lineage() *model.Lineage {
	id := u.held.object.ID
	l := &model.Lineage{Kind: model.Helm, By: &id, Parent: u.held.unit.lineage()}
	for _, r := range u.reads {
		if r.ok {
			l.Reads = append(l.Reads, model.Read{Object: r.object.ID, In: r.unit.lineage(), Key: r.ref.Key, Path: r.ref.Path})
		}
	}
	if a := u.chart.from; a != nil && a.own {
		l.Dir = a.place(u.chart.dir)
		for _, file := range u.chart.values { // of the source's root, and of nowhere above it
			l.Values = append(l.Values, a.place(strings.TrimPrefix(path.Clean("/"+file), "/")))
		}
	} else if u.chart.by != nil {
		l.Source = &model.Read{Object: u.chart.by.object.ID, In: u.chart.by.unit.lineage()}
	}
	return l
}
