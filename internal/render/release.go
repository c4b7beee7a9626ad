package render

import (
	"context"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

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
	Reconcile   string    `json:"reconcileStrategy"`
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
	apis    []string // that the cluster serves besides Kubernetes' own
	sum     string   // of all that its render depends on
	out     outcome
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
	ref    model.SourceRef // zero where it is a directory
	from   *artifact
	dir    string
	values []string
	ignore bool  // values files that are missing
	by     *held // the source object
	// unbumped: source-controller packages the chart anew only where its version
	// changes.
	unbumped bool
	problem  *model.Problem
}

// releases lists what a side's HelmReleases are rendered from.
func (f *fluxSide) releases(ctx context.Context) []*helmUnit {
	var out []*helmUnit
	for _, c := range f.sorted() {
		apis := sync.OnceValue(c.apis)
		for _, id := range c.ids(task.HelmGroup) {
			if id.Kind != "HelmRelease" {
				continue
			}
			h := c.index[id]
			u := &helmUnit{cluster: c, held: h, spec: specOf[releaseSpec](h.object), apis: apis()}
			chartless := u.spec.ChartRef.Name == "" && u.spec.Chart.Spec.Chart == ""
			if chartless && (c.plain || c.name == "") {
				continue // whoever applies it adds one: the API server refuses it as it is
			}
			u.target = model.Target{ID: fmt.Sprintf("helm:%s/%s/%s", c.name, h.object.ID.Namespace, h.object.ID.Name),
				Kind: model.Helm, Cluster: c.target(), Path: f.releaseFile(h)}
			if chartless {
				u.chart.problem = &model.Problem{Class: model.ChartInvalid, Message: "it names no chart: it needs `chart` or `chartRef`"}
			} else {
				u.chart = f.chart(ctx, c, h.object, u.spec)
			}
			for _, ref := range u.spec.ValuesFrom {
				at, ok := c.find("", ref.Kind, h.object.ID.Namespace, ref.Name)
				u.reads = append(u.reads, found{ref, at, ok})
			}
			if p := f.pair.unfollowed.problem(h.object); p != nil {
				u.chart.problem = p
			}
			u.sum = u.identity(f.pair.req.Kubernetes)
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
func (u *helmUnit) identity(kubernetes string) string {
	parts := []string{u.held.object.Sum, kubernetes, strings.Join(u.apis, " "), fmt.Sprint(u.chart.ref), u.chart.dir, strings.Join(u.chart.values, " ")}
	for _, r := range u.reads {
		if r.ok {
			parts = append(parts, r.object.Sum)
		} else {
			parts = append(parts, "missing")
		}
	}
	if u.chart.problem != nil {
		parts = append(parts, u.chart.problem.Message)
		if u.chart.by != nil {
			parts = append(parts, u.chart.by.object.Sum)
		}
	}
	if a := u.chart.from; a != nil {
		parts = append(parts, a.id)
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
	return task.Sum(parts...)
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
		h, ok := c.find(task.SourceGroup, "OCIRepository", ns, spec.ChartRef.Name)
		if !ok {
			return noChart("the chart's source OCIRepository `%s/%s` is rendered by no target of the cluster", ns, spec.ChartRef.Name)
		}
		return chartFrom{ref: chartArtifact(h.object), by: &h}
	case "HelmChart":
		h, ok := c.find(task.SourceGroup, "HelmChart", ns, spec.ChartRef.Name)
		if !ok {
			return noChart("the HelmChart `%s/%s` is rendered by no target of the cluster", ns, spec.ChartRef.Name)
		}
		return f.chartOf(ctx, c, ns, specOf[chartSpec](h.object))
	case "ExternalArtifact":
		from, _ := f.sources.source(ctx, c, ns, spec.ChartRef, ".", true)
		return chartFrom{from: from, dir: ".", problem: from.problem} // an ExternalArtifact lacks nothing in parts
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
		h, ok := c.find(task.SourceGroup, "HelmRepository", ns, spec.SourceRef.Name)
		if !ok {
			return noChart("the chart's source HelmRepository `%s/%s` is rendered by no target of the cluster", ns, spec.SourceRef.Name)
		}
		source := specOf[sourceSpec](h.object)
		problem := f.pair.unfollowed.problem(h.object)
		if problem != nil {
			problem.Field = nil // it is the source's, and not the release's
		}
		return chartFrom{by: &h, problem: problem, values: files, ignore: spec.Ignore, ref: model.SourceRef{Kind: model.ChartSource, URL: source.URL, Chart: spec.Chart,
			Version: spec.Version, By: secretOf(h.object, source)}}
	case "GitRepository", "OCIRepository", "":
		from, _ := f.sources.source(ctx, c, namespace, spec.SourceRef, spec.Chart, true)
		from = from.below(chartPath(spec.Chart))
		out := chartFrom{from: from, dir: chartPath(spec.Chart), unbumped: spec.Reconcile != "Revision", values: files, ignore: spec.Ignore, problem: from.problem}
		if h, ok := c.find(task.SourceGroup, spec.SourceRef.Kind, ns, spec.SourceRef.Name); ok {
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
		_, ok := slicesIndex(f.graph.closure(model.Kustomize, u.target.Path).paths(), file)
		return ok
	case u.from == nil || u.from.graph == nil:
		return false
	}
	dir := u.work.task.Dir
	for _, p := range u.from.graph.fluxClosure(dir).paths() {
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
