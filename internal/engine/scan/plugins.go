package scan

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"go.yaml.in/yaml/v3"
)

// scanPluginsFile finds config management plugins of Argo CD, and which of them do nothing
// but build a kustomization. They stand in objects of their own, in keys of ConfigMaps,
// and in the values of Argo CD's chart.
func scanPluginsFile(content []byte) task.Facts {
	f := task.Facts{Plugins: map[string]bool{}}
	p := pluginScan{found: f.Plugins, budget: 50_000}
	err := document.Each(content, func(doc *yaml.Node) { p.walk(doc, "", 0) })
	f.Broken = err != nil
	return f
}

type pluginScan struct {
	found  map[string]bool
	budget int // nodes that may still be looked at
}

// maxPluginDepth bounds how deep a plugin stands, texts that hold YAML included.
const maxPluginDepth = 30

// walk looks for what has `generate:`; it is called as the key above it, or as it says.
func (p *pluginScan) walk(n *yaml.Node, key string, depth int) {
	n = document.Follow(n)
	if p.budget--; p.budget < 0 || depth > maxPluginDepth {
		return
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "generate:") && strings.Contains(n.Value, "\n") {
		// What is no YAML defines no plugin.
		_ = document.Each([]byte(n.Value), func(doc *yaml.Node) { p.walk(doc, key, depth+1) })
		return
	}
	spec := n
	if document.Text(document.Field(n, "kind")) == "ConfigManagementPlugin" {
		key = document.Text(document.Field(document.Field(n, "metadata"), "name"))
		if spec = document.Field(n, "spec"); spec == nil {
			return
		}
		if version := document.Text(document.Field(spec, "version")); version != "" {
			key += "-" + version
		}
	} else if name := document.Text(document.Field(n, "name")); name != "" {
		key = name
	}
	if generate := document.Field(spec, "generate"); generate != nil && document.Field(generate, "command") != nil {
		before, known := p.found[key]
		p.found[key] = buildsKustomization(spec, generate) && (before || !known)
		return
	}
	for i, c := range n.Content {
		below := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			below = n.Content[i-1].Value
		}
		p.walk(c, below, depth+1)
	}
}

// buildsKustomization reports whether a plugin is `kustomize build --enable-helm` of the
// source's directory, by a shell or without.
func buildsKustomization(spec, generate *yaml.Node) bool {
	if document.Field(spec, "init") != nil {
		return false
	}
	var words []string
	for _, key := range []string{"command", "args"} {
		list := document.Field(generate, key)
		if list == nil {
			continue
		}
		for _, c := range list.Content {
			words = append(words, document.Follow(c).Value)
		}
	}
	if len(words) == 3 && slices.Contains([]string{"sh", "/bin/sh", "bash", "/bin/bash"}, words[0]) && words[1] == "-c" {
		words = strings.Fields(words[2])
	}
	if len(words) < 2 || words[0] != "kustomize" || words[1] != "build" {
		return false
	}
	helm := false
	for _, w := range words[2:] {
		switch w {
		case "--enable-helm":
			helm = true
		case ".", "./", "--load-restrictor", "LoadRestrictionsNone", "--load-restrictor=LoadRestrictionsNone":
		default:
			return false
		}
	}
	return helm
}
