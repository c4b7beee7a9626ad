package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// applied builds what a lineage applies, once a side. One that leads back to
// itself, or nowhere, applies nothing.
func (s *side) applied(line *model.Lineage) *layer {
	if line == nil {
		return &layer{}
	}
	if l, ok := s.lines[line]; ok {
		return l
	}
	// Set first: neither a cycle nor a panic on hostile input is met twice.
	s.lines[line] = &layer{}
	if s.depth > maxDepth {
		return s.lines[line]
	}
	s.depth++
	defer func() { s.depth-- }()
	b := builder{side: s}
	var l *layer
	switch {
	case line.File != "":
		l = &layer{}
		if f := s.read(line.File); f != nil {
			b.file(l, f, &link{dir: path.Dir(line.File), entry: path.Clean(line.File)})
		}
	case line.Kind == model.Flux:
		l = b.flux(line)
	case line.Kind == model.Helm:
		l = &layer{}
	case line.Kind == model.ArgoCD && line.Dir == "":
		l = &layer{}
		for _, dir := range line.Dirs {
			below := b.source(line, path.Clean(dir))
			l.objects, l.unseen, l.charts = append(l.objects, below.objects...), append(l.unseen, below.unseen...), append(l.charts, below.charts...)
		}
	case line.Kind == model.ArgoCD:
		l = b.source(line, path.Clean(line.Dir))
	default:
		l = b.plain(path.Clean(line.Dir))
	}
	s.lines[line] = l
	return l
}

// source builds a directory of an Application of Argo CD.
func (b *builder) source(line *model.Lineage, dir string) *layer {
	if _, ok := b.side.kustomization(dir); ok && !slices.Contains(line.Plain, dir) {
		return b.optioned(line, dir)
	}
	l := &layer{}
	w := walker{builder: b, layer: l, root: dir, hidden: true, asIs: true}
	w.walk(dir, 0)
	l.objects = lastOf(l.objects)
	return l
}

// lastOf leaves the last of the objects of one name that files of one directory define,
// which is what Argo CD applies.
func lastOf(objects []*object) (out []*object) {
	type defined struct {
		id  ident
		dir string
	}
	last := map[defined]*object{}
	of := func(o *object) defined {
		id := o.id
		id.version = ""
		return defined{id, path.Dir(o.chain.entry)}
	}
	for _, o := range objects {
		last[of(o)] = o
	}
	for _, o := range objects {
		if last[of(o)] == o {
			out = append(out, o)
		}
	}
	return out
}

func (b *builder) plain(dir string) *layer {
	if _, ok := b.side.kustomization(dir); ok {
		return b.directory(dir)
	}
	return b.manifests(dir, false)
}

func parentOf(line *model.Lineage) *model.Lineage {
	if line == nil {
		return nil
	}
	return line.Parent
}

// askedBy is the object that asks for a target, as its parent renders it; nil
// where no file of this repository holds it.
func (s *side) askedBy(line *model.Lineage) *object {
	if line == nil || line.By == nil || line.Parent == nil {
		return nil
	}
	return s.applied(line.Parent).object(*line.By)
}

// specOf is the spec of the object that asks for a target.
func (s *side) specOf(line *model.Lineage) *node {
	if o := s.askedBy(line); o != nil {
		return o.content().get("spec")
	}
	return nil
}

// flux builds what a Flux Kustomization applies: its directory's layer with its
// own fields on top, variables put in, common metadata set. The order is that of
// the renderer.
func (b *builder) flux(line *model.Lineage) *layer {
	spec := b.side.specOf(line)
	k := kustomization{dir: path.Clean(line.Dir), root: &node{kind: mapping}}
	if line.Dir == "" {
		return b.outsideLayer(line, spec)
	}
	l := &layer{}
	if own, ok := b.side.kustomization(k.dir); ok {
		k = own
	} else {
		l = b.manifests(k.dir, true)
	}
	k.root = b.withSpec(k, spec)
	b.stack = append(b.stack, k.dir)
	b.apply(l, k)
	b.side.finish(l, line, spec)
	return l
}

// finish does what kustomize-controller does after the build.
func (s *side) finish(l *layer, line *model.Lineage, spec *node) {
	if vars := s.variablesOf(line, spec); vars != nil {
		for _, o := range l.objects {
			vars.into(o)
		}
	}
	for _, section := range []string{"labels", "annotations"} {
		pairs := spec.get("commonMetadata", section)
		if pairs == nil || pairs.kind != mapping || len(pairs.keys) == 0 {
			continue
		}
		for _, o := range l.objects {
			o.then(func(n *node) {
				if meta := n.get("metadata"); meta != nil && meta.kind == mapping {
					putPairs(meta, section, pairs)
				}
			})
		}
	}
}

const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

// into notes the substitution in an object.
func (v *variables) into(o *object) {
	id := o.id
	if strings.Contains(id.kind+id.ns+id.name, "$") && !declines(o.content()) {
		for _, text := range []*string{&id.kind, &id.ns, &id.name} {
			*text = v.eval(*text, 0).text
		}
	}
	if id != o.id {
		o.rename(id)
	}
	o.then(func(n *node) {
		if !declines(n) {
			v.fill(n)
		}
	})
}

// declines reports whether an object asks not to be substituted.
func declines(n *node) bool {
	return n.str("metadata", "labels", substituteKey) == "disabled" ||
		n.str("metadata", "annotations", substituteKey) == "disabled"
}

// withSpec is a kustomization with the fields of a Flux Kustomization added, as
// the Generator of fluxcd/pkg/kustomize does.
func (b *builder) withSpec(k kustomization, spec *node) *node {
	root := &node{kind: mapping, at: k.root.at}
	root.keys = append(root.keys, k.root.keys...)
	root.vals = append(root.vals, k.root.vals...)
	for _, f := range [][2]string{{"targetNamespace", "namespace"}, {"namePrefix", "namePrefix"}, {"nameSuffix", "nameSuffix"}} {
		if v := spec.get(f[0]); v != nil && spec.str(f[0]) != "" {
			root.put(f[1], written(v))
		}
	}
	var patches, components []*node
	for _, p := range spec.list("patches") {
		patches = append(patches, p.only("patch", "target"))
	}
	for _, c := range spec.list("components") {
		if spec.str("ignoreMissingComponents") == "true" {
			if _, ok := b.side.kustomization(path.Join(k.dir, c.text)); !ok {
				continue
			}
		}
		components = append(components, c)
	}
	root.extend("patches", patches)
	root.extend("components", components)
	root.extend("patchesStrategicMerge", spec.list("patchesStrategicMerge"))
	root.extend("patchesJson6902", spec.list("patchesJson6902"))
	for _, image := range spec.list("images") {
		root.addImage(image)
	}
	return root
}

// only is a mapping with some of its fields.
func (n *node) only(keys ...string) *node {
	out := &node{kind: mapping, at: n.at}
	for _, key := range keys {
		if v := n.get(key); v != nil {
			out.keys, out.vals = append(out.keys, key), append(out.vals, v)
		}
	}
	return out
}

// extend adds items to a list of a mapping whose values are shared.
func (n *node) extend(key string, items []*node) {
	if len(items) == 0 {
		return
	}
	list := &node{kind: sequence, at: items[0].at}
	list.vals = append(append(list.vals, n.list(key)...), items...)
	n.assign(key, list)
}

// assign sets a field of a mapping without a history.
func (n *node) assign(key string, v *node) {
	if i := n.index(key); i >= 0 {
		n.vals[i] = v
		return
	}
	n.keys, n.vals = append(n.keys, key), append(n.vals, v)
}

// addImage merges an image into a kustomization's; tag and digest choose the
// version together, so one replaces both.
func (n *node) addImage(image *node) {
	images := n.list("images")
	for i, known := range images {
		if known.str("name") != image.str("name") {
			continue
		}
		merged := known.only("name", "newName", "newTag", "digest", "tagSuffix")
		if image.str("newName") != "" {
			merged.assign("newName", image.get("newName"))
		}
		if image.str("newTag") != "" || image.str("digest") != "" {
			none := newScalar("", tagString, image.at)
			for _, key := range []string{"newTag", "digest"} {
				merged.assign(key, none)
				if image.str(key) != "" {
					merged.assign(key, image.get(key))
				}
			}
		}
		list := &node{kind: sequence, at: n.get("images").at, vals: append([]*node{}, images...)}
		list.vals[i] = merged
		n.assign("images", list)
		return
	}
	n.extend("images", []*node{image.only("name", "newName", "newTag", "digest")})
}
