package main

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one YAML document in a file, with the file's lines.
type document struct {
	file  string
	lines []string
	root  *yaml.Node
	out   *[]mutant
}

// edits lists the edits that a file's documents allow.
func edits(file, content string) []mutant {
	var out []mutant
	lines := strings.Split(content, "\n")
	d := yaml.NewDecoder(strings.NewReader(content))
	for {
		var root yaml.Node
		if d.Decode(&root) != nil {
			return out
		}
		if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
			continue
		}
		doc := &document{file, lines, root.Content[0], &out}
		switch kind := at(doc.root, "kind"); {
		case kind != nil && at(doc.root, "apiVersion") != nil:
			doc.object(kind.Value)
		case isKustomization(file):
			doc.kustomization()
		case strings.Contains(file, "values"):
			doc.values(doc.root, 0)
			doc.harmless()
		}
	}
}

func (d *document) add(m mutant) {
	m.file = d.file
	if m.kind == "" {
		m.kind = "(harmless)"
	}
	*d.out = append(*d.out, m)
}

// set replaces a scalar that stands on one line.
func (d *document) set(kind, check string, n *yaml.Node, value string) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == value || value == "" {
		return
	}
	line := d.lines[n.Line-1]
	at := n.Column - 1
	if at >= len(line) || strings.ContainsAny(line[at:at+1], "|>&*!") {
		return
	}
	old := n.Value
	if n.Style != 0 {
		old = line[at:at+1] + n.Value + line[at:at+1]
	}
	if !strings.HasPrefix(line[at:], old) {
		return
	}
	d.add(mutant{kind: kind, check: check, from: n.Line - 1, to: n.Line, at: n.Line, lines: []string{line[:at] + value + line[at+len(old):]}})
}

// gone gives a scalar a value that nothing is called.
func (d *document) gone(kind, check string, n *yaml.Node) {
	if n != nil && n.Value != "" && !strings.Contains(n.Value, "$") {
		d.set(kind, check, n, n.Value+"-gone")
	}
}

// line replaces a key and its value on one line.
func (d *document) line(kind, check string, at int, oldKey, newKey, oldValue, newValue string) {
	l := d.lines[at-1]
	edited := strings.Replace(strings.Replace(l, oldKey, newKey, 1), oldValue, newValue, 1)
	if edited != l {
		d.add(mutant{kind: kind, check: check, from: at - 1, to: at, at: at, lines: []string{edited}})
	}
}

// insert puts a field before another of the same map.
func (d *document) insert(kind, check string, before *yaml.Node, field ...string) {
	if before == nil || before.Column < 1 || strings.TrimSpace(d.lines[before.Line-1][:before.Column-1]) != "" {
		return // in a flow, or the first key of a list item
	}
	for i := range field {
		field[i] = strings.Repeat(" ", before.Column-1) + field[i]
	}
	d.add(mutant{kind: kind, check: check, from: before.Line - 1, to: before.Line - 1, at: before.Line + len(field) - 1, lines: field})
}

// remove takes a field and all below it out of a map in block style. The
// finding belongs at the line of the map's own key.
func (d *document) remove(kind, check string, n *yaml.Node, field string, at int) {
	k := key(n, field)
	if k == nil || n.Style == yaml.FlowStyle || len(n.Content) < 4 || strings.TrimSpace(d.lines[k.Line-1][:k.Column-1]) != "" {
		return
	}
	if at >= k.Line {
		return // the line that it would stand at is the one that goes
	}
	d.add(mutant{kind: kind, check: check, from: k.Line - 1, to: d.endOf(k), at: at})
}

// list makes a list ["*"].
func (d *document) list(kind, check string, n *yaml.Node, field string) {
	k, v := key(n, field), at(n, field)
	if v == nil || len(v.Content) == 0 {
		return
	}
	if v.Style == yaml.FlowStyle && v.Line == k.Line {
		l := d.lines[k.Line-1]
		if open, end := strings.Index(l, "["), strings.LastIndex(l, "]"); open > 0 && end > open {
			d.add(mutant{kind: kind, check: check, from: k.Line - 1, to: k.Line, at: k.Line, lines: []string{l[:open] + `["*"]` + l[end+1:]}})
		}
		return
	}
	d.set(kind, check, v.Content[0], `"*"`)
}

// at is what a path of fields leads to; a field of a list means its first item.
func at(n *yaml.Node, fields ...string) *yaml.Node {
	for _, field := range fields {
		if n != nil && n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
			n = n.Content[0]
		}
		k := index(n, field)
		if k < 0 {
			return nil
		}
		n = n.Content[k+1]
	}
	return n
}

func key(n *yaml.Node, field string) *yaml.Node {
	if k := index(n, field); k >= 0 {
		return n.Content[k]
	}
	return nil
}

func index(n *yaml.Node, field string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return i
		}
	}
	return -1
}
