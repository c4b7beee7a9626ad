package helm

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/kustomize/kyaml/yaml/merge2"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Inflation is a chart of a kustomization's `helmCharts`.
type Inflation struct {
	types.HelmChart
	Chart       ChartFiles
	Read        func(file string) ([]byte, error) // from the kustomization's directory
	KubeVersion string
	Secrets     *redact.Redactor
	// Handed: who builds hands on the version and the APIs of the cluster, which take the
	// place of the entry's own (argo-cd v3, util/kustomize). APIs are those that it names
	// instead.
	Handed bool
	APIs   []string
}

// Inflate renders a chart as Kustomize has `helm template` do it (kustomize api 0.21,
// HelmChartInflationGenerator): nothing gets a namespace that its template does not say.
func Inflate(c Inflation) (Rendered, error) {
	values, err := c.values()
	if err != nil {
		return Rendered{}, err
	}
	name := c.ReleaseName
	switch {
	case c.NameTemplate != "" && name != "":
		return Rendered{}, chartInvalid("the chart `%s` has a `releaseName` and a `nameTemplate`: Helm refuses to take both", c.Name)
	case strings.Contains(c.NameTemplate, "{{"):
		return Rendered{}, &model.Problem{Class: model.HelmChartsRefused, Message: fmt.Sprintf("the `nameTemplate` of the chart `%s` is a template, which is not followed here", c.Name)}
	case c.NameTemplate != "":
		name = c.NameTemplate
	case name == "":
		name = "release-name" // by chance, there
	}
	if err := ValidName(name); err != nil {
		return Rendered{}, err
	}
	namespace := c.Namespace
	if namespace == "" {
		namespace = "default"
	}
	var from []any
	data := map[string][]byte{}
	for i, content := range values {
		key := fmt.Sprint(i)
		data[key] = content
		from = append(from, map[string]any{"kind": "ConfigMap", "name": "values", "valuesKey": key})
	}
	install := map[string]any{"disableHooks": c.SkipHooks}
	if !c.IncludeCRDs {
		install["crds"] = "Skip"
	}
	version, apis := c.HelmChart.KubeVersion, c.ApiVersions
	if version == "" || c.Handed {
		version = c.KubeVersion
	}
	if len(c.APIs) > 0 {
		apis = c.APIs
	}
	return Render(Release{
		Object: map[string]any{"metadata": map[string]any{"name": name, "namespace": namespace},
			"spec": map[string]any{"releaseName": name, "valuesFrom": from, "install": install, "upgrade": map[string]any{"crds": "CreateReplace"}, "test": map[string]any{"enable": !c.SkipTests}}},
		Chart: c.Chart, KubeVersion: version, APIVersions: apis, Secrets: c.Secrets, AsTemplated: true,
		Templated: true, Handed: c.Handed, Replaced: len(c.APIs) == 0,
		Reference: func(string, string) input.Referent { return input.Referent{Data: data, Found: true} },
	})
}

// values are the documents that Helm is given, in their order.
func (c Inflation) values() ([][]byte, error) {
	first, err := c.merged()
	if err != nil {
		return nil, err
	}
	out := [][]byte{first}
	for _, file := range c.AdditionalValuesFiles {
		content, err := c.file(file)
		if err != nil {
			return nil, err
		}
		out = append(out, content)
	}
	return out, nil
}

// merged is the values file with the inline values over it, below it, or instead of it.
func (c Inflation) merged() ([]byte, error) {
	if len(c.ValuesInline) > 0 && c.ValuesMerge == "replace" {
		return yaml.Marshal(c.ValuesInline)
	}
	var file []byte
	var err error
	if c.ValuesFile != "" {
		file, err = c.file(c.ValuesFile)
	} else if file, err = c.own(); errors.Is(err, model.ErrNotExist) {
		return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the chart `%s` has no values.yaml, which Kustomize asks for where an entry of `helmCharts:` has no `valuesFile`", c.Name)}
	}
	if err != nil || len(c.ValuesInline) == 0 {
		return file, err
	}
	over, err := kyaml.FromMap(c.ValuesInline)
	if err != nil {
		return nil, valuesInvalid("`valuesInline` cannot be read: %s", oneLine(err.Error()))
	}
	below, err := kyaml.Parse(string(file))
	if err != nil {
		return nil, valuesInvalid("the values file cannot be read: %s", oneLine(err.Error()))
	}
	switch c.ValuesMerge {
	case "", "override":
	case "merge":
		over, below = below, over
	default:
		return nil, valuesInvalid("`valuesMerge` is `%s`; it can be `merge`, `override` or `replace`", c.ValuesMerge)
	}
	out, err := merge2.Merge(over, below, kyaml.MergeOptions{})
	if err != nil {
		return nil, valuesInvalid("`valuesInline` cannot be merged with the values file: %s", oneLine(err.Error()))
	}
	merged, err := out.Map()
	if err != nil {
		return nil, valuesInvalid("`valuesInline` cannot be merged with the values file: %s", oneLine(err.Error()))
	}
	return yaml.Marshal(merged)
}

// own is the chart's values.yaml.
func (c Inflation) own() ([]byte, error) {
	if c.Chart.Packaged {
		return c.Chart.File("values.yaml")
	}
	return c.Chart.Files.Read(path.Join(c.Chart.Path, "values.yaml"))
}

func (c Inflation) file(name string) ([]byte, error) {
	content, err := c.Read(name)
	if err != nil {
		return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the values file `%s` of the chart `%s` cannot be read", name, c.Name)}
	}
	return content, nil
}
