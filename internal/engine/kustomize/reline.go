package kustomize

import (
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// asWritten gives the nodes of a kustomization to which a renderer added its own fields
// the lines of the author's file. What the author did not write has no line.
func (d *diagnosis) asWritten(file string, top *yaml.Node) {
	if _, made := d.fsys.Made[file]; !made {
		return
	}
	if n := d.fsys.Files.Node(file); n.Type == sandbox.IsFile {
		reline(top, single(n.Content), 0)
	}
}

func reline(made, written *yaml.Node, depth int) {
	made.Line = 0
	if written != nil {
		written = document.Follow(written)
		made.Line = written.Line
	}
	if depth > maxNesting {
		return
	}
	like := func(int) *yaml.Node { return nil }
	switch {
	case written == nil || written.Kind != made.Kind:
	case made.Kind == yaml.MappingNode:
		like = func(i int) *yaml.Node {
			if i%2 == 0 {
				return document.Key(written, made.Content[i].Value)
			}
			return document.Field(written, made.Content[i-1].Value)
		}
	case made.Kind == yaml.SequenceNode:
		byName := map[string][]*yaml.Node{}
		for _, n := range written.Content {
			byName[itemName(n)] = append(byName[itemName(n)], n)
		}
		like = func(i int) *yaml.Node {
			name := itemName(made.Content[i])
			if len(byName[name]) == 0 {
				return nil
			}
			first := byName[name][0]
			byName[name] = byName[name][1:]
			return first
		}
	}
	for i, n := range made.Content {
		reline(n, like(i), depth+1)
	}
}

// itemName is what tells an item of a kustomization's list from the others.
func itemName(n *yaml.Node) string {
	n = document.Follow(n)
	for _, key := range []string{"name", "path", "patch"} {
		if field := document.Field(n, key); field != nil {
			return key + " " + field.Value
		}
	}
	return n.Value
}
