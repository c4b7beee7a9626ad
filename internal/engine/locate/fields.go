package locate

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// readSpecs reads field specifications as a configuration writes them.
func readSpecs(items []*node) (out []spec) {
	for _, i := range items {
		if p := i.str("path"); p != "" {
			out = append(out, spec{group: i.str("group"), version: i.str("version"), kind: i.str("kind"),
				path: splitPath(p), create: i.str("create") == "true"})
		}
	}
	return out
}

// splitPath splits a field path at its slashes, but not at escaped ones.
func splitPath(p string) []string {
	parts := strings.Split(strings.ReplaceAll(strings.Trim(p, "/"), `\/`, "\x00"), "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", "/")
	}
	return parts
}

// configurations reads the files that add field specifications.
func (b *builder) configurations(l *layer, k kustomization) {
	for _, entry := range k.root.list("configurations") {
		for _, doc := range b.side.docs(b.side.read(path.Join(k.dir, entry.text))) {
			for _, name := range []string{"images", "commonLabels", "labels", "templateLabels", "commonAnnotations", "replicas", "namespace"} {
				l.addSpecs(name, readSpecs(doc.list(name)))
			}
		}
	}
}

func (l *layer) addSpecs(name string, specs []spec) {
	if len(specs) == 0 {
		return
	}
	if l.specs == nil {
		l.specs = map[string][]spec{}
	}
	l.specs[name] = append(l.specs[name], specs...)
}

// reach visits the fields that a specification leads to. make, where not nil,
// makes the last one when it is missing.
func (f spec) reach(n *node, parts []string, at place, visit func(parent *node, key string)) {
	if n == nil || n.kind == scalar {
		return
	}
	if n.kind == sequence {
		for _, item := range n.vals {
			f.reach(item, parts, at, visit)
		}
		return
	}
	key, list := strings.CutSuffix(parts[0], "[]")
	if len(parts) == 1 {
		if n.get(key) != nil || f.create && !list {
			visit(n, key)
		}
		return
	}
	next := n.get(key)
	if next.null() && f.create && !list {
		next = &node{kind: mapping, at: at}
		n.put(key, next)
	}
	f.reach(next, parts[1:], at, visit)
}

// labelSpecs gives the fields that one entry of labels: writes.
func (l *layer) labelSpecs(entry *node) []spec {
	specs := slices.Concat(readSpecs(entry.list("fields")), l.specs["labels"], metaLabelSpecs)
	switch {
	case entry.str("includeSelectors") == "true":
		return slices.Concat(specs, l.specs["commonLabels"], commonLabelSpecs)
	case entry.str("includeTemplates") == "true":
		specs = slices.Concat(specs, l.specs["templateLabels"], templateLabelSpecs)
	}
	if entry.str("includeVolumeClaimTemplates") == "true" {
		specs = slices.Concat(specs, claimLabelSpecs)
	}
	return specs
}

// labels writes labels, or annotations, into the fields of the specifications.
func (l *layer) labels(pairs *node, specs []spec) {
	if pairs == nil || pairs.kind != mapping || len(pairs.keys) == 0 {
		return
	}
	for _, o := range l.objects {
		id := o.id
		o.then(func(n *node) {
			for _, f := range specs {
				if f.fits(id) {
					f.reach(n, f.path, pairs.at, func(parent *node, key string) { putPairs(parent, key, pairs) })
				}
			}
		})
	}
}

func putPairs(parent *node, key string, pairs *node) {
	m := parent.get(key)
	if m.null() {
		m = &node{kind: mapping, at: pairs.at}
		parent.put(key, m)
	}
	if m.kind != mapping {
		return
	}
	for i, k := range pairs.keys {
		m.put(k, written(pairs.vals[i]))
	}
}

func (l *layer) annotations(pairs *node) {
	l.labels(pairs, slices.Concat(l.specs["commonAnnotations"], annotationSpecs))
}

// replicas runs one entry of replicas:.
func (l *layer) replicas(entry *node) {
	name, count := entry.str("name"), entry.get("count")
	if count == nil {
		return
	}
	for _, f := range slices.Concat(l.specs["replicas"], replicaSpecs) {
		for _, o := range l.objects {
			if !o.known(func(id ident) bool { return id.name == name && f.fits(id) }) {
				continue
			}
			o.then(func(n *node) {
				f.reach(n, f.path, count.at, func(parent *node, key string) {
					parent.put(key, newScalar(count.text, tagInt, count.at))
				})
			})
		}
	}
}

// image runs one entry of images:.
func (l *layer) image(entry *node) {
	// The name is a pattern, as in Kustomize.
	re, err := regexp.Compile("^" + entry.str("name") +
		"(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$")
	if err != nil {
		return
	}
	specs := slices.Concat(l.specs["images"], imageSpecs)
	for _, o := range l.objects {
		id := o.id
		if id.kind == "CustomResourceDefinition" {
			continue
		}
		change := func(parent *node, key string) {
			if v := parent.get(key); v != nil && v.kind == scalar && re.MatchString(v.text) {
				setImage(v, entry)
			}
		}
		o.then(func(n *node) {
			n.containers(func(c *node) { change(c, "image") })
			for _, f := range specs {
				if f.fits(id) {
					f.reach(n, f.path, entry.at, change)
				}
			}
		})
	}
}

// containers visits the containers of any object, wherever they stand: so does
// Kustomize, whatever the kind.
func (n *node) containers(visit func(*node)) {
	for i, v := range n.vals {
		if n.kind == mapping && v.kind == sequence && (n.keys[i] == "containers" || n.keys[i] == "initContainers") {
			for _, c := range v.vals {
				if c.kind == mapping {
					visit(c)
				}
			}
			continue
		}
		v.containers(visit)
	}
}

// setImage writes an image as an entry of images: changes it.
func setImage(v, entry *node) {
	name, tag, digest := splitImage(v.text)
	parts := []part{}
	if newName := entry.get("newName"); newName != nil && newName.text != "" {
		name = newName.text
		parts = newName.asPart("newName")
	}
	newTag, newDigest, suffix := entry.get("newTag"), entry.get("digest"), entry.get("tagSuffix")
	replace := func(role string, n *node) {
		parts = append(n.asPart(role), parts...)
	}
	switch {
	case newTag != nil && newTag.text != "" && newDigest != nil && newDigest.text != "":
		tag, digest = newTag.text, newDigest.text
		replace("digest", newDigest)
		replace("newTag", newTag)
	case newTag != nil && newTag.text != "":
		tag, digest = newTag.text, ""
		replace("newTag", newTag)
	case newDigest != nil && newDigest.text != "":
		tag, digest = "", newDigest.text
		replace("digest", newDigest)
	case suffix != nil && suffix.text != "":
		tag += suffix.text
		replace("tagSuffix", suffix)
	}
	if len(parts) == 0 {
		return
	}
	text := name
	if tag != "" {
		text += ":" + tag
	}
	if digest != "" {
		text += "@" + digest
	}
	parts = append(parts, v.asParts("image")...)
	v.set(text, tagString, parts[0].at)
	v.hist().parts = parts
}

// asParts is what a scalar was made of so far, for composing it further.
func (n *node) asParts(role string) []part {
	if n.x != nil && len(n.x.parts) > 0 {
		return n.x.parts
	}
	return []part{{role: role, text: n.text, at: n.at}}
}

// splitImage takes an image reference apart.
func splitImage(s string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(s, "@")
	slash := strings.LastIndexByte(name, '/')
	if i := strings.LastIndexByte(name, ':'); i > slash {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}

// identOfModel is an identity as queries give it.
func identOfModel(id model.ObjectID) ident {
	return ident{group: id.Group, version: id.Version, kind: id.Kind, ns: id.Namespace, name: id.Name}
}
