// Package idle finds patches, images and replacements of kustomizations that change nothing:
// Kustomize says nothing of one whose target or name matches nothing, of a patch that sets
// what is there, nor of fields that get lost. What is built with it and without it tells.
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

// Handle does a task.Idle: it gives a list of task.IdlePatch.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Idle
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	s := search{files: files[0], kubernetes: want.KubeVersion, left: want.Objects, only: want.Only}
	if want.Compared {
		s.other = files[1]
	}
	s.directory(want.Dir)
	if want.Compared && s.other.Failed() != nil {
		return nil, s.other.Failed()
	}
	return s.out, s.files.Failed()
}

type search struct {
	files, other *sandbox.Files // other is nil where there is one side
	kubernetes   string
	only         []string
	left         int // objects that may still be built
	out          []task.IdlePatch
}

// directory looks at the images and patches of one kustomization. What does not build, or is
// built only by who includes it, is left out.
func (s *search) directory(dir string) {
	file, top := kustomizationOf(s.files, dir)
	if path.Base(dir) == "flux-system" && !bytes.Contains(s.files.Node(path.Join(dir, "gotk-components.yaml")).Content, []byte("kind: Deployment")) {
		return // the patches are for what bootstrap will write
	}
	if top == nil || document.Text(document.Field(top, "kind")) == "Component" {
		return
	}
	s.images(dir, file, top)
	s.replacements(dir, file, top)
	patches := patchesOf(top)
	if s.other != nil {
		_, before := kustomizationOf(s.other, dir)
		known := map[string]bool{}
		for _, p := range patchesOf(before) {
			known[p.text()] = true
		}
		slices.SortStableFunc(patches, func(a, b patch) int { return s.new(dir, known, b) - s.new(dir, known, a) })
	}
	var whole []byte
	for _, p := range patches {
		if !s.wanted(describe(p.entry)) {
			continue
		}
		ok := true
		if whole == nil {
			if whole, ok = s.build(dir, "", nil); !ok {
				return
			}
		}
		without, err := p.without(top)
		if err != nil {
			return
		}
		if out, ok := s.build(dir, file, without); ok && bytes.Equal(out, whole) {
			s.out = append(s.out, task.IdlePatch{File: file, Line: p.entry.Line, Key: describe(p.entry)})
		}
	}
}

func (s *search) wanted(key string) bool { return len(s.only) == 0 || slices.Contains(s.only, key) }

// kustomizationOf gives a directory's kustomization; nil where it has none that is read.
func kustomizationOf(files *sandbox.Files, dir string) (file string, top *yaml.Node) {
	file, content, found := kustomize.Own(kustomize.NewFS(files), dir)
	var doc yaml.Node
	if !found || yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 {
		return "", nil
	}
	return file, doc.Content[0]
}

// patch is an entry of one of a kustomization's lists of patches.
type patch struct {
	list, entry *yaml.Node
}

func patchesOf(top *yaml.Node) (out []patch) {
	for _, key := range []string{"patches", "patchesStrategicMerge", "patchesJson6902"} {
		list := document.Field(top, key)
		if list == nil || list.Kind != yaml.SequenceNode {
			continue
		}
		for _, entry := range list.Content {
			out = append(out, patch{list, entry})
		}
	}
	return out
}

// text is the entry as it is written.
func (p patch) text() string {
	text, _ := yaml.Marshal(p.entry) // one that cannot be written is like no other
	return string(text)
}

// without is a kustomization without the patch.
func (p patch) without(top *yaml.Node) ([]byte, error) {
	all := p.list.Content
	defer func() { p.list.Content = all }()
	i := slices.Index(all, p.entry)
	p.list.Content = slices.Delete(slices.Clone(all), i, i+1)
	return yaml.Marshal(top)
}

// new is 1 of a patch that the other side has not, or has with another file.
func (s *search) new(dir string, known map[string]bool, p patch) int {
	if !known[p.text()] {
		return 1
	}
	name := document.Text(document.Follow(p.entry))
	if name == "" {
		name = document.Text(document.Field(document.Follow(p.entry), "path"))
	}
	if name == "" || strings.Contains(name, "\n") {
		return 0
	}
	if file := path.Join(dir, name); !bytes.Equal(s.files.Node(file).Content, s.other.Node(file).Content) {
		return 1
	}
	return 0
}

// images looks for entries that no image has the name of. All get a tag of their own
// first; one whose tag is not built, which a later entry may have replaced, is tried as
// the last.
func (s *search) images(dir, file string, top *yaml.Node) {
	list := document.Field(top, "images")
	if list == nil || list.Kind != yaml.SequenceNode || !slices.ContainsFunc(list.Content, func(entry *yaml.Node) bool { return s.wanted(imageKey(entry)) }) {
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
		if bytes.Contains(first, []byte(imageMark(i))) || imageKey(entry) == "" || !s.wanted(imageKey(entry)) {
			continue
		}
		var out []byte
		if out, ok = built(append(slices.Clone(all[:i]), marked[i])); ok && !bytes.Contains(out, []byte(imageMark(i))) {
			name := document.Text(document.Field(document.Follow(entry), "name"))
			s.out = append(s.out, task.IdlePatch{File: file, Line: entry.Line, Image: true, Key: imageKey(entry), Built: imagesOf(out, name)})
		}
	}
}

// imageKey names an entry of images.
func imageKey(entry *yaml.Node) string {
	return short(document.Text(document.Field(document.Follow(entry), "name")))
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
	if s.left <= 0 {
		return nil, false
	}
	fsys := kustomize.NewFS(s.files)
	if file != "" {
		fsys.Made[file] = content
	}
	var remarks object.Remarks
	argo.Inflate(fsys, s.kubernetes, true, redact.New(nil, false), &remarks)
	objects, holes, err := kustomize.BuildAround(fsys, dir, krusty.ReorderOptionNone)
	s.left -= max(1, len(objects))
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
