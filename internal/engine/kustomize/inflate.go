package kustomize

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	kyaml "sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Kustomize renders the charts of `helmCharts` by the helm program (`--enable-helm`).
// Here the room that renders charts does it: what it makes takes the entry's place, as a
// file among the resources.

// Chart is one that a kustomization has under `helmCharts`.
type Chart struct {
	types.HelmChart
	Dir      string // the kustomization's
	Path     string // of the chart's directory, or of its package
	Packaged bool
}

// Inflate renders a chart.
type Inflate func(Chart) ([]map[string]any, error)

// chart looks at an entry of helmCharts: it is rendered, or a hole, or a mistake. It gets
// the kustomization's namespace.
func (c *cutter) chart(k kustomizationFile, n *yaml.Node) *diagnosis {
	if c.diagnosis.fsys.Inflate == nil {
		return c.plugged(k, "helmCharts", n)
	}
	one := c.fresh()
	one.chart = true
	objects, problem := c.inflate(k, n, at(k.file, n), true)
	if problem == nil {
		problem = c.put(k, objects)
	}
	one.refuse(problem)
	return one
}

// generator looks at an entry of generators: where it configures nothing but charts, they
// are rendered.
func (c *cutter) generator(k kustomizationFile, n *yaml.Node) *diagnosis {
	file, content := k.file, []byte(n.Value)
	if !strings.Contains(n.Value, "\n") {
		found := c.diagnosis.node(join(k.dir, n.Value))
		if found.Type != sandbox.IsFile {
			return c.plugged(k, "generators", n)
		}
		file, content = found.Real, found.Content
	}
	var docs []*yaml.Node
	other := func(doc *yaml.Node) bool {
		return document.Text(document.Field(doc, "kind")) != chartGenerator || document.Text(document.Field(doc, "apiVersion")) != "builtin"
	}
	err := document.Each(content, func(doc *yaml.Node) { docs = append(docs, doc) })
	if c.diagnosis.fsys.Inflate == nil || err != nil || len(docs) == 0 || slices.ContainsFunc(docs, other) {
		return c.plugged(k, "generators", n)
	}
	one := c.fresh()
	one.chart = true
	var all []map[string]any
	for _, doc := range docs {
		where := at(file, doc)
		if file == k.file {
			where = at(file, n)
		}
		objects, problem := c.inflate(k, doc, where, false)
		if problem != nil {
			one.refuse(problem)
			return one
		}
		all = append(all, objects...)
	}
	one.refuse(c.put(k, all))
	return one
}

// chartGenerator is the kind by which a file configures a chart.
const chartGenerator = "HelmChartInflationGenerator"

// refuse notes what came of a chart; it was rendered where there is no problem.
func (d *diagnosis) refuse(problem *model.Problem) {
	switch {
	case problem == nil:
		d.taken = true
	case problem.Class.Incomplete():
		told := *problem
		told.Class = model.HelmChartsRefused
		d.unseen = &told
	default:
		d.mistake = problem
	}
}

// inflate renders the chart of an entry.
func (c *cutter) inflate(k kustomizationFile, n *yaml.Node, where *model.Position, listed bool) ([]map[string]any, *model.Problem) {
	chart, problem := c.chartOf(k, n, listed)
	if problem == nil {
		objects, err := c.diagnosis.fsys.Inflate(chart)
		if err == nil {
			return objects, nil
		}
		if !errors.As(err, &problem) {
			problem = &model.Problem{Class: model.ChartInvalid, Message: err.Error()}
		}
	}
	told := *problem
	if told.Location == nil {
		told.Location = where
	}
	return nil, &told
}

// chartOf reads an entry and finds its chart, as Kustomize does.
func (c *cutter) chartOf(k kustomizationFile, n *yaml.Node, listed bool) (Chart, *model.Problem) {
	chart := Chart{Dir: k.dir}
	content, err := yaml.Marshal(n)
	if err == nil {
		err = kyaml.Unmarshal(content, &chart.HelmChart)
	}
	if err != nil {
		return chart, &model.Problem{Class: model.InvalidKustomization, Message: "an entry of `helmCharts:` cannot be read: " + err.Error()}
	}
	if chart.Name == "" {
		return chart, &model.Problem{Class: model.InvalidKustomization, Message: "an entry of `helmCharts:` has no `name`"}
	}
	if chart.Namespace == "" && listed {
		if chart.Namespace = k.namespace; slices.ContainsFunc(c.diagnosis.visited, func(o kustomizationFile) bool { return o.file == k.file && o.namespace != k.namespace }) {
			return chart, &model.Problem{Class: model.HelmChartsRefused, Message: fmt.Sprintf("the chart `%s` is rendered into more than one namespace, which is not followed here", chart.Name)}
		}
	}
	from := task.Packaged{Repository: chart.Repo, Name: chart.Name, Version: chart.Version}
	at := c.chartDir(k, n)
	switch {
	case at == "":
		return chart, &model.Problem{Class: model.PathOutside, Message: fmt.Sprintf("the chart `%s` is looked for outside of the repository", chart.Name)}
	case c.diagnosis.node(at).Type == sandbox.IsDir:
		chart.Path = at
	case chart.Repo == "":
		return chart, &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`helmCharts:` names the chart `%s` without a `repo`, and there is no `%s`", chart.Name, at)}
	case c.diagnosis.node(task.ChartMount(from)).Type == sandbox.IsFile:
		chart.Path, chart.Packaged = task.ChartMount(from), true
	default:
		return chart, &model.Problem{Class: model.HelmChartsRefused, Message: task.ChartNotFetched(from)}
	}
	return chart, nil
}

// chartDir is where the chart of an entry is looked for first; "" outside of the
// repository.
func (c *cutter) chartDir(k kustomizationFile, n *yaml.Node) string {
	text := func(of *yaml.Node, key string) string { return document.Text(document.Field(of, key)) }
	home := text(n, "chartHome") // of a generator's file
	if home == "" {
		home = text(document.Field(k.top, "helmGlobals"), "chartHome")
	}
	at := join(k.dir, task.ChartDir(home,
		task.Packaged{Repository: text(n, "repo"), Name: text(n, "name"), Version: text(n, "version")}))
	if c.diagnosis.node(at).Type == sandbox.IsOutside {
		return ""
	}
	return at
}

// put makes a file of a chart's objects, and an entry of `resources` for it. The mark
// keeps the namespace of the kustomization from them, as Kustomize does.
func (c *cutter) put(k kustomizationFile, objects []map[string]any) *model.Problem {
	list := map[string]any{"apiVersion": "v1", "kind": "List"}
	items := make([]any, len(objects))
	for i, fields := range objects {
		meta, _ := fields["metadata"].(map[string]any)
		if meta == nil {
			return &model.Problem{Class: model.ChartInvalid, Message: "the chart renders an object without a name"}
		}
		annotations, _ := meta["annotations"].(map[string]any)
		if annotations == nil {
			annotations = map[string]any{}
		}
		annotations[konfig.HelmGeneratedAnnotation] = "true"
		meta["annotations"] = annotations
		items[i] = fields
	}
	if len(items) == 0 {
		return nil
	}
	list["items"] = items
	content, err := json.Marshal(list) // JSON is YAML
	if err != nil {
		return &model.Problem{Class: model.ChartInvalid, Message: "what the chart renders cannot be written down"}
	}
	c.inflated++
	name := fmt.Sprintf("%s-%d.yaml", task.RemoteDir, c.inflated)
	c.diagnosis.fsys.Made[path.Join(k.dir, name)] = content
	entry := &yaml.Node{Kind: yaml.ScalarNode, Value: name}
	if have := document.Field(k.top, "resources"); have != nil && have.Kind == yaml.SequenceNode {
		have.Content = append(have.Content[:len(have.Content):len(have.Content)], entry)
		return nil
	}
	drop(k.top, "resources") // it is null
	k.top.Content = append(k.top.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "resources"}, &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}})
	return nil
}

// drop takes a field out of a map.
func drop(top *yaml.Node, key string) {
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == key {
			top.Content = append(top.Content[:i:i], top.Content[i+2:]...)
			return
		}
	}
}
