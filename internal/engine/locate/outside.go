package locate

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// outsideLayer is the layer of a Flux Kustomization whose files are not of this
// repository: nothing but what the Kustomization itself writes into them.
func (b *builder) outsideLayer(line *model.Lineage, spec *node) *layer {
	at := b.side.sourceRef(line)
	at.vague = true
	l := &layer{}
	l.absent = func(id model.ObjectID) *object {
		name := strings.TrimSuffix(strings.TrimPrefix(id.Name, spec.str("namePrefix")), spec.str("nameSuffix"))
		one := &layer{objects: []*object{bare(id, name, at)}}
		one.objects[0].moved = spec.str("targetNamespace") != ""
		k := kustomization{dir: "/outside", root: &node{kind: mapping}}
		k.root = b.withSpec(k, spec.without("components"))
		b.transform(one, k)
		b.side.finish(one, line, spec)
		return one.object(id)
	}
	return l
}

// bare is an object of which nothing but the identity is known.
func bare(id model.ObjectID, name string, at place) *object {
	meta := &node{kind: mapping, at: at}
	meta.put("name", newScalar(name, tagString, at))
	if id.Namespace != "" {
		meta.put("namespace", newScalar(id.Namespace, tagString, at))
	}
	root := &node{kind: mapping, at: at}
	root.put("apiVersion", newScalar(apiVersion(id), tagString, at))
	root.put("kind", newScalar(id.Kind, tagString, at))
	root.put("metadata", meta)
	of := ident{group: id.Group, version: id.Version, kind: id.Kind, ns: id.Namespace, name: name}
	return &object{id: of, root: root, decl: at, bare: true}
}

func apiVersion(id model.ObjectID) string {
	if id.Group == "" {
		return id.Version
	}
	return id.Group + "/" + id.Version
}

// without is a mapping less one field.
func (n *node) without(key string) *node {
	if n.index(key) < 0 {
		return n
	}
	out := &node{kind: mapping, at: n.at}
	for i, k := range n.keys {
		if k != key {
			out.keys, out.vals = append(out.keys, k), append(out.vals, n.vals[i])
		}
	}
	return out
}

// broughtIn answers for an object whose files lie outside the repository: the
// line of the Kustomization that writes the field, else the one that brought
// the files in.
func (s *search) broughtIn() *model.Position {
	if o := s.target.absent(s.Object); o != nil && len(s.Gone) == 0 && len(s.Path) > 0 {
		s.found = o
		if n := s.walk(o.content(), s.Path); n != nil {
			if p := s.prove(o, n); p.known() && !p.vague {
				return s.side.position(p, model.AtLine)
			}
		}
		if p := s.imageEntry(s.side.specOf(s.line).list("images"), s.side.other.specOf(s.twinLine).list("images")); p.known() {
			return s.side.position(p, model.AtLine)
		}
	}
	return s.brought()
}

// imageEntry is the line of the entry of images that a field is made of:
// the image's name and the version are both the entry's.
func (s *search) imageEntry(now, then []*node) place {
	text, ok := s.Value.(string)
	if !ok || s.Path[len(s.Path)-1].Field != "image" {
		return place{}
	}
	name, tag, digest := splitImage(text)
	for _, entry := range now {
		want := entry.str("newName")
		if want == "" {
			want = entry.str("name")
		}
		if want != name {
			continue
		}
		v := newScalar(entry.str("name"), tagString, place{})
		setImage(v, entry)
		if v.text != text || tag+digest == "" || v.x == nil || len(v.x.parts) < 2 {
			continue
		}
		parts := v.x.parts[:len(v.x.parts)-1]
		for _, old := range then {
			if old.str("name") != entry.str("name") {
				continue
			}
			for _, p := range parts {
				if old.str(p.role) != p.text {
					return p.at
				}
			}
		}
		return parts[0].at
	}
	return place{}
}

// choices are the fields that say what is fetched: of Flux's source objects in
// the order in which they count, then of the Kustomization.
var (
	choices = [][]string{{"spec", "ref", "commit"}, {"spec", "ref", "digest"}, {"spec", "ref", "name"}, {"spec", "ref", "semver"},
		{"spec", "ref", "semverFilter"}, {"spec", "ref", "tag"}, {"spec", "ref", "branch"}, {"spec", "reference"},
		{"spec", "version"}, {"spec", "chart"}, {"spec", "url"}}
	asked = [][]string{{"spec", "path"}, {"spec", "sourceRef", "name"}, {"spec", "sourceRef", "namespace"}, {"spec", "sourceRef", "kind"}}
)

// brought is the line that brought files in from outside: what the pull request
// changed of the source, or of which source and path are asked for; else the
// source's ref, at the precision of an object.
func (s *search) brought() *model.Position {
	now, then := s.side.source(s.line), s.side.other.source(s.twinLine)
	if p := s.changedAmong(now, then, choices); p.known() {
		return s.side.position(p, model.AtLine)
	}
	if p := s.changedAmong(s.side.askedBy(s.line), s.side.other.askedBy(s.twinLine), asked); p.known() {
		return s.side.position(p, model.AtLine)
	}
	return s.side.position(s.side.sourceRef(s.line), model.AtObject)
}

// changedAmong is the first of an object's fields that the other side has
// otherwise.
func (s *search) changedAmong(now, then *object, fields [][]string) place {
	if now == nil || then == nil {
		return place{}
	}
	for _, path := range fields {
		n, old := now.content().get(path...), then.content().get(path...)
		if n == nil || same(n, old) {
			continue
		}
		if old == nil || n.kind != scalar {
			return n.at.head()
		}
		return s.writerOf(n, old)
	}
	return place{}
}

// source is the object that a lineage's files come from.
func (s *side) source(line *model.Lineage) *object {
	if line == nil || line.Source == nil || line.Source.In == nil {
		return nil
	}
	return s.applied(line.Source.In).object(line.Source.Object)
}

// sourceRef is where a source says what of it is fetched, else where the source
// or else the one that asks for it is declared.
func (s *side) sourceRef(line *model.Lineage) place {
	o := s.source(line)
	if o == nil {
		if o = s.askedBy(line); o == nil {
			return place{}
		}
		if ref := o.content().get("spec", "sourceRef"); ref != nil {
			return ref.at.head()
		}
		return o.decl
	}
	for _, path := range [][]string{{"spec", "ref"}, {"spec", "version"}, {"spec", "url"}} {
		if n := o.content().get(path...); n != nil {
			return n.at.head()
		}
	}
	return o.decl
}
