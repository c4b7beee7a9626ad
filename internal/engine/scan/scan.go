// Package scan reads which other files a file names: a kustomization's inputs, and
// what objects of Flux and Argo CD apply. Too many is right, too few is not.
package scan

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"go.yaml.in/yaml/v3"
)

// Handle does a task.Scan: it gives one task.Facts for each file.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Scan
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	out := make([]task.Facts, len(want.Files))
	for i, f := range want.Files {
		content, err := files[0].Read(f.Path)
		if failed := files[0].Failed(); failed != nil {
			return nil, failed
		}
		if err != nil {
			out[i].Broken = true
			continue
		}
		switch f.As {
		case task.ScanKustomization:
			out[i] = scanKustomizationFile(content)
		case task.ScanConfig:
			out[i] = scanConfigFile(content)
		case task.ScanManifest:
			out[i] = scanManifestFile(content)
		case task.ScanApplied:
			out[i] = scanAppliedFile(content)
		case task.ScanPlugins:
			out[i] = scanPluginsFile(content)
		}
	}
	return out, nil
}

// pathFields are the fields of a kustomization whose entries are paths.
var pathFields = map[string]task.Role{
	"resources": task.AsResource, "bases": task.AsResource, "components": task.AsComponent,
	"generators": task.AsConfig, "transformers": task.AsConfig, "validators": task.AsConfig,
	"crds": task.AsFile, "configurations": task.AsFile, "patchesStrategicMerge": task.AsFile,
}

// entryFields are the fields whose entries are maps that name paths.
var entryFields = map[string][]string{
	"patches": {"path"}, "patchesJson6902": {"path"}, "replacements": {"path"},
	"configMapGenerator": {"files", "envs", "env"}, "secretGenerator": {"files", "envs", "env"},
	"helmCharts": {"valuesFile", "additionalValuesFiles"}, "helmChartInflationGenerator": {"values"},
}

func scanKustomizationFile(content []byte) task.Facts {
	var doc yaml.Node
	if yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return task.Facts{Broken: true}
	}
	f := task.Facts{Kind: "Kustomization"}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i].Value, document.Follow(top.Content[i+1])
		if key == "kind" && value.Value != "" {
			f.Kind = value.Value
		}
		if key == "openapi" || key == "crds" {
			f.Global = true
		}
		if strings.HasPrefix(key, "patches") || key == "images" || key == "replacements" {
			f.Patches = true
		}
		if key == "openapi" {
			addPath(&f, task.AsFile, document.Field(value, "path"))
		}
		if role, ok := pathFields[key]; ok {
			for _, item := range value.Content {
				addPath(&f, role, document.Follow(item))
			}
		}
		if key == "helmCharts" || key == "helmChartInflationGenerator" {
			addCharts(&f, top, value)
		}
		if key == "generators" || key == "transformers" || key == "validators" {
			for _, item := range value.Content { // one that is written in the kustomization itself
				if text := document.Follow(item).Value; strings.Contains(text, "\n") {
					inner := scanConfigFile([]byte(text))
					f.Refs, f.Open = append(f.Refs, inner.Refs...), f.Open || inner.Open
				}
			}
		}
		for _, name := range entryFields[key] {
			for _, item := range value.Content {
				addEntry(&f, name, document.Field(document.Follow(item), name))
			}
		}
	}
	return f
}

// addCharts notes where the charts of helmCharts are looked for, and where they come from
// else (kustomize api 0.21, HelmChartInflationGenerator).
func addCharts(f *task.Facts, top, list *yaml.Node) {
	home := document.Text(document.Field(document.Field(top, "helmGlobals"), "chartHome"))
	for _, item := range list.Content {
		item = document.Follow(item)
		text := func(keys ...string) string {
			for _, key := range keys {
				if v := document.Text(document.Field(item, key)); v != "" {
					return v
				}
			}
			return ""
		}
		c := task.Packaged{Repository: text("repo", "chartRepoUrl"), Name: text("name", "chartName"), Version: text("version", "chartVersion")}
		if c.Name == "" {
			continue
		}
		f.ChartHome = cmp.Or(home, text("chartHome"))
		at := task.ChartDir(f.ChartHome, c)
		addPath(f, task.AsChart, &yaml.Node{Kind: yaml.ScalarNode, Value: at})
		if c.Repository != "" {
			f.Charts = append(f.Charts, c)
		}
	}
}

func addEntry(f *task.Facts, name string, value *yaml.Node) {
	if value == nil {
		return
	}
	if value.Kind != yaml.SequenceNode {
		addPath(f, task.AsFile, value)
		return
	}
	for _, item := range value.Content {
		item = document.Follow(item)
		if name == "files" {
			if _, after, ok := strings.Cut(item.Value, "="); ok { // key=path
				item = &yaml.Node{Kind: yaml.ScalarNode, Value: after}
			}
		}
		addPath(f, task.AsFile, item)
	}
}

// maxPath is the longest text that is taken for a path, in bytes.
const maxPath = 1024

func addPath(f *task.Facts, role task.Role, n *yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" || len(n.Value) > maxPath || strings.Contains(n.Value, "\n") {
		return
	}
	f.Refs = append(f.Refs, task.NamedPath{Path: n.Value, As: role})
}

// scanConfigFile takes every text of a transformer's configuration that could
// be a path for one: too many is right, too few is not.
func scanConfigFile(content []byte) task.Facts {
	var f task.Facts
	err := document.Each(content, func(doc *yaml.Node) {
		kind, version := document.Text(document.Field(doc, "kind")), document.Text(document.Field(doc, "apiVersion"))
		switch {
		case kind == "HelmChartInflationGenerator":
			addCharts(&f, &yaml.Node{Kind: yaml.MappingNode}, &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{doc}})
		case version != "builtin" && kind != "ksops" && kind != "SopsSecretGenerator":
			f.Open = true
		}
		budget := 10_000
		var walk func(*yaml.Node)
		walk = func(n *yaml.Node) {
			if budget--; budget < 0 {
				return
			}
			if n.Kind == yaml.ScalarNode && strings.ContainsAny(n.Value, "./") {
				addPath(&f, task.AsFile, n)
				if _, after, ok := strings.Cut(n.Value, "="); ok { // key=path
					addPath(&f, task.AsFile, &yaml.Node{Kind: yaml.ScalarNode, Value: after})
				}
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(doc)
	})
	f.Broken = err != nil
	return f
}

// scanAppliedFile finds the directories that Flux Kustomizations and Argo CD
// Applications in a file apply.
func scanAppliedFile(content []byte) task.Facts {
	var f task.Facts
	// What does not parse names nothing that can be applied.
	err := document.Each(content, func(doc *yaml.Node) {
		group, _, _ := strings.Cut(document.Text(document.Field(doc, "apiVersion")), "/")
		spec := document.Field(doc, "spec")
		f.Source = f.Source || group == task.SourceGroup || group == task.GeneratorGroup
		switch group + " " + document.Text(document.Field(doc, "kind")) {
		case task.KustomizeGroup + " Kustomization":
			f.Flux = true
			f.Names = append(f.Names, document.Text(document.Field(document.Field(doc, "metadata"), "name")))
			if p := document.Text(document.Field(spec, "path")); p != "" {
				f.Applied = append(f.Applied, p)
			}
		case task.HelmGroup + " HelmRelease":
			f.Releases = append(f.Releases, document.Text(document.Field(document.Field(doc, "metadata"), "name")))
		case task.InstanceGroup + " FluxInstance":
			if p := document.Text(document.Field(document.Field(spec, "sync"), "path")); p != "" {
				f.Flux, f.Instance, f.Applied = true, true, append(f.Applied, p)
			}
		case task.ArgoGroup + " ApplicationSet", task.ArgoGroup + " AppProject":
			f.Argo = true
		case task.ArgoGroup + " Application":
			f.Argo = true
			source := document.Field(spec, "source")
			if p := document.Text(document.Field(source, "path")); p != "" {
				f.Applied = append(f.Applied, p)
				if document.Text(document.Field(document.Field(source, "directory"), "recurse")) == "true" {
					f.Recursed = append(f.Recursed, p)
				}
			}
		}
	})
	f.Broken = err != nil
	return f
}

// looksLike matches the two lines that every manifest has.
var looksLike = pattern.New(`(?ms)^apiVersion:.*^kind:|^kind:.*^apiVersion:`)

// scanManifestFile counts the Kubernetes objects of a file. What does not parse, and
// looks like a manifest, is one: broken, or the template of another program.
func scanManifestFile(content []byte) task.Facts {
	var f task.Facts
	err := document.Each(content, func(doc *yaml.Node) {
		if document.Text(document.Field(doc, "apiVersion")) != "" && document.Text(document.Field(doc, "kind")) != "" {
			f.Objects++
		}
	})
	f.Broken = err != nil
	if f.Broken && looksLike.Match(content) {
		f.Objects++
	}
	return f
}
