package locate

import (
	"path"
	"strings"
)

// transform runs the transformers of a kustomization in Kustomize's order.
func (b *builder) transform(l *layer, k kustomization) {
	for _, entry := range k.root.list("patchesStrategicMerge") {
		if entry.kind == mapping { // as a Flux Kustomization writes it
			b.strategic(l, []*node{entry}, nil)
			continue
		}
		b.strategic(l, b.patchText(k, entry), nil)
	}
	for _, entry := range k.root.list("patches") {
		b.patch(l, k, entry)
	}
	l.setNamespace(k.root.get("namespace"))
	l.affix(k.root.get("namePrefix"), "namePrefix")
	l.affix(k.root.get("nameSuffix"), "nameSuffix")
	for _, entry := range k.root.list("labels") {
		l.labels(entry.get("pairs"), l.labelSpecs(entry))
	}
	l.labels(k.root.get("commonLabels"), append(l.specs["commonLabels"][:len(l.specs["commonLabels"]):len(l.specs["commonLabels"])], commonLabelSpecs...))
	l.annotations(k.root.get("commonAnnotations"))
	for _, entry := range k.root.list("patchesJson6902") {
		b.patch(l, k, entry)
	}
	for _, entry := range k.root.list("replicas") {
		l.replicas(entry)
	}
	for _, field := range []string{"images", "imageTags"} {
		for _, entry := range k.root.list(field) {
			l.image(entry)
		}
	}
	for _, entry := range k.root.list("replacements") {
		b.replacement(l, k, entry)
	}
	for _, entry := range k.root.list("transformers") {
		b.transformer(l, k, entry)
	}
}

// transformer runs the builtin transformers that a file configures.
func (b *builder) transformer(l *layer, k kustomization, entry *node) {
	if entry.kind != scalar {
		return
	}
	var configs []*node
	name := path.Join(k.dir, entry.text)
	switch f := b.side.read(name); {
	case strings.Contains(entry.text, "\n"):
		configs = b.side.inner(entry)
	case f != nil:
		configs = b.side.docs(f)
	default:
		for _, o := range b.directory(name).objects {
			configs = append(configs, o.content())
		}
	}
	for _, c := range configs {
		b.configured(l, k, c)
	}
}

func (b *builder) configured(l *layer, k kustomization, c *node) {
	at := k
	if c.at.file != nil {
		at.dir = path.Dir(c.at.file.path)
	}
	switch c.str("kind") {
	case "PatchTransformer", "PatchJson6902Transformer":
		b.patch(l, at, c)
	case "NamespaceTransformer":
		l.setNamespace(c.get("metadata", "namespace"))
	case "LabelTransformer":
		l.labels(c.get("labels"), readSpecs(c.list("fieldSpecs")))
	case "AnnotationsTransformer":
		l.annotations(c.get("annotations"))
	case "PrefixTransformer":
		l.affix(c.get("prefix"), "namePrefix")
	case "SuffixTransformer":
		l.affix(c.get("suffix"), "nameSuffix")
	case "PrefixSuffixTransformer":
		l.affix(c.get("prefix"), "namePrefix")
		l.affix(c.get("suffix"), "nameSuffix")
	case "ImageTagTransformer":
		if image := c.get("imageTag"); image != nil {
			l.image(image)
		}
	case "ReplicaCountTransformer":
		if replica := c.get("replica"); replica != nil {
			l.replicas(replica)
		}
	case "ReplacementTransformer":
		for _, entry := range c.list("replacements") {
			b.replacement(l, at, entry)
		}
	}
}

// patchText gives the documents of a patch that is a file's path or inline text.
func (b *builder) patchText(k kustomization, entry *node) []*node {
	if entry == nil || entry.kind != scalar {
		return nil
	}
	if !strings.ContainsAny(entry.text, "\n{") {
		if f := b.side.read(path.Join(k.dir, entry.text)); f != nil {
			return b.side.docs(f)
		}
	}
	return b.side.inner(entry)
}

// patch applies one entry of patches: or patchesJson6902:.
func (b *builder) patch(l *layer, k kustomization, entry *node) {
	var docs []*node
	if p := entry.get("patch"); p != nil && p.kind != scalar { // as a Flux Kustomization, or the template of an ApplicationSet, has it
		docs = []*node{p}
	} else if p != nil && strings.TrimSpace(p.text) != "" {
		docs = b.side.inner(p)
	} else if p := entry.get("jsonOp"); p != nil {
		docs = b.side.inner(p)
	} else if p := entry.get("path"); p != nil {
		docs = b.side.docs(b.side.read(path.Join(k.dir, p.text)))
	}
	if len(docs) == 0 {
		return
	}
	if docs[0].kind == sequence {
		b.operations(l, entry, docs[0].vals)
		return
	}
	b.strategic(l, docs, entry)
}

// operations applies a JSON 6902 patch to its targets.
func (b *builder) operations(l *layer, entry *node, ops []*node) {
	for _, o := range l.selected(entry) {
		id := o.id
		for _, op := range ops {
			text := op.str("value")
			switch op.str("path") {
			case "/metadata/name":
				id.name = text
			case "/metadata/namespace":
				id.ns = text
			case "/kind":
				id.kind = text
			}
		}
		o.rename(id)
		bare := o.bare
		o.then(func(n *node) {
			if bare {
				makeWay(n, ops)
			}
			applyOps(n, ops)
		})
	}
}

// selected gives the objects that a patch's target names.
func (l *layer) selected(entry *node) (out []*object) {
	target := entry.get("target")
	if target == nil {
		return nil
	}
	sel, ok := newSelector(target)
	if !ok {
		return nil
	}
	for _, o := range l.objects {
		if sel.picks(o) {
			out = append(out, o)
		}
	}
	return out
}

// strategic applies strategic-merge patches, to the target of their entry or to
// the object that each names itself.
func (b *builder) strategic(l *layer, docs []*node, entry *node) {
	for _, doc := range docs {
		if doc.kind != mapping {
			continue
		}
		if strings.HasSuffix(doc.str("kind"), "List") && doc.get("items") != nil {
			b.strategic(l, doc.list("items"), entry)
			continue
		}
		var targets []*object
		if entry.get("target") != nil {
			targets = l.selected(entry)
		} else if id, ok := identOf(doc); ok {
			if o := l.find(id); o != nil {
				targets = []*object{o}
			} else if len(l.unseen) > 0 {
				targets = []*object{l.outside(doc, id)}
			}
		}
		for _, o := range targets {
			l.mergeInto(o, doc, entry)
		}
	}
}

// outside stands for an object that comes from outside the repository: what
// patches write into it can still be followed.
func (l *layer) outside(doc *node, id ident) *object {
	at := l.unseen[0]
	if len(l.unseen) > 1 {
		at = doc.at.head()
	}
	root := &node{kind: mapping, at: at}
	o := &object{id: id, root: root, decl: at, outside: true}
	l.objects = append(l.objects, o)
	return o
}

func (l *layer) mergeInto(o *object, doc, entry *node) {
	if d, at := directive(doc); d == "delete" {
		l.drop(o, at)
		return
	}
	newName := entry.str("options", "allowNameChange") == "true"
	newKind := entry.str("options", "allowKindChange") == "true"
	id := o.id
	if newName && doc.str("metadata", "name") != "" {
		id.name = doc.str("metadata", "name")
	}
	if newKind && doc.str("kind") != "" {
		id.kind = doc.str("kind")
	}
	if id != o.id {
		o.rename(id)
	}
	kind := id
	o.then(func(n *node) {
		name, ns := n.get("metadata", "name"), n.get("metadata", "namespace")
		merger{kind: kind}.merge(n, doc, nil)
		if newKind {
			n.put("kind", doc.get("kind").clone())
		}
		meta := n.get("metadata")
		if meta == nil || meta.kind != mapping {
			return
		}
		if i := meta.index("name"); i >= 0 && name != nil && !newName {
			meta.vals[i] = name
		}
		if i := meta.index("namespace"); i >= 0 && ns != nil {
			meta.vals[i] = ns
		}
	})
}

// setNamespace runs the namespace transformer.
func (l *layer) setNamespace(ns *node) {
	if ns == nil || ns.text == "" {
		return
	}
	for _, o := range l.objects {
		id := o.id
		if id.kind == "Namespace" && id.group == "" {
			id.name = ns.text
		} else if !id.namespaceless() {
			id.ns = ns.text
		}
		o.rename(id)
		o.then(func(n *node) {
			writeNamespace(n, id, ns)
			for _, f := range l.specs["namespace"] {
				if f.fits(id) && f.path[0] != "metadata" {
					f.reach(n, f.path, ns.at, func(parent *node, key string) { parent.put(key, written(ns)) })
				}
			}
		})
	}
}

func writeNamespace(n *node, id ident, ns *node) {
	write := func(parent *node, field string) {
		if parent != nil && parent.kind == mapping {
			parent.put(field, written(ns))
		}
	}
	switch {
	case id.kind == "Namespace" && id.group == "":
		write(n.get("metadata"), "name")
	case !id.namespaceless():
		write(n.get("metadata"), "namespace")
	}
	switch id.kind {
	case "RoleBinding", "ClusterRoleBinding":
		for _, s := range n.list("subjects") {
			if s.str("name") == "default" {
				write(s, "namespace")
			}
		}
	case "APIService":
		write(n.get("spec", "service"), "namespace")
	case "CustomResourceDefinition":
		if s := n.get("spec", "conversion", "webhook", "clientConfig", "service"); s.get("namespace") != nil {
			write(s, "namespace")
		}
	}
}

// affix runs the prefix or the suffix transformer.
func (l *layer) affix(a *node, role string) {
	if a == nil || a.text == "" {
		return
	}
	for _, o := range l.objects {
		switch org := o.original(); {
		case org.kind == "CustomResourceDefinition", org.kind == "Namespace" && org.group == "",
			org.kind == "APIService" && org.group == "apiregistration.k8s.io":
			continue
		}
		id := o.id
		if role == "namePrefix" {
			id.name = a.text + id.name
		} else {
			id.name += a.text
		}
		o.rename(id)
		p := part{role: role, text: a.text, at: a.at}
		o.names = append([]part{p}, o.names...)
		o.then(func(n *node) { composeName(n.get("metadata", "name"), id.name, p) })
	}
}

// composeName writes a name that a layer has added to.
func composeName(n *node, name string, p part) {
	if n == nil {
		return
	}
	parts := []part{{role: "name", text: n.text, at: n.at}}
	if n.x != nil && len(n.x.parts) > 0 {
		parts = n.x.parts
	}
	n.set(name, tagString, p.at)
	n.hist().parts = append([]part{p}, parts...)
}
