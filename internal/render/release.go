package render

import (
	"context"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// helmTask is a HelmRelease to render, as a part of a buildTask.
type helmTask struct {
	// Object is the HelmRelease as it is applied; Self, where it has a value
	// that must not leave a child.
	Object map[string]any `json:"object,omitempty"`
	Self   *holder        `json:"self,omitempty"`
	// Tree holds the chart: in Dir, or, where Dir is "", as model.ChartFile.
	Tree        int      `json:"tree"`
	Own         bool     `json:"own,omitempty"` // the tree is the repository under review
	Dir         string   `json:"dir,omitempty"`
	ValuesFiles []string `json:"valuesFiles,omitempty"`
	// IgnoreMissing leaves out values files that are not there.
	IgnoreMissing bool     `json:"ignoreMissing,omitempty"`
	From          []values `json:"from,omitempty"` // spec.valuesFrom, in its order
	KubeVersion   string   `json:"kubeVersion,omitempty"`
	APIVersions   []string `json:"apiVersions,omitempty"`
}

// releaseSpec are the fields of a HelmRelease that say where its chart and
// values come from; the rest goes to the child as it is.
type releaseSpec struct {
	Chart struct {
		Spec chartSpec `json:"spec"`
	} `json:"chart"`
	ChartRef   objectRef   `json:"chartRef"`
	ValuesFrom []valuesRef `json:"valuesFrom"`
}

type valuesRef struct {
	objectRef
	Key  string `json:"valuesKey"`
	Path string `json:"targetPath"`
}

// chartSpec says which chart: of a HelmRelease and of a HelmChart.
type chartSpec struct {
	Chart       string    `json:"chart"`
	Version     string    `json:"version"`
	SourceRef   objectRef `json:"sourceRef"`
	ValuesFiles []string  `json:"valuesFiles"`
	ValuesFile  string    `json:"valuesFile"` // of old versions
	Ignore      bool      `json:"ignoreMissingValuesFiles"`
}

// release is one HelmRelease of a side.
type helmUnit struct {
	target  model.Target
	cluster *cluster
	held    held
	spec    releaseSpec
	chart   chartFrom
	reads   []found
	sum     string // of all that its render depends on
	out     outcome
	built   bool
}

// found is an object that a release reads, and where it is.
type found struct {
	ref valuesRef
	held
	ok bool
}

// chartFrom is where a chart comes from: a ref to fetch, or a directory of an
// artifact.
type chartFrom struct {
	ref     model.SourceRef // zero where it is a directory
	from    *artifact
	dir     string
	values  []string
	ignore  bool  // values files that are missing
	by      *held // the source object
	problem *model.Problem
}

// releases lists what a side's HelmReleases are rendered from.
func (f *fluxSide) releases(ctx context.Context) []*helmUnit {
	var out []*helmUnit
	for _, c := range f.sorted() {
		for _, id := range c.ids() {
			if id.Group != helmGroup || id.Kind != "HelmRelease" {
				continue
			}
			h := c.index[id]
			u := &helmUnit{cluster: c, held: h, spec: specOf[releaseSpec](h.object)}
			u.target = model.Target{ID: fmt.Sprintf("helm:%s/%s/%s", c.name, h.object.ID.Namespace, h.object.ID.Name),
				Kind: model.Helm, Cluster: c.name, Path: f.releaseFile(h)}
			u.chart = f.chart(ctx, c, h.object, u.spec)
			for _, ref := range u.spec.ValuesFrom {
				at, ok := c.find("", ref.Kind, h.object.ID.Namespace, ref.Name)
				u.reads = append(u.reads, found{ref, at, ok})
			}
			u.sum = u.identity(f.req.Kubernetes, c.apis())
			out = append(out, u)
		}
	}
	return out
}

func (f *fluxSide) sorted() []*cluster {
	out := make([]*cluster, 0, len(f.clusters))
	for _, c := range f.clusters {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

// identity sums all that a release's render depends on: equal sums on both sides
// need no render.
func (u *helmUnit) identity(kubernetes string, apis []string) string {
	parts := []string{u.held.object.Sum, kubernetes, strings.Join(apis, " "), fmt.Sprint(u.chart.ref), u.chart.dir, strings.Join(u.chart.values, " ")}
	for _, r := range u.reads {
		if r.ok {
			parts = append(parts, r.object.Sum)
		} else {
			parts = append(parts, "missing")
		}
	}
	if u.chart.problem != nil {
		parts = append(parts, u.chart.problem.Message)
	}
	if a := u.chart.from; a != nil && a.tree != nil {
		for _, p := range a.tree.Files() {
			if strings.HasPrefix(p, u.chart.dir+"/") || u.chart.dir == "." {
				e, _ := a.tree.Lookup(p)
				parts = append(parts, p, e.ID)
			}
		}
		for _, p := range u.chart.values {
			e, _ := a.tree.Lookup(path.Clean(p))
			parts = append(parts, e.ID)
		}
	}
	return shortSum(parts...)
}

// apis are the API versions of the CRDs that the cluster's Kustomizations apply.
func (c *cluster) apis() []string {
	var out []string
	for id, h := range c.index {
		if id.Kind != "CustomResourceDefinition" {
			continue
		}
		spec := specOf[struct {
			Group string `json:"group"`
			Names struct {
				Kind string `json:"kind"`
			} `json:"names"`
			Versions []struct {
				Name   string `json:"name"`
				Served bool   `json:"served"`
			} `json:"versions"`
		}](h.object)
		for _, v := range spec.Versions {
			if v.Served {
				out = append(out, spec.Group+"/"+v.Name, spec.Group+"/"+v.Name+"/"+spec.Names.Kind)
			}
		}
	}
	sort.Strings(out)
	return out
}

// chart finds where a HelmRelease's chart comes from.
func (f *fluxSide) chart(ctx context.Context, c *cluster, o *model.Object, spec releaseSpec) chartFrom {
	if spec.ChartRef.Name == "" {
		return f.chartOf(ctx, c, o.ID.Namespace, spec.Chart.Spec)
	}
	ns := sourceNamespace(o.ID.Namespace, spec.ChartRef)
	switch spec.ChartRef.Kind {
	case "OCIRepository":
		h, ok := c.find(sourceGroup, "OCIRepository", ns, spec.ChartRef.Name)
		if !ok {
			return noChart("the chart's source OCIRepository `%s/%s` is rendered by no target of the cluster", ns, spec.ChartRef.Name)
		}
		return chartFrom{ref: chartArtifact(h.object), by: &h}
	case "HelmChart":
		h, ok := c.find(sourceGroup, "HelmChart", ns, spec.ChartRef.Name)
		if !ok {
			return noChart("the HelmChart `%s/%s` is rendered by no target of the cluster", ns, spec.ChartRef.Name)
		}
		return f.chartOf(ctx, c, ns, specOf[chartSpec](h.object))
	case "ExternalArtifact":
		from, _ := f.source(ctx, c, ns, spec.ChartRef, ".", true)
		return chartFrom{from: from, dir: ".", problem: from.problem}
	}
	return noChart("the chart's source is of the kind %s, which is not read", spec.ChartRef.Kind)
}

func noChart(format string, args ...any) chartFrom {
	return chartFrom{problem: &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf(format, args...)}}
}

// chartLayer is the media type of a chart's package in a registry.
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

// chartArtifact is the chart that an OCIRepository names: its layer as it is.
func chartArtifact(o *model.Object) model.SourceRef {
	ref := outsideRef(o, specOf[sourceSpec](o))
	if ref.LayerMediaType == "" {
		ref.LayerMediaType = chartLayer
	}
	ref.LayerOperation = "copy"
	return ref
}

// chartOf finds the chart of a HelmRelease's chart template or of a HelmChart.
func (f *fluxSide) chartOf(ctx context.Context, c *cluster, namespace string, spec chartSpec) chartFrom {
	files := spec.ValuesFiles
	if len(files) == 0 && spec.ValuesFile != "" {
		files = []string{spec.ValuesFile}
	}
	ns := sourceNamespace(namespace, spec.SourceRef)
	switch spec.SourceRef.Kind {
	case "HelmRepository":
		h, ok := c.find(sourceGroup, "HelmRepository", ns, spec.SourceRef.Name)
		if !ok {
			return noChart("the chart's source HelmRepository `%s/%s` is rendered by no target of the cluster", ns, spec.SourceRef.Name)
		}
		source := specOf[sourceSpec](h.object)
		return chartFrom{by: &h, values: files, ignore: spec.Ignore, ref: model.SourceRef{Kind: model.ChartSource, URL: source.URL, Chart: spec.Chart,
			Version: spec.Version, By: secretOf(h.object, source)}}
	case "GitRepository", "OCIRepository", "":
		from, _ := f.source(ctx, c, namespace, spec.SourceRef, spec.Chart, true)
		out := chartFrom{from: from, dir: chartPath(spec.Chart), values: files, ignore: spec.Ignore, problem: from.problem}
		if h, ok := c.find(sourceGroup, spec.SourceRef.Kind, ns, spec.SourceRef.Name); ok {
			out.by = &h
		}
		return out
	}
	out := noChart("the chart's source is a %s: sources of that kind are not read", spec.SourceRef.Kind)
	out.problem.Class = model.UnsupportedSource
	return out
}

// releaseFile is the file that declares a HelmRelease, as far as its name tells;
// else the directory of what applies it.
func (f *fluxSide) releaseFile(h held) string {
	var files []string
	for p, names := range f.graph.releases {
		for _, name := range names {
			if name == h.object.ID.Name {
				files = append(files, p)
			}
		}
	}
	sort.Strings(files)
	for _, p := range files {
		if f.reads(h.unit, p) {
			return p
		}
	}
	return h.unit.target.Path
}

// reads reports whether the build of a unit could read a file.
func (f *fluxSide) reads(u *unit, file string) bool {
	switch {
	case u.work.task.File != "":
		return u.work.task.File == file
	case u.object == nil:
		_, ok := slicesIndex(f.graph.closure(model.Kustomize, u.target.Path).paths, file)
		return ok
	case u.from == nil || u.from.graph == nil:
		return false
	}
	dir := u.work.task.Dir
	for _, p := range u.from.graph.closure(u.from.graph.kindOf(dir), dir).paths {
		if u.from.place(p) == file {
			return true
		}
	}
	return false
}

func slicesIndex(sorted []string, s string) (int, bool) {
	i := sort.SearchStrings(sorted, s)
	return i, i < len(sorted) && sorted[i] == s
}

// work is the task that renders the release; ok is false where its chart cannot
// be had.
func (u *helmUnit) work(p *pair, fetched model.Artifact) (work, *model.Problem) {
	w := work{target: u.target.ID, dir: u.held.object.ID.String()}
	task := buildTask{Kind: model.Helm, Helm: &helmTask{ValuesFiles: u.chart.values, IgnoreMissing: u.chart.ignore, KubeVersion: p.req.Kubernetes, APIVersions: u.cluster.apis()}}
	switch {
	case u.chart.problem != nil:
		return w, u.chart.problem
	case u.chart.from != nil:
		w.trees, task.Helm.Dir, task.Helm.Own = []*model.Tree{u.chart.from.tree}, u.chart.dir, u.chart.from.own && u.chart.from.origin == nil
	case fetched.Problem != nil:
		return w, fetched.Problem
	default:
		w.trees, w.ahead = []*model.Tree{fetched.Tree}, [][]string{{model.ChartFile}}
	}
	in := newInputs(&task, &w)
	if concealed(u.held.object) {
		task.Helm.Self = &holder{Input: in.of(u.held.unit), Namespace: u.held.object.ID.Namespace, Name: u.held.object.ID.Name}
	} else {
		task.Helm.Object = plainFields(u.held.object)
	}
	for _, r := range u.reads {
		task.Helm.From = append(task.Helm.From, in.values(r.ref.objectRef, u.held.object.ID.Namespace, r.held, r.ok))
	}
	w.task, w.sum = task, sumOf(task)
	return w, nil
}

// helm plans both sides' HelmReleases.
func (p *pair) helm(ctx context.Context) {
	for side, f := range p.sides {
		p.helms[side] = map[string]*helmUnit{}
		if f == nil {
			continue
		}
		for _, u := range f.releases(ctx) {
			p.helms[side][u.target.ID] = u
		}
	}
}

// reachedRelease reports whether the change can alter what a release renders to.
func (p *pair) reachedRelease(id string) bool {
	base, head := p.helms[0][id], p.helms[1][id]
	return p.req.All || base == nil || head == nil || base.sum != head.sum
}

// renderReleases renders the HelmReleases among the targets that the change
// reaches, their charts fetched all at once.
func (p *pair) renderReleases(ctx context.Context, targets []model.Target, snapshots [2]*model.Snapshot) error {
	var refs [2][]model.SourceRef
	for _, u := range p.helms[0] {
		p.vouched[sourceOf(u.chart.ref)] = true
	}
	wanted := map[string]bool{}
	for _, t := range targets {
		if t.Kind != model.Helm || !p.reachedRelease(t.ID) {
			continue
		}
		wanted[t.ID] = true
		for side := range p.helms {
			if u := p.helms[side][t.ID]; u != nil && u.chart.ref != (model.SourceRef{}) {
				refs[side] = append(refs[side], u.chart.ref)
			}
		}
	}
	for side := range refs {
		p.fetchAll(ctx, side, refs[side])
	}
	work := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(p.workers)
	for i, t := range targets {
		if t.Kind != model.Helm {
			continue
		}
		for side, s := range snapshots {
			if s == nil {
				continue
			}
			u := p.helms[side][t.ID]
			s.Targets[i] = model.Rendered{Target: t, Status: model.StatusAbsent, Reused: true}
			switch {
			case u == nil:
			case !wanted[t.ID]:
				s.Targets[i].Status, s.Targets[i].Problem = model.StatusUnreached, p.unreadable(side, u)
				s.Targets[i].Lineage = u.lineage()
			default:
				work.Go(func(ctx context.Context) error {
					out, err := p.release(ctx, side, u)
					s.Targets[i] = out
					return err
				})
			}
		}
	}
	return work.Wait()
}

// unreadable is what is known to keep an unreached release from being rendered.
func (p *pair) unreadable(side int, u *helmUnit) *model.Problem {
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

func (p *pair) release(ctx context.Context, side int, u *helmUnit) (model.Rendered, error) {
	var out outcome
	fetched := p.outside[u.chart.ref]
	if refused := p.refused(u.chart.ref); refused != nil && side == 1 && u.chart.ref != (model.SourceRef{}) {
		fetched = model.Artifact{Problem: refused}
	}
	w, problem := u.work(p, fetched)
	if problem != nil {
		out.Problem = problem
	} else {
		var err error
		if out, err = p.do(ctx, w); err != nil {
			return model.Rendered{}, err
		}
	}
	if out.Problem != nil && out.Problem.Location == nil {
		problem := *out.Problem
		problem.Location = u.place(side)
		out.Problem = &problem
	}
	r := p.rendered(side, u.target, out)
	r.Lineage = u.lineage()
	return r, nil
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
	} else if u.chart.by != nil {
		l.Source = &model.Read{Object: u.chart.by.object.ID, In: u.chart.by.unit.lineage()}
	}
	return l
}
