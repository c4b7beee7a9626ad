package locate

import (
	"path"
	"strconv"
	"strings"
)

// replacement runs one entry of replacements:, or the file that it names.
func (b *builder) replacement(l *layer, k kustomization, entry *node) {
	if p := entry.str("path"); p != "" {
		name := path.Join(k.dir, p)
		for _, doc := range b.side.docs(b.side.read(name)) {
			if doc.kind == sequence {
				for _, e := range doc.vals {
					b.replacement(l, k, e)
				}
				continue
			}
			if doc.str("path") == "" {
				b.replacement(l, k, doc)
			}
		}
		return
	}
	value := l.replacementSource(entry)
	if value == nil {
		return
	}
	for _, target := range entry.list("targets") {
		l.replaceIn(target, value, entry.at.head())
	}
}

// replacementSource gives the node that a replacement copies.
func (l *layer) replacementSource(entry *node) *node {
	if v := entry.get("sourceValue"); v != nil {
		return v
	}
	source := entry.get("source")
	if source == nil {
		return nil
	}
	var from *object
	for _, o := range l.objects {
		if o.known(func(id ident) bool { return picksIdent(source, id) }) {
			from = o
			break
		}
	}
	if from == nil {
		return nil
	}
	fieldPath := source.str("fieldPath")
	if fieldPath == "" {
		fieldPath = "metadata.name"
	}
	var value *node
	matchPath(from.content(), splitDots(fieldPath), nil, func(_ *node, v *node) { value = v })
	if value == nil {
		return nil
	}
	value = value.clone()
	if d := source.str("options", "delimiter"); d != "" && value.kind == scalar {
		i, _ := strconv.Atoi(source.str("options", "index"))
		parts := strings.Split(value.text, d)
		if i < 0 || i >= len(parts) {
			return nil
		}
		value.text = parts[i]
	}
	return value
}

func picksIdent(sel *node, id ident) bool {
	ok := func(field, have string) bool { w := sel.str(field); return w == "" || w == have }
	return ok("group", id.group) && ok("version", id.version) && ok("kind", id.kind) && ok("name", id.name) &&
		(ok("namespace", id.ns) || ok("namespace", id.effectiveNS()))
}

// replaceIn writes a replacement's value into the objects of one target.
func (l *layer) replaceIn(target, value *node, entry place) {
	sel, ok := newSelector(target.get("select"))
	if !ok || target.get("select") == nil {
		return
	}
	var rejects []selector
	for _, r := range target.list("reject") {
		if rej, ok := newSelector(r); ok {
			rejects = append(rejects, rej)
		}
	}
	for _, o := range l.objects {
		if !sel.picksAny(o) {
			continue
		}
		rejected := false
		for _, r := range rejects {
			rejected = rejected || r.picksAny(o)
		}
		if rejected {
			continue
		}
		o.then(func(n *node) {
			paths := target.list("fieldPaths")
			if len(paths) == 0 {
				paths = []*node{newScalar("metadata.name", tagString, target.at)}
			}
			for _, p := range paths {
				if value.kind != scalar && !n.smallerThan(maxObject) {
					return
				}
				writeReplacement(n, p.text, value, target.get("options"), entry)
			}
		})
	}
}

// picksAny is picks with any name that the object ever had.
func (sel selector) picksAny(o *object) bool {
	return o.known(func(id ident) bool {
		return allows(sel.ns, id.ns, id.effectiveNS()) && allows(sel.name, id.name) && allows(sel.group, id.group) &&
			allows(sel.version, id.version) && allows(sel.kind, id.kind)
	}) && sel.picksMeta(o)
}

func writeReplacement(n *node, fieldPath string, value, options *node, entry place) {
	delimiter := options.str("delimiter")
	var create func(*node, string) *node
	if options.str("create") == "true" {
		create = func(parent *node, key string) *node {
			c := &node{kind: mapping, at: entry}
			parent.put(key, c)
			return c
		}
	}
	matchPath(n, splitDots(fieldPath), create, func(_ *node, at *node) {
		replaced := value.clone()
		if value.kind == scalar {
			replaced.hist().parts = append([]part{{role: "replacement", at: entry}}, part{role: "source", text: value.text, at: value.at})
			replaced.at = entry
			if at.kind == scalar {
				replaced.tag = at.tag
			}
		}
		if delimiter != "" && at.kind == scalar && value.kind == scalar {
			i, _ := strconv.Atoi(options.str("index"))
			replaced.text = splice(strings.Split(at.text, delimiter), i, value.text, delimiter)
			replaced.hist().parts = append(replaced.x.parts, part{role: "target", text: at.text, at: at.at})
		}
		old := *at
		*at = *replaced
		at.succeed(&old)
	})
}

func splice(parts []string, i int, text, delimiter string) string {
	switch {
	case i < 0:
		parts = append([]string{text}, parts...)
	case i >= len(parts):
		parts = append(parts, text)
	default:
		parts[i] = text
	}
	return strings.Join(parts, delimiter)
}

// splitDots splits a field path at its dots, but not at escaped ones nor in
// brackets.
func splitDots(p string) (out []string) {
	var cur strings.Builder
	depth := 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p) && p[i+1] == '.':
			i++
			cur.WriteByte('.')
		case c == '.' && depth == 0:
			out = append(out, cur.String())
			cur.Reset()
		default:
			if c == '[' {
				depth++
			} else if c == ']' {
				depth--
			}
			cur.WriteByte(c)
		}
	}
	return append(out, cur.String())
}

// matchPath visits the nodes that a replacement's field path leads to.
func matchPath(n *node, parts []string, create func(*node, string) *node, visit func(parent, at *node)) {
	if n == nil {
		return
	}
	if len(parts) == 0 {
		visit(nil, n)
		return
	}
	token, rest := strings.Trim(parts[0], `"'`), parts[1:]
	if strings.HasPrefix(token, "[") && !strings.Contains(token, "=") {
		token = strings.Trim(token, `[]"'`)
	}
	switch {
	case token == "":
		return
	case token == "*":
		for _, v := range n.vals {
			matchPath(v, rest, create, visit)
		}
	case n.kind == sequence && strings.HasPrefix(token, "["):
		key, want, _ := strings.Cut(strings.Trim(token, "[]"), "=")
		for _, v := range n.vals {
			if v.kind == scalar && key == "" && v.text == want || v.str(key) == want && key != "" {
				matchPath(v, rest, create, visit)
			}
		}
	case n.kind == sequence:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.vals) {
			matchPath(n.vals[i], rest, create, visit)
		}
	case n.kind == mapping:
		next := n.get(token)
		if next == nil && create != nil {
			next = create(n, token)
		}
		matchPath(next, rest, create, visit)
	}
}

// variables notes the vars: of a kustomization.
func (b *builder) variables(l *layer, k kustomization) {
	for _, entry := range k.root.list("vars") {
		v := variable{name: entry.str("name"), entry: entry}
		ref := entry.get("objref")
		if ref == nil {
			ref = entry.get("objRef")
		}
		group, version := ref.str("group"), ref.str("version")
		if v := ref.str("apiVersion"); v != "" {
			version = v
		}
		if g, ver, ok := strings.Cut(version, "/"); ok {
			group, version = g, ver
		}
		for _, o := range l.objects {
			if o.known(func(id ident) bool {
				return id.kind == ref.str("kind") && id.name == ref.str("name") && id.group == group && (version == "" || id.version == version)
			}) {
				v.from = o
			}
		}
		l.vars = append(l.vars, v)
	}
}

// source is the node whose value a variable stands for.
func (v variable) source(objects []*object) *node {
	if v.from == nil {
		return nil
	}
	o := v.from
	for _, now := range objects {
		if now.original() == o.original() && now.decl == o.decl {
			o = now
		}
	}
	fieldPath := "metadata.name"
	for _, ref := range []string{"fieldref", "fieldRef"} {
		for _, key := range []string{"fieldpath", "fieldPath"} {
			if p := v.entry.str(ref, key); p != "" {
				fieldPath = p
			}
		}
	}
	var found *node
	matchPath(o.content(), splitDots(strings.ReplaceAll(strings.ReplaceAll(fieldPath, "[", "."), "]", "")), nil,
		func(_ *node, n *node) { found = n })
	return found
}
