// Package idle finds patches, images and replacements of kustomizations that change nothing:
// Kustomize says nothing of one whose target or name matches nothing, of a patch that sets
// what is there, nor of fields that get lost. What is built with it and without it tells.
package idle

import (
	"bytes"
	"encoding/json"
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
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handle does a task.Idle: it gives a list of task.IdlePatch.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Idle
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	s := search{files: files[0], kubernetes: want.KubeVersion, left: want.Objects, only: want.Only, base: want.Base}
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
	base         bool // files are base's
	left         int  // objects that may still be built
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
	k := kustomization{search: s, dir: dir, file: file, top: top}
	if s.other != nil {
		_, k.before = kustomizationOf(s.other, dir)
	}
	tries := []func(fresh bool){k.images(), k.replacements(), k.patches()}
	for _, fresh := range []bool{true, false} { // what is new has the room first
		for _, try := range tries {
			try(fresh)
		}
	}
}

// kustomization is the one that is looked at; before is the other side's, nil for none.
type kustomization struct {
	*search
	dir, file   string
	top, before *yaml.Node
}

// built gives what the kustomization renders as top stands now.
func (k *kustomization) built() ([]byte, bool) {
	content, err := yaml.Marshal(k.top)
	if err != nil {
		return nil, false
	}
	return k.build(k.dir, k.file, content)
}

// patches tries the build without each patch. One that changes nothing stays out, so that
// of two that do the same one is told.
func (k *kustomization) patches() func(fresh bool) {
	all := patchesOf(k.top)
	k.number(all, patchesOf(k.before))
	for _, p := range all {
		p.fresh = p.fresh || k.moved(p)
	}
	var whole []byte
	return func(fresh bool) {
		var mine []*entry
		for _, p := range all {
			if p.fresh == fresh && k.wanted(p.id) {
				mine = append(mine, p)
			}
		}
		if len(mine) == 0 {
			return
		}
		for _, p := range mine {
			k.twice(p)
		}
		if whole == nil {
			var ok bool
			if whole, ok = k.build(k.dir, "", nil); !ok {
				return
			}
		}
		stray := func(p *entry) int { // those come first whose target is nowhere
			if _, name := targetOf(p.node); name == "" || bytes.Contains(whole, []byte("name: "+name+"\n")) {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(mine, func(a, b *entry) int { return stray(a) - stray(b) })
		for _, p := range mine {
			before := p.list.Content
			i := slices.Index(before, p.node)
			p.list.Content = slices.Delete(slices.Clone(before), i, i+1)
			if out, ok := k.built(); ok && bytes.Equal(out, whole) {
				k.out = append(k.out, task.IdlePatch{File: k.file, Line: p.node.Line, Key: p.key, ID: p.id})
				continue
			}
			p.list.Content = before
		}
	}
}

// twice notes a key that stands twice in one map of a strategic-merge patch: Kustomize takes
// the first and says nothing (5.8.2), and the API server never sees the second.
func (k *kustomization) twice(p *entry) {
	n := document.Follow(p.node)
	file, before, text := k.file, n.Line, document.Text(n)
	if n.Kind == yaml.MappingNode {
		inline := document.Field(n, "patch")
		if text = document.Text(inline); inline != nil {
			before = inline.Line
		}
		if name := document.Text(document.Field(n, "path")); name != "" {
			file = path.Join(k.dir, name)
		}
	} else if !strings.Contains(text, "\n") {
		file = path.Join(k.dir, text)
	}
	content := []byte(text)
	if file != k.file {
		content, before = k.files.Node(file).Content, 0
	}
	var key *yaml.Node
	err := document.Each(content, func(doc *yaml.Node) {
		if key == nil && doc.Kind == yaml.MappingNode {
			key = kustomize.RepeatedKey(doc)
		}
	})
	if err == nil && key != nil {
		k.out = append(k.out, task.IdlePatch{File: file, Line: before + key.Line, Twice: true, Key: short(key.Value), ID: p.id})
	}
}

func (s *search) wanted(id string) bool { return len(s.only) == 0 || slices.Contains(s.only, id) }

// kustomizationOf gives a directory's kustomization; nil where it has none that is read.
func kustomizationOf(files *sandbox.Files, dir string) (file string, top *yaml.Node) {
	file, content, found := kustomize.Own(kustomize.NewFS(files), dir)
	var doc yaml.Node
	if !found || yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 {
		return "", nil
	}
	return file, doc.Content[0]
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
	kind, name := targetOf(entry)
	return short(strings.TrimSpace(kind + " " + name))
}

// targetOf gives the kind and the name of what a patch is for, where it says them itself.
func targetOf(entry *yaml.Node) (kind, name string) {
	entry = document.Follow(entry)
	target := document.Field(entry, "target")
	kind, name = document.Text(document.Field(target, "kind")), document.Text(document.Field(target, "name"))
	if kind == "" && name == "" {
		var patch yaml.Node
		if yaml.Unmarshal([]byte(document.Text(document.Field(entry, "patch"))), &patch) == nil && len(patch.Content) == 1 {
			kind, name = document.Text(document.Field(patch.Content[0], "kind")), document.Text(document.Field(document.Field(patch.Content[0], "metadata"), "name"))
		}
	}
	return kind, name
}

// patchesOf gives the entries of a kustomization's lists of patches.
func patchesOf(top *yaml.Node) (out []*entry) {
	for _, key := range []string{"patches", "patchesStrategicMerge", "patchesJson6902"} {
		list := document.Field(top, key)
		if list == nil || list.Kind != yaml.SequenceNode {
			continue
		}
		for _, node := range list.Content {
			out = append(out, &entry{node: node, list: list, key: describe(node), text: textOf(node)})
		}
	}
	return out
}

// moved reports whether the patch stands in a file that the other side has otherwise.
func (k *kustomization) moved(p *entry) bool {
	name := document.Text(document.Follow(p.node))
	if name == "" {
		name = document.Text(document.Field(document.Follow(p.node), "path"))
	}
	if k.other == nil || name == "" || strings.Contains(name, "\n") {
		return false
	}
	file := path.Join(k.dir, name)
	return !bytes.Equal(k.files.Node(file).Content, k.other.Node(file).Content)
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
