// Package idle finds patches of kustomizations that change nothing: Kustomize says
// nothing of one whose target matches no object, of one that sets what is there, nor
// of fields that get lost. What is built with a patch and without it tells.
package idle

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// maxBuilds bounds the builds of one task: each patch takes one.
const maxBuilds = 60

// Handle does a task.Idle: it gives a list of task.IdlePatch.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Idle
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	s := search{files: files[0], left: maxBuilds}
	for _, dir := range want.Dirs {
		s.directory(dir)
	}
	if err := s.files.Failed(); err != nil {
		return nil, err
	}
	return s.out, nil
}

type search struct {
	files *sandbox.Files
	left  int
	out   []task.IdlePatch
}

// directory looks at the patches of one kustomization. What does not build, or is
// built only by who includes it, is left out.
func (s *search) directory(dir string) {
	file, content, found := kustomize.Own(kustomize.NewFS(s.files), dir)
	var doc yaml.Node
	if path.Base(dir) == "flux-system" && !bytes.Contains(s.files.Node(path.Join(dir, "gotk-components.yaml")).Content, []byte("kind: Deployment")) {
		return // the patches are for what bootstrap will write
	}
	if !found || yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 || document.Text(document.Field(doc.Content[0], "kind")) == "Component" {
		return
	}
	top := doc.Content[0]
	whole, ok := []byte(nil), false
	for _, key := range []string{"patches", "patchesStrategicMerge", "patchesJson6902"} {
		list := document.Field(top, key)
		if list == nil || list.Kind != yaml.SequenceNode {
			continue
		}
		all := list.Content
		for i, entry := range all {
			if whole == nil {
				if whole, ok = s.build(dir, "", nil); !ok {
					return
				}
			}
			list.Content = slices.Delete(slices.Clone(all), i, i+1)
			without, err := yaml.Marshal(top)
			if err != nil {
				return
			}
			if out, ok := s.build(dir, file, without); ok && bytes.Equal(out, whole) {
				s.out = append(s.out, task.IdlePatch{File: file, Line: entry.Line, Key: describe(entry)})
			}
		}
		list.Content = all
	}
}

// describe names a patch: its file, or its target.
func describe(entry *yaml.Node) string {
	entry = document.Follow(entry)
	if entry.Kind == yaml.ScalarNode {
		return short(entry.Value)
	}
	if p := document.Text(document.Field(entry, "path")); p != "" {
		return short(p)
	}
	target := document.Field(entry, "target")
	kind, name := document.Text(document.Field(target, "kind")), document.Text(document.Field(target, "name"))
	if kind == "" && name == "" {
		var patch yaml.Node
		if yaml.Unmarshal([]byte(document.Text(document.Field(entry, "patch"))), &patch) == nil && len(patch.Content) == 1 {
			kind, name = document.Text(document.Field(patch.Content[0], "kind")), document.Text(document.Field(document.Field(patch.Content[0], "metadata"), "name"))
		}
	}
	return short(strings.TrimSpace(kind + " " + name))
}

func short(s string) string { return s[:min(len(s), 200)] }

// build gives what a directory renders, with other content for one file; ok is false
// where it does not build, or too much was built already.
func (s *search) build(dir, file string, content []byte) (out []byte, ok bool) {
	if s.left--; s.left < 0 {
		return nil, false
	}
	fsys := kustomize.NewFS(s.files)
	if file != "" {
		fsys.Made[file] = content
	}
	objects, err := kustomize.Build(fsys, kustomize.Mount+"/"+dir, krusty.ReorderOptionNone)
	if err != nil {
		return nil, false
	}
	for _, o := range objects {
		text, err := o.AsYAML()
		if err != nil {
			return nil, false
		}
		out = append(append(out, "---\n"...), text...)
	}
	return out, true
}
