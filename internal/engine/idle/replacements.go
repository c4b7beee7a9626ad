package idle

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// replacement is one target of a kustomization's replacements.
type replacement struct {
	*entry
	whole *yaml.Node // the replacement with all its targets
}

// kept keeps objects that are for Kustomize alone, which a build leaves out at its end: one
// replacement may write what another reads there.
const kept = `apiVersion: builtin
kind: PatchTransformer
metadata: {name: seaworthy}
patch: '[{"op": "remove", "path": "/metadata/annotations/config.kubernetes.io~1local-config"}]'
target: {annotationSelector: config.kubernetes.io/local-config}
`

// replacements looks for targets that match nothing: Kustomize refuses a field that is not
// there, and says nothing of a selection that no object is of (kustomize v5.8.2). All get a
// value of their own first; one whose value is not built, which a later one may have
// replaced, is tried as the last. Transformers, which come later, are left out.
func (k *kustomization) replacements() func(fresh bool) {
	all, others := targetsOf(k.files, k.dir, k.file, k.top), []replacement(nil)
	if k.before != nil {
		others = targetsOf(k.other, k.dir, k.file, k.before)
	}
	k.number(entriesOf(all), entriesOf(others))
	built := func(entries []*yaml.Node) ([]byte, bool) {
		top := k.top
		defer func() { k.top = top }()
		k.top = with(with(top, "replacements", entries), "transformers", []*yaml.Node{text(kept)})
		return k.built()
	}
	plain, marked := make([]*yaml.Node, len(all)), make([]*yaml.Node, len(all))
	for i, r := range all {
		plain[i], marked[i] = r.alone(""), r.alone(replacementMark(i))
	}
	var first []byte
	tried, ok := false, false
	return func(fresh bool) {
		for i, r := range all {
			if r.fresh != fresh || !k.wanted(r.id) {
				continue
			}
			if !tried {
				first, ok = built(marked)
				tried = true
			}
			if ok && bytes.Contains(first, []byte(replacementMark(i))) {
				continue
			}
			out, ok := built(append(slices.Clone(plain[:i]), marked[i]))
			if ok && !bytes.Contains(out, []byte(replacementMark(i))) {
				k.out = append(k.out, task.IdlePatch{File: r.file, Line: r.node.Line, Replacement: true, Key: r.key, ID: r.id})
			}
		}
	}
}

func entriesOf(replacements []replacement) (out []*entry) {
	for _, r := range replacements {
		out = append(out, r.entry)
	}
	return out
}

// targetsOf gives the targets of all replacements, those in files too. Where a value is
// encoded on its way it cannot be found again: such targets are left out.
func targetsOf(files *sandbox.Files, dir, file string, top *yaml.Node) (out []replacement) {
	list := document.Field(top, "replacements")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	add := func(file string, whole *yaml.Node) {
		targets := document.Field(whole, "targets")
		if targets == nil || targets.Kind != yaml.SequenceNode {
			return
		}
		for _, target := range targets.Content {
			target = document.Follow(target)
			if document.Field(document.Field(target, "options"), "encoding") != nil {
				continue
			}
			r := replacement{&entry{node: target, file: file, key: selected(document.Field(target, "select"))}, whole}
			r.text = textOf(r.alone(""))
			out = append(out, r)
		}
	}
	for _, whole := range list.Content {
		whole = document.Follow(whole)
		name := document.Text(document.Field(whole, "path"))
		if name == "" {
			add(file, whole)
			continue
		}
		at := path.Join(dir, name)
		var doc yaml.Node
		if yaml.Unmarshal(files.Node(at).Content, &doc) != nil || len(doc.Content) != 1 {
			continue
		}
		if doc.Content[0].Kind != yaml.SequenceNode {
			add(at, doc.Content[0])
			continue
		}
		for _, whole := range doc.Content[0].Content {
			add(at, document.Follow(whole))
		}
	}
	return out
}

// selected says what a selection is of: its kind and name, and the labels and annotations.
func selected(selection *yaml.Node) string {
	field := func(key string) string { return document.Text(document.Field(selection, key)) }
	name := field("name")
	if namespace := field("namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	words := []string{field("kind"), name, field("labelSelector"), field("annotationSelector")}
	return short(strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " "))
}

// alone is the replacement of that target only; of a value, where one is given.
func (r replacement) alone(value string) *yaml.Node {
	out := *r.whole
	out.Anchor, out.Content = "", nil
	for n := 0; n+1 < len(r.whole.Content); n += 2 {
		key := r.whole.Content[n].Value
		if key == "targets" || value != "" && (key == "source" || key == "sourceValue") {
			continue
		}
		out.Content = append(out.Content, r.whole.Content[n], r.whole.Content[n+1])
	}
	if value != "" {
		out.Content = append(out.Content, text("sourceValue"), text(value))
	}
	out.Content = append(out.Content, text("targets"), &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{r.node}})
	return &out
}

// replacementMark is a value that nobody gives.
func replacementMark(i int) string { return fmt.Sprintf("seaworthy-looks-for-target-%d-.", i) }
