package idle

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// replacement is one target of a kustomization's replacements, and where it is written.
type replacement struct {
	entry, target *yaml.Node
	file          string
}

// replacements looks for targets that match nothing: Kustomize refuses a field that is not
// there, and says nothing of a selection that no object is of (kustomize v5.8.2). All get a
// value of their own first; one whose value is not built, which a later one may have
// replaced, is tried as the last.
func (s *search) replacements(dir, file string, top *yaml.Node) {
	list := document.Field(top, "replacements")
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	all := s.targetsOf(dir, file, list)
	if !slices.ContainsFunc(all, func(r replacement) bool { return s.wanted(r.key()) }) {
		return
	}
	built := func(entries []*yaml.Node) ([]byte, bool) {
		before := list.Content
		list.Content = entries
		defer func() { list.Content = before }()
		content, err := yaml.Marshal(top)
		if err != nil {
			return nil, false
		}
		return s.build(dir, file, content)
	}
	plain, marked := make([]*yaml.Node, len(all)), make([]*yaml.Node, len(all))
	for i, r := range all {
		plain[i], marked[i] = r.alone(""), r.alone(replacementMark(i))
	}
	first, ok := built(marked)
	for i, r := range all {
		if ok && bytes.Contains(first, []byte(replacementMark(i))) || !s.wanted(r.key()) {
			continue
		}
		out, ok := built(append(slices.Clone(plain[:i]), marked[i]))
		if ok && !bytes.Contains(out, []byte(replacementMark(i))) {
			s.out = append(s.out, task.IdlePatch{File: r.file, Line: r.target.Line, Replacement: true, Key: r.key()})
		}
	}
}

// targetsOf gives the targets of all replacements, those in files too. Where a value is
// encoded on its way it cannot be found again: such targets are left out.
func (s *search) targetsOf(dir, file string, list *yaml.Node) (out []replacement) {
	add := func(file string, entry *yaml.Node) {
		targets := document.Field(entry, "targets")
		if targets == nil || targets.Kind != yaml.SequenceNode {
			return
		}
		for _, target := range targets.Content {
			target = document.Follow(target)
			if document.Field(document.Field(target, "options"), "encoding") == nil {
				out = append(out, replacement{entry, target, file})
			}
		}
	}
	for _, entry := range list.Content {
		entry = document.Follow(entry)
		name := document.Text(document.Field(entry, "path"))
		if name == "" {
			add(file, entry)
			continue
		}
		at := path.Join(dir, name)
		var doc yaml.Node
		if yaml.Unmarshal(s.files.Node(at).Content, &doc) != nil || len(doc.Content) != 1 {
			continue
		}
		if doc.Content[0].Kind != yaml.SequenceNode {
			add(at, doc.Content[0])
			continue
		}
		for _, entry := range doc.Content[0].Content {
			add(at, document.Follow(entry))
		}
	}
	return out
}

// key is what the target selects: its kind and name.
func (r replacement) key() string {
	selected := document.Field(r.target, "select")
	text := func(key string) string { return document.Text(document.Field(selected, key)) }
	name := text("name")
	if namespace := text("namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	return short(strings.TrimSpace(text("kind") + " " + name))
}

// alone is the replacement of that target only; of a value, where one is given.
func (r replacement) alone(value string) *yaml.Node {
	out := *r.entry
	out.Anchor, out.Content = "", nil
	text := func(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value} }
	for n := 0; n+1 < len(r.entry.Content); n += 2 {
		key := r.entry.Content[n].Value
		if key == "targets" || value != "" && (key == "source" || key == "sourceValue") {
			continue
		}
		out.Content = append(out.Content, r.entry.Content[n], r.entry.Content[n+1])
	}
	if value != "" {
		out.Content = append(out.Content, text("sourceValue"), text(value))
	}
	out.Content = append(out.Content, text("targets"), &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{r.target}})
	return &out
}

// replacementMark is a value that nobody gives.
func replacementMark(i int) string { return fmt.Sprintf("seaworthy-looks-for-target-%d-.", i) }
