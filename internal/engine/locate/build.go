package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxObjects bounds the objects of all layers of a target: directories that
// include each other twice would double them at every level.
const maxObjects = 1 << 17

var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// layer is what a directory's kustomization makes: Kustomize's accumulator.
type layer struct {
	objects []*object
	dead    []*object // deleted by a patch
	unseen  []place   // entries that lead out of the repository, or nowhere
	charts  []inflation
	vars    []variable
	specs   map[string][]spec // from configurations:
	writers []link            // entries that bring in components and patches
	// absent, where set, stands for an object whose files lie outside the
	// repository: what the layers here write into it.
	absent func(model.ObjectID) *object

	index *index // nil while the layer is built
}

// variable is an entry of vars:.
type variable struct {
	name  string
	entry *node
	from  *object
}

// kustomization is one parsed kustomization file.
type kustomization struct {
	dir  string
	root *node
	file *file
}

// kustomization finds and parses the kustomization file of a directory.
func (s *side) kustomization(dir string) (kustomization, bool) {
	// "../x" in a directory behind a symlink starts from where it really is.
	if r, ok := s.from.(Realer); ok {
		if real := r.Real(dir); real != "" {
			dir = real
		}
	}
	for _, name := range kustomizationNames {
		f := s.read(path.Join(dir, name))
		if f == nil {
			continue
		}
		k := kustomization{dir: dir, file: f, root: &node{kind: mapping, at: place{file: f, line: 1, end: 1}}}
		if docs := s.docs(f); len(docs) > 0 && docs[0].kind == mapping {
			k.root = docs[0]
		}
		return k, true
	}
	return kustomization{}, false
}

// builder follows one target's kustomizations.
type builder struct {
	side    *side
	wanted  *wanted // nil, but for an object of a chart
	stack   []string
	objects int
}

// directory builds the layer of a directory; shared bases are built once.
func (b *builder) directory(dir string) *layer {
	if l, ok := b.side.layers[dir]; ok && b.wanted == nil {
		return l
	}
	l := &layer{}
	if len(b.stack) >= maxDepth || slices.Contains(b.stack, dir) {
		return l
	}
	k, ok := b.side.kustomization(dir)
	if !ok {
		return l
	}
	b.stack = append(b.stack, dir)
	b.apply(l, k)
	b.stack = b.stack[:len(b.stack)-1]
	if len(b.stack) > 0 && b.wanted == nil {
		b.side.layers[dir] = l
	}
	return l
}

// apply runs a kustomization over a layer, in Kustomize's order; a component
// runs over the layer of whoever includes it.
func (b *builder) apply(l *layer, k kustomization) {
	for _, field := range []string{"resources", "bases"} {
		for _, entry := range k.root.list(field) {
			b.resource(l, k, field, entry)
		}
	}
	b.configurations(l, k)
	b.generators(l, k)
	b.charts(l, k)
	for _, entry := range k.root.list("components") {
		dir := path.Join(k.dir, entry.text)
		c, ok := b.side.kustomization(dir)
		if !ok || slices.Contains(b.stack, dir) || len(b.stack) >= maxDepth {
			l.unseen = append(l.unseen, entry.at)
			continue
		}
		before := len(l.objects)
		l.writers = append(l.writers, link{dir: k.dir, field: "components", entry: dir})
		b.stack = append(b.stack, dir)
		b.apply(l, c)
		b.stack = b.stack[:len(b.stack)-1]
		for _, o := range l.objects[min(before, len(l.objects)):] {
			if o.chain == nil || o.chain.dir == c.dir {
				o.chain = &link{dir: k.dir, field: "components", entry: dir, at: entry.at, inner: o.chain}
			}
		}
	}
	for _, field := range []string{"patches", "patchesStrategicMerge"} {
		for _, entry := range k.root.list(field) {
			file := entry.str("path")
			if entry.kind == scalar && !strings.Contains(entry.text, "\n") {
				file = entry.text
			}
			if file != "" {
				l.writers = append(l.writers, link{dir: k.dir, field: field, entry: path.Join(k.dir, file)})
			}
		}
	}
	l.alter(k)
	b.transform(l, k)
	b.variables(l, k)
}

// resource takes in one entry of resources: a file or a directory.
func (b *builder) resource(l *layer, k kustomization, field string, entry *node) {
	if entry.kind != scalar || entry.null() {
		return
	}
	name := path.Join(k.dir, entry.text)
	at := link{dir: k.dir, field: field, entry: name, at: entry.at}
	if strings.Contains(entry.text, "://") {
		l.unseen = append(l.unseen, entry.at)
		return
	}
	if f := b.side.read(name); f != nil {
		b.file(l, f, &at)
		return
	}
	if _, ok := b.side.kustomization(name); !ok {
		l.unseen = append(l.unseen, entry.at)
		return
	}
	b.include(l, b.directory(name), at)
}

// include takes in the layer of another directory.
func (b *builder) include(l, sub *layer, at link) {
	for _, o := range sub.objects {
		c := o.copy()
		up := at
		up.inner = o.chain
		c.chain = &up
		b.add(l, c)
	}
	l.dead = append(l.dead, sub.dead...)
	l.unseen, l.charts = append(l.unseen, sub.unseen...), append(l.charts, sub.charts...)
	l.vars = append(l.vars, sub.vars...)
	l.writers = append(l.writers, sub.writers...)
	for name, specs := range sub.specs {
		l.addSpecs(name, specs)
	}
}

// file takes in the objects of a resource file.
func (b *builder) file(l *layer, f *file, at *link) {
	for _, doc := range b.side.docs(f) {
		b.document(l, doc, at)
	}
}

// document takes in an object, or the items of a list of objects.
func (b *builder) document(l *layer, doc *node, at *link) {
	if strings.HasSuffix(doc.str("kind"), "List") && doc.get("items") != nil {
		for _, item := range doc.list("items") {
			b.document(l, item, at)
		}
		return
	}
	id, ok := identOf(doc)
	if !ok {
		return
	}
	o := &object{id: id, root: doc, decl: doc.at.head(), chain: at}
	o.hash = doc.str("metadata", "annotations", "kustomize.config.k8s.io/needs-hash") == "true"
	b.add(l, o)
}

func (b *builder) add(l *layer, o *object) {
	if b.objects++; b.objects < maxObjects {
		l.objects = append(l.objects, o)
	}
}

// manifests builds the layer of a directory without a kustomization, as Flux
// generates one for it: every YAML file below, and directories that have a
// kustomization as bases. Flux takes hidden ones too.
func (b *builder) manifests(dir string, hidden bool) *layer {
	l := &layer{}
	w := walker{builder: b, layer: l, root: dir, hidden: hidden}
	w.walk(dir, 0)
	return l
}

type walker struct {
	builder *builder
	layer   *layer
	root    string
	hidden  bool
	asIs    bool // no kustomization below counts, and JSON does
}

func (w *walker) walk(dir string, depth int) {
	if depth > maxDepth {
		return
	}
	for _, name := range w.builder.side.from.List(dir) {
		if strings.HasPrefix(name, ".") && !w.hidden {
			continue
		}
		p := path.Join(dir, name)
		if w.builder.side.from.IsDir(p) {
			w.directoryBelow(p, depth)
			continue
		}
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext == ".json" && w.asIs {
			if f := w.builder.side.read(p); f != nil {
				w.builder.file(w.layer, f, &link{dir: w.root, entry: p})
			}
		}
	}
}

func (w *walker) directoryBelow(p string, depth int) {
	if r, ok := w.builder.side.from.(Realer); ok && r.Real(p) != p {
		return // Flux does not follow symlinks to directories
	}
	if _, ok := w.builder.side.kustomization(p); ok && !w.asIs {
		w.builder.include(w.layer, w.builder.directory(p), link{dir: w.root, entry: p})
		return
	}
	w.walk(p, depth+1)
}

// find gives the one object that is or was called so.
func (l *layer) find(id ident) *object {
	var found *object
	for _, o := range l.objects {
		if moved := id; o.moved {
			moved.ns = o.id.ns
			if o.known(moved.equals) {
				return o
			}
		}
		if o.known(id.equals) {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

// drop takes an object that a patch deletes out of the layer.
func (l *layer) drop(o *object, by place) {
	o.gone = by
	l.dead = append(l.dead, o)
	l.objects = slices.DeleteFunc(slices.Clone(l.objects), func(x *object) bool { return x == o })
}
