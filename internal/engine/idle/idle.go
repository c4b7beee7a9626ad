// Package idle finds patches and images of kustomizations that change nothing: Kustomize
// says nothing of one whose target or name matches nothing, of a patch that sets what is
// there, nor of fields that get lost. What is built with it and without it tells.
package idle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"

	"github.com/seaworthy-dev/seaworthy/internal/engine/argo"
	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
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
	s := search{files: files[0], kubernetes: want.KubeVersion, left: maxBuilds}
	for _, dir := range want.Dirs {
		s.directory(dir)
	}
	if err := s.files.Failed(); err != nil {
		return nil, err
	}
	return s.out, nil
}

type search struct {
	files      *sandbox.Files
	kubernetes string
	left       int
	out        []task.IdlePatch
}

// directory looks at the patches and images of one kustomization. What does not build, or is
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
	s.images(dir, file, top)
}

// images looks for entries that no image has the name of. All get a tag of their own
// first; one whose tag is not built, which a later entry may have replaced, is tried as
// the last.
func (s *search) images(dir, file string, top *yaml.Node) {
	list := document.Field(top, "images")
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return
	}
	all := list.Content
	marked := make([]*yaml.Node, len(all))
	for i, entry := range all {
		marked[i] = markedImage(entry, i)
	}
	built := func(entries []*yaml.Node) ([]byte, bool) {
		list.Content = entries
		defer func() { list.Content = all }()
		content, err := yaml.Marshal(top)
		if err != nil {
			return nil, false
		}
		return s.build(dir, file, content)
	}
	first, ok := built(marked)
	for i, entry := range all {
		if !ok {
			return
		}
		if bytes.Contains(first, []byte(imageMark(i))) || document.Text(document.Field(document.Follow(entry), "name")) == "" {
			continue
		}
		var out []byte
		if out, ok = built(append(slices.Clone(all[:i]), marked[i])); ok && !bytes.Contains(out, []byte(imageMark(i))) {
			name := document.Text(document.Field(document.Follow(entry), "name"))
			s.out = append(s.out, task.IdlePatch{File: file, Line: entry.Line, Image: true, Key: short(name), Built: imagesOf(out, name)})
		}
	}
}

// imageMark is a tag that nobody gives.
func imageMark(i int) string { return fmt.Sprintf("seaworthy-looks-for-entry-%d-.", i) }

// markedImage is an entry of images with a tag of its own.
func markedImage(entry *yaml.Node, i int) *yaml.Node {
	entry = document.Follow(entry)
	out := *entry
	out.Content = nil
	for n := 0; n+1 < len(entry.Content); n += 2 {
		switch entry.Content[n].Value {
		case "newTag", "digest", "tagSuffix":
		default:
			out.Content = append(out.Content, entry.Content[n], entry.Content[n+1])
		}
	}
	text := func(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value} }
	out.Content = append(out.Content, text("newTag"), text(imageMark(i)))
	return &out
}

// maxImages bounds the images that are named.
const maxImages = 3

var anImage = pattern.New(`(?m)^\s*(?:- )?image: "?([^\s"@]+)`)

// imagesOf gives some names of images in what was built, those first that may be meant by
// a name.
func imagesOf(out []byte, meant string) []string {
	var names []string
	for _, m := range anImage.FindAllSubmatch(out, -1) {
		name := string(m[1])
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name = name[:i]
		}
		names = append(names, short(name))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int { return unlike(a, meant) - unlike(b, meant) })
	return names[:min(len(names), maxImages)]
}

// unlike is 0 for images of one last name, 1 where one's is part of the other's.
func unlike(a, b string) int {
	a, b = path.Base(a), path.Base(b)
	switch {
	case a == b:
		return 0
	case strings.Contains(a, b) || strings.Contains(b, a):
		return 1
	}
	return 2
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
	var remarks object.Remarks
	argo.Inflate(fsys, s.kubernetes, true, redact.New(nil, false), &remarks)
	objects, holes, err := kustomize.BuildAround(fsys, dir, krusty.ReorderOptionNone)
	if err != nil || len(holes) > 0 {
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
