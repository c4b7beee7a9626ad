package render

import (
	"context"
	"encoding/json"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// onlyKustomizes reports whether a source's config management plugin does nothing but
// build the source's kustomization: the repository defines it so, and nowhere otherwise.
func (a *argoSide) onlyKustomizes(ctx context.Context, s argoSource) (bool, error) {
	var plugin struct {
		Name       string            `json:"name"`
		Env        []json.RawMessage `json:"env"`
		Parameters []json.RawMessage `json:"parameters"`
	}
	if json.Unmarshal(s.Plugin, &plugin) != nil || plugin.Name == "" || len(plugin.Env)+len(plugin.Parameters) > 0 {
		return false, nil
	}
	e, _, err := a.tree.Resolve(cleanPath(s.Path))
	if err != nil || a.graph.fileOf(e.Path) == "" {
		return false, nil
	}
	if a.plugins == nil {
		if a.plugins, err = a.definedPlugins(ctx); err != nil {
			return false, err
		}
	}
	return a.plugins[plugin.Name], nil
}

// maxPluginFile bounds the files that are searched for plugins, 1 MiB.
const maxPluginFile = 1 << 20

// definedPlugins are the config management plugins that the tree defines; true of those
// that do nothing but build a kustomization.
func (a *argoSide) definedPlugins(ctx context.Context) (map[string]bool, error) {
	var files []string
	for _, p := range a.tree.Files() {
		e, _ := a.tree.Lookup(p)
		if ext := path.Ext(p); e.Mode == model.File && (ext == ".yaml" || ext == ".yml") {
			files = append(files, p)
		}
	}
	var ask []task.ScanFile
	err := eachContent(ctx, a.tree, files, func(file string, content []byte) {
		if s := string(content); len(s) <= maxPluginFile && strings.Contains(s, "generate:") && strings.Contains(s, "command:") {
			ask = append(ask, task.ScanFile{Path: file, As: task.ScanPlugins})
		}
	})
	if err != nil {
		return nil, err
	}
	facts, err := a.scan(ctx, ask)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, f := range facts {
		for name, plain := range f.Plugins {
			before, known := out[name]
			out[name] = plain && (before || !known)
		}
	}
	return out, nil
}
