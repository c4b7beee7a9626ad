package kustomize

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"

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

// chart looks at an entry of helmCharts: it is rendered, or a hole, or a mistake.
func (c *cutter) chart(k kustomizationFile, n *yaml.Node) *diagnosis {
	if c.diagnosis.fsys.Inflate == nil {
		return c.plugged(k, "helmCharts", n)
	}
	one := c.fresh()
	one.chart = true
	where := at(k.file, n)
	chart, problem := c.chartOf(k, n)
	if problem == nil {
		var objects []map[string]any
		var err error
		if objects, err = c.diagnosis.fsys.Inflate(chart); err == nil {
			err = c.put(k, objects)
		}
		if one.taken = err == nil; one.taken {
			return one
		}
		if !errors.As(err, &problem) {
			problem = &model.Problem{Class: model.ChartInvalid, Message: err.Error()}
		}
	}
	told := *problem
	if told.Location == nil {
		told.Location = where
	}
	if told.Class.Incomplete() {
		told.Class = model.HelmChartsRefused
		one.unseen = &told
		return one
	}
	one.mistake = &told
	return one
}

// chartOf reads an entry and finds its chart, as Kustomize does.
func (c *cutter) chartOf(k kustomizationFile, n *yaml.Node) (Chart, *model.Problem) {
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
	if chart.Namespace == "" {
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
	at := join(k.dir, task.ChartDir(text(document.Field(k.top, "helmGlobals"), "chartHome"),
		task.Packaged{Repository: text(n, "repo"), Name: text(n, "name"), Version: text(n, "version")}))
	if c.diagnosis.node(at).Type == sandbox.IsOutside {
		return ""
	}
	return at
}

// put makes a file of a chart's objects, and an entry of `resources` for it. The mark
// keeps the namespace of the kustomization from them, as Kustomize does.
func (c *cutter) put(k kustomizationFile, objects []map[string]any) error {
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
		return err
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
