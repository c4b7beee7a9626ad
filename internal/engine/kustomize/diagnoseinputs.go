package kustomize

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"go.yaml.in/yaml/v3"
)

// setNamespace is the namespace that the kustomization of a directory itself sets.
func (d *diagnosis) setNamespace(dir string) (file string, n *yaml.Node) {
	for _, k := range slices.Backward(d.visited) {
		if k.dir == dir {
			return k.file, document.Field(k.top, "namespace")
		}
	}
	return "", nil
}

// manifest looks at a file of objects.
func (d *diagnosis) manifest(dir, file string, content []byte) {
	err := document.Each(content, func(doc *yaml.Node) {
		if d.done() || doc.ShortTag() == "!!null" {
			return
		}
		if doc.Kind != yaml.MappingNode {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds something that is no Kubernetes object", file)
			return
		}
		kind := document.Text(document.Field(doc, "kind"))
		if kind == "" {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds an object without a kind", file)
			return
		}
		if repeats.MatchString(d.cause) {
			if key := RepeatedKey(doc); key != nil {
				why := ""
				if key.Value == "apiVersion" || key.Value == "kind" {
					why = ": an object of its own has `---` before it"
				}
				d.fail(model.YAMLSyntax, at(file, key), "`%s` has the key `%s` twice in one map%s", file, key.Value, why)
				return
			}
		}
		meta := document.Field(doc, "metadata")
		o := named{kind: kind, name: document.Text(document.Field(meta, "name")), where: at(file, doc), version: document.Text(document.Field(doc, "apiVersion")),
			namespace: document.Text(document.Field(meta, "namespace")), kindAt: at(file, document.Key(doc, "kind"))}
		k, own := d.setNamespace(dir)
		if o.listed = at(k, nil); own != nil && own.Value != "" {
			o.namespace, o.inNamespace = own.Value, at(k, own)
		}
		d.declared = append(d.declared, o)
		if document.Text(document.Field(document.Field(doc, "metadata"), "name")) == "" && !strings.HasSuffix(kind, "List") && strings.Contains(d.cause, "missing metadata.name") {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds a %s without a metadata.name", file, kind)
		}
	})
	if err != nil {
		d.syntax(file, content, err, 0)
	}
}

// repeats matches what Kustomize and the decoder of its output say of a key that stands
// twice in one map: Kustomize names no file.
var repeats = re("mapping key .* already defined at line|the key `[^`]*` is defined twice in one map")

// RepeatedKey gives the first key that stands in a map for the second time; nil for none.
func RepeatedKey(n *yaml.Node) *yaml.Node {
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode {
			if seen[c.Value] {
				return c
			}
			seen[c.Value] = true
		}
		if key := RepeatedKey(c); key != nil {
			return key
		}
	}
	return nil
}

func (d *diagnosis) generators(dir, file string, top *yaml.Node) {
	for _, key := range []string{"configMapGenerator", "secretGenerator"} {
		d.entries(document.Field(top, key), func(n *yaml.Node) {
			d.entries(document.Field(n, "files"), func(f *yaml.Node) { d.input(dir, file, f) })
			d.entries(document.Field(n, "envs"), func(f *yaml.Node) { d.generatorFile(dir, file, f, f.Value) })
			if f := document.Field(n, "env"); f != nil {
				d.generatorFile(dir, file, f, f.Value)
			}
		})
	}
}

// input looks at an entry of `files:`, which may begin with a key.
func (d *diagnosis) input(dir, file string, n *yaml.Node) {
	entry := n.Value
	if _, after, ok := strings.Cut(entry, "="); ok {
		entry = after
	}
	d.generatorFile(dir, file, n, entry)
}

func (d *diagnosis) generatorFile(dir, file string, n *yaml.Node, entry string) {
	if strings.ContainsAny(entry, `"'`) && d.node(path.Join(dir, entry)).Type == sandbox.IsMissing {
		d.fail(model.GeneratorInput, at(file, n), "`%s` does not exist: quotes are part of the file name in a `files:` entry", path.Join(dir, entry))
		return
	}
	d.readable(dir, file, n, entry, model.GeneratorInput)
}

func (d *diagnosis) patches(dir, file string, top *yaml.Node) {
	for _, key := range []string{"patches", "patchesJson6902"} {
		d.entries(document.Field(top, key), func(n *yaml.Node) {
			if p := document.Field(n, "path"); p != nil {
				d.patchFile(dir, file, p)
			} else if inline := document.Field(n, "patch"); inline != nil {
				d.patch(file, []byte(inline.Value), inline.Line)
			}
		})
	}
	d.entries(document.Field(top, "patchesStrategicMerge"), func(n *yaml.Node) {
		if strings.Contains(n.Value, "\n") {
			d.patch(file, []byte(n.Value), n.Line)
			return
		}
		d.patchFile(dir, file, n)
	})
}

func (d *diagnosis) patchFile(dir, file string, n *yaml.Node) {
	if content := d.readable(dir, file, n, n.Value, model.MissingFile); content != nil {
		d.patch(d.node(path.Join(dir, n.Value)).Real, content, 0)
	}
}

// patch looks at a patch's text. An inline one is a block scalar that starts on
// the line after line; for a file line is 0.
func (d *diagnosis) patch(file string, content []byte, line int) {
	place := func(n *yaml.Node) *model.Position {
		where := at(file, n)
		where.Line, where.EndLine = where.Line+line, where.EndLine+line
		return where
	}
	err := document.Each(content, func(doc *yaml.Node) {
		if doc.Kind != yaml.SequenceNode {
			name := document.Field(document.Field(doc, "metadata"), "name")
			where := place(doc)
			if name != nil {
				where = place(name)
			}
			patch := named{kind: document.Text(document.Field(doc, "kind")), name: document.Text(name), where: where}
			if n := document.Field(document.Field(doc, "metadata"), "namespace"); n != nil {
				patch.namespace, patch.inNamespace = n.Value, place(n)
			}
			d.patched = append(d.patched, patch)
			return
		}
		for _, op := range doc.Content {
			d.ops = append(d.ops, named{kind: document.Text(document.Field(op, "op")), name: document.Text(document.Field(op, "path")), where: place(op)})
		}
	})
	if err != nil {
		d.syntax(file, content, err, line)
	}
}
