package main

import (
	"errors"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// slips moves one block of the object a level to the left or to the right, as an
// indentation mistake does. Only what is still YAML, and means something else, is
// planted.
func (d *document) slips() {
	if api := at(d.root, "apiVersion"); strings.HasPrefix(api.Value, "kustomize.config.k8s.io/") {
		return // no object of a cluster
	}
	d.slipsIn(d.root, 0)
}

func (d *document) slipsIn(n *yaml.Node, depth int) {
	if n.Style == yaml.FlowStyle || depth > 12 {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			d.slipsIn(item, depth)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if strings.TrimSpace(d.lines[k.Line-1][:k.Column-1]) == "" {
			if depth > 0 && k.Column > 2 {
				d.slip("slipped left", k, -2)
			}
			if i > 0 {
				d.slip("slipped right", k, 2)
			}
		}
		d.slipsIn(n.Content[i+1], depth+1)
	}
}

// slip moves the block that begins at a key.
func (d *document) slip(kind string, k *yaml.Node, by int) {
	end := d.endOf(k)
	lines := make([]string, 0, end-k.Line+1)
	for _, l := range d.lines[k.Line-1 : end] {
		switch {
		case strings.TrimSpace(l) == "":
		case by > 0:
			l = strings.Repeat(" ", by) + l
		case strings.HasPrefix(l, "  "):
			l = l[2:]
		default:
			return
		}
		lines = append(lines, l)
	}
	edited := append(append(append([]string{}, d.lines[:k.Line-1]...), lines...), d.lines[end:]...)
	was, ok := decoded(d.lines)
	is, ok2 := decoded(edited)
	if ok && ok2 && !reflect.DeepEqual(was, is) {
		d.add(mutant{kind: kind, check: "schema-invalid", from: k.Line - 1, to: end, at: k.Line, lines: lines})
	}
}

// endOf is the last line of the block that begins at a key, and of a list below
// it that stands as far left as the key.
func (d *document) endOf(k *yaml.Node) int {
	end := k.Line
	for end < len(d.lines) {
		l := d.lines[end]
		indent := len(l) - len(strings.TrimLeft(l, " "))
		if strings.TrimSpace(l) != "" && (indent < k.Column && !(indent == k.Column-1 && strings.HasPrefix(l[indent:], "- ")) || strings.HasPrefix(l, "---")) {
			break
		}
		end++
	}
	for end > k.Line && strings.TrimSpace(d.lines[end-1]) == "" {
		end--
	}
	return end
}

func decoded(lines []string) (out []any, ok bool) {
	dec := yaml.NewDecoder(strings.NewReader(strings.Join(lines, "\n")))
	for {
		var doc any
		if err := dec.Decode(&doc); err != nil {
			return out, errors.Is(err, io.EOF)
		}
		out = append(out, doc)
	}
}
