package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// optioned builds a kustomization with what an Application, or a file beside the source,
// adds to it.
func (b *builder) optioned(line *model.Lineage, dir string) *layer {
	options := b.side.optionsOf(line, dir)
	k, ok := b.side.kustomization(dir)
	if options == nil || !ok {
		return b.directory(dir)
	}
	k.root = withOptions(k.root, options)
	l := &layer{}
	b.stack = append(b.stack, dir)
	b.apply(l, k)
	b.stack = b.stack[:len(b.stack)-1]
	return l
}

// optionsOf are the `kustomize:` of the source in a directory; those of files beside it
// take the place of the Application's, field by field.
func (s *side) optionsOf(line *model.Lineage, dir string) *node {
	o := s.askedBy(line)
	if o == nil {
		return nil
	}
	spec := o.content().get("spec")
	if made := spec.get("template", "spec"); made != nil {
		spec = made
	}
	var options *node
	for _, one := range append([]*node{spec.get("source")}, spec.list("sources")...) {
		if one != nil && one.get("chart") == nil && path.Clean(one.str("path")) == dir {
			options = one.get("kustomize")
		}
	}
	for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + o.id.name + ".yaml", ".argocd-source-" + o.id.ns + "_" + o.id.name + ".yaml"} {
		for _, doc := range s.docs(s.read(path.Join(dir, name))) {
			over := doc.get("kustomize")
			if over == nil || over.kind != mapping {
				continue
			}
			merged := &node{kind: mapping, at: over.at}
			if options != nil && options.kind == mapping {
				merged.keys, merged.vals = slices.Clone(options.keys), slices.Clone(options.vals)
			}
			for i, key := range over.keys {
				merged.assign(key, over.vals[i])
			}
			options = merged
		}
	}
	if options == nil || options.kind != mapping || len(options.keys) == 0 {
		return nil
	}
	return options
}

// withOptions is a kustomization as `kustomize edit` leaves it (argo-cd v3, util/kustomize).
func withOptions(of, options *node) *node {
	root := &node{kind: mapping, at: of.at, keys: slices.Clone(of.keys), vals: slices.Clone(of.vals)}
	for _, key := range []string{"namePrefix", "nameSuffix", "namespace"} {
		if v := options.get(key); v != nil && v.text != "" {
			root.put(key, written(v))
		}
	}
	for _, text := range options.list("images") {
		if entry := imageOption(text); entry != nil {
			root.dropNamed("images", entry.str("name"))
			root.extend("images", []*node{entry})
		}
	}
	for _, entry := range options.list("replicas") {
		root.dropNamed("replicas", entry.str("name"))
		root.extend("replicas", []*node{entry})
	}
	if labels := options.get("commonLabels"); labels != nil && options.str("labelWithoutSelector") == "true" {
		entry := &node{kind: mapping, at: labels.at}
		entry.assign("pairs", labels)
		if include := options.get("labelIncludeTemplates"); include != nil {
			entry.assign("includeTemplates", include)
		}
		root.extend("labels", []*node{entry})
	} else {
		root.join("commonLabels", labels)
	}
	root.join("commonAnnotations", options.get("commonAnnotations"))
	root.extend("patches", options.list("patches"))
	root.extend("components", options.list("components"))
	return root
}

// imageOption is the entry of `images:` that a text stands for: [name=]image[:tag][@digest].
func imageOption(text *node) *node {
	if text.kind != scalar || strings.Contains(text.text, "*") { // it keeps a part of what is there
		return nil
	}
	name, image, renamed := strings.Cut(text.text, "=")
	if !renamed {
		image = text.text
	}
	repository, tag, digest := splitImage(image)
	entry := &node{kind: mapping, at: text.at}
	if !renamed {
		name = repository
	}
	values := map[string]string{"name": name, "newTag": tag, "digest": digest}
	if renamed {
		values["newName"] = repository
	}
	for _, key := range []string{"name", "newName", "newTag", "digest"} {
		if values[key] != "" {
			entry.assign(key, newScalar(values[key], tagString, text.at))
		}
	}
	return entry
}

// dropNamed takes the items of a name out of a list of a mapping whose values are shared.
func (n *node) dropNamed(key, name string) {
	list := n.get(key)
	if list == nil || list.kind != sequence {
		return
	}
	n.assign(key, &node{kind: sequence, at: list.at, vals: slices.DeleteFunc(slices.Clone(list.vals), func(v *node) bool { return v.str("name") == name })})
}

// join adds pairs to a map of a mapping whose values are shared.
func (n *node) join(key string, pairs *node) {
	if pairs == nil || pairs.kind != mapping || len(pairs.keys) == 0 {
		return
	}
	all := &node{kind: mapping, at: pairs.at}
	if have := n.get(key); have != nil && have.kind == mapping {
		all.at, all.keys, all.vals = have.at, slices.Clone(have.keys), slices.Clone(have.vals)
	}
	for i, name := range pairs.keys {
		all.assign(name, pairs.vals[i])
	}
	n.assign(key, all)
}
