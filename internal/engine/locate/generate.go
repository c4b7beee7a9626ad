package locate

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// generators makes the ConfigMaps and Secrets of a kustomization.
func (b *builder) generators(l *layer, k kustomization) {
	for _, g := range []struct{ field, kind string }{
		{"configMapGenerator", "ConfigMap"}, {"secretGenerator", "Secret"},
	} {
		for _, entry := range k.root.list(g.field) {
			if entry.str("name") == "" {
				continue
			}
			o := b.generate(k, entry, g.kind)
			o.chain = &link{dir: k.dir, field: g.field, entry: o.id.name, at: entry.at}
			l.absorb(b, o, entry.str("behavior"))
		}
	}
}

// generate makes one object of a generator's entry.
func (b *builder) generate(k kustomization, entry *node, kind string) *object {
	at := entry.at.head()
	o := &object{gen: entry, decl: at}
	meta := &node{kind: mapping, at: at}
	meta.put("name", written(entry.get("name")))
	if ns := entry.get("namespace"); ns != nil {
		meta.put("namespace", written(ns))
	}
	root := &node{kind: mapping, at: at}
	// No line says these; the entry as a whole does.
	implied := at
	implied.vague = true
	root.put("apiVersion", newScalar("v1", tagString, implied))
	root.put("kind", newScalar(kind, tagString, implied))
	root.put("metadata", meta)
	global := k.root.get("generatorOptions")
	if kind == "Secret" {
		root.put("type", newScalar("Opaque", tagString, implied))
		if t := entry.get("type"); t != nil {
			root.put("type", written(t))
		}
	}
	o.hash = entry.str("options", "disableNameSuffixHash") != "true" && global.str("disableNameSuffixHash") != "true"
	for _, options := range []*node{global, entry.get("options")} {
		options.generatorMeta(root)
	}
	b.inputs(k, entry, func(key string, v *node) {
		field := "data"
		switch {
		case kind == "Secret":
			v.text, v.tag = base64.StdEncoding.EncodeToString([]byte(v.text)), tagBinary
		case !utf8.ValidString(v.text):
			field, v.tag = "binaryData", tagBinary
			v.text = base64.StdEncoding.EncodeToString([]byte(v.text))
		}
		if root.get(field) == nil {
			root.put(field, &node{kind: mapping, at: at})
		}
		root.get(field).put(key, v)
	})
	o.root = root
	o.id, _ = identOf(root)
	return o
}

// written is a scalar of a kustomization as it goes into an object.
func written(n *node) *node {
	c := newScalar(n.text, tagString, n.at)
	if n.x != nil && len(n.x.parts) > 0 {
		c.hist().parts, c.x.open = slices.Clone(n.x.parts), n.x.open
	}
	return c
}

// asPart is what a scalar contributes to a composed one: itself in a role, and
// the variables that it was made of.
func (n *node) asPart(role string) []part {
	if n.x == nil || len(n.x.parts) == 0 || n.x.parts[0].role != textRole {
		return []part{{role: role, text: n.text, at: n.at}}
	}
	parts := slices.Clone(n.x.parts)
	parts[0].role = role
	return parts
}

// generatorMeta writes a generator's options into what it makes.
func (n *node) generatorMeta(root *node) {
	for _, field := range []string{"labels", "annotations"} {
		set := n.get(field)
		if set == nil || set.kind != mapping {
			continue
		}
		if root.get("metadata", field) == nil {
			root.get("metadata").put(field, &node{kind: mapping, at: set.at})
		}
		for i, key := range set.keys {
			root.get("metadata", field).put(key, written(set.vals[i]))
		}
	}
	if im := n.get("immutable"); im != nil && im.text == "true" {
		root.put("immutable", im.clone())
	}
}

// inputs gives a generator's keys and values in Kustomize's order.
func (b *builder) inputs(k kustomization, entry *node, put func(string, *node)) {
	envs := entry.list("envs")
	if env := entry.get("env"); env != nil && !env.null() {
		envs = append(envs[:len(envs):len(envs)], env)
	}
	for _, env := range envs {
		f := b.side.read(path.Join(k.dir, env.text))
		if f == nil {
			continue
		}
		for i, row := range strings.Split(strings.TrimPrefix(string(f.content), "\ufeff"), "\n") {
			row = strings.TrimSuffix(strings.TrimLeft(row, " \t\r\v\f"), "\r")
			if row == "" || row[0] == '#' {
				continue
			}
			key, value, _ := strings.Cut(row, "=")
			put(key, newScalar(value, tagString, place{file: f, line: i + 1, end: i + 1}))
		}
	}
	for _, literal := range entry.list("literals") {
		key, value, ok := strings.Cut(literal.text, "=")
		if !ok {
			continue
		}
		if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
			value = value[1 : n-1]
		}
		put(key, newScalar(value, tagString, literal.at))
	}
	for _, source := range entry.list("files") {
		key, name, ok := strings.Cut(source.text, "=")
		if !ok {
			key, name = path.Base(source.text), source.text
		}
		f := b.side.read(path.Join(k.dir, name))
		if f == nil {
			continue
		}
		v := newScalar(string(f.content), tagString, place{file: f, line: 1, end: 1})
		v.body = 1
		v.hist().parts = []part{{role: "file", at: v.at, text: v.text}}
		put(key, v)
	}
}

// absorb adds a generated object, or merges it into the one it extends.
func (l *layer) absorb(b *builder, o *object, behavior string) {
	old := l.find(o.id)
	if old == nil || behavior != "merge" && behavior != "replace" {
		b.add(l, o)
		return
	}
	over := o.root
	old.gen, old.hash = o.gen, old.hash || o.hash
	old.then(func(n *node) {
		for _, field := range []string{"data", "binaryData"} {
			from := over.get(field)
			switch {
			case behavior == "replace" && from == nil:
				continue
			case from == nil:
				continue
			case behavior == "replace" || n.get(field) == nil:
				n.put(field, from.clone())
				continue
			}
			for i, key := range from.keys {
				n.get(field).put(key, from.vals[i].clone())
			}
		}
		for _, field := range []string{"labels", "annotations"} {
			from := over.get("metadata", field)
			if from == nil {
				continue
			}
			if n.get("metadata", field) == nil {
				n.get("metadata").put(field, &node{kind: mapping, at: from.at})
			}
			for i, key := range from.keys {
				n.get("metadata", field).put(key, from.vals[i].clone())
			}
		}
	})
}
