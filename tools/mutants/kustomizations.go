package main

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

func isKustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// kustomization plants into what a directory is built from.
func (d *document) kustomization() {
	d.add(mutant{kind: "", from: d.root.Content[0].Line - 1, to: d.root.Content[0].Line - 1, lines: []string{"# a comment"}})
	list := at(d.root, "resources")
	if list == nil || list.Kind != yaml.SequenceNode || list.Style == yaml.FlowStyle {
		return
	}
	for _, n := range list.Content {
		d.gone("resource that is not there", "render-failed", n)
		if len(list.Content) < 2 {
			continue
		}
		l := d.lines[n.Line-1]
		d.add(mutant{kind: "resource twice", check: "render-failed", from: n.Line, to: n.Line, lines: []string{l}, at: n.Line + 1, near: true})
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		d.add(mutant{kind: "resource commented out", check: "resource-commented-out", from: n.Line - 1, to: n.Line, lines: []string{indent + "# " + strings.TrimLeft(l, " ")}, at: n.Line})
		name := strings.ToLower(n.Value)
		if strings.Contains(name, "networkpolicy") || strings.Contains(name, "network-policy") {
			d.add(mutant{kind: "network policy removed", check: "network-policy-removed", from: n.Line - 1, to: n.Line, at: key(d.root, "resources").Line})
		}
		if strings.Contains(name, "namespace") || strings.Contains(name, "pvc") {
			d.add(mutant{kind: "resource removed", check: "object-pruned|dangling-claim", from: n.Line - 1, to: n.Line, at: key(d.root, "resources").Line})
		}
	}
	for _, generator := range []string{"configMapGenerator", "secretGenerator"} {
		if files := at(d.root, generator, "files"); files != nil && len(files.Content) > 0 {
			d.gone("generator input that is not there", "render-failed", files.Content[0])
		}
	}
}
