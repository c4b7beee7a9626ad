package locate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
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
	var options *node
	if o.id.kind == "ApplicationSet" {
		options, spec = s.templated(line, dir, o), nil
	}
	for _, one := range append([]*node{spec.get("source")}, spec.list("sources")...) {
		if one != nil && one.get("chart") == nil && path.Clean(one.str("path")) == dir {
			options = one.get("kustomize")
		}
	}
	for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + line.Application + ".yaml", ".argocd-source-" + o.id.ns + "_" + line.Application + ".yaml"} {
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

// templated are the options that the template of an ApplicationSet becomes for one
// Application: each value stands where the generators give it, else in the template or in
// its patch.
func (s *side) templated(line *model.Lineage, dir string, set *object) *node {
	made, broken := s.parse(line.Options[dir], func(int) place { return place{} })
	if broken || len(made) != 1 {
		return nil
	}
	spec := set.content().get("spec")
	at, like := set.decl, (*node)(nil)
	if patch := spec.get("templatePatch"); patch != nil {
		at = patch.at.head()
	}
	spec = spec.get("template", "spec")
	for _, one := range append([]*node{spec.get("source")}, spec.list("sources")...) {
		named := one.str("path")
		if one.get("kustomize") != nil && (path.Clean(named) == dir || strings.Contains(named, "{{")) {
			like = one.get("kustomize")
		}
	}
	f := filler{s.gives(set, line)}
	out := f.fill(like, made[0], at)
	templates := like.list("images")
	for i, made := range out.list("images") {
		if len(templates) == len(out.list("images")) && made.kind == scalar {
			out.list("images")[i] = f.image(templates[i], made)
		}
	}
	for i, entry := range out.list("patches") {
		if patch := entry.get("patch"); patch != nil && i < len(like.list("patches")) {
			f.rows(s, like.list("patches")[i].get("patch"), patch, entry)
		}
	}
	return out
}

// rows gives the values of a patch that stands in the template row for row their places:
// each is where the parameter in its row comes from.
func (f filler) rows(s *side, like, patch, entry *node) {
	docs := s.inner(patch)
	if like == nil || patch.body == 0 || len(docs) != 1 || docs[0].kind == scalar {
		return
	}
	templates, made := strings.Split(like.text, "\n"), strings.Split(patch.text, "\n")
	var place func(n *node)
	place = func(n *node) {
		if i := n.at.line - patch.body; n.kind == scalar && i >= 0 && i < len(made) && i < len(templates) {
			n.at = f.place(&node{kind: scalar, text: templates[i], at: n.at}, made[i])
		}
		for _, v := range n.vals {
			place(v)
		}
	}
	doc := docs[0].clone()
	place(doc)
	entry.assign("patch", doc)
}

// filler knows where the generators of a set give what: the leaves of theirs that make
// one Application.
type filler struct{ given map[string]*node }

// fill gives what was made of a part of a template its places; at is that of what the
// template has no such part for.
func (f filler) fill(like, made *node, at place) *node {
	if like != nil {
		at = like.at
	}
	out := *made
	out.at = at
	if made.kind == scalar {
		switch {
		case like == nil || like.kind != scalar:
		case strings.Contains(like.text, "\n"): // a patch: its rows stand in the template
			if strings.Count(like.text, "\n") == strings.Count(made.text, "\n") {
				out.body = like.body
			}
		default:
			out.at = f.place(like, made.text)
		}
		return &out
	}
	out.vals, out.places = nil, nil
	for i, v := range made.vals {
		var was *node
		switch {
		case made.kind == mapping:
			was = like.get(made.keys[i])
		case like != nil && like.kind == sequence && len(like.vals) == len(made.vals):
			was = like.vals[i]
		}
		out.vals = append(out.vals, f.fill(was, v, at))
	}
	return &out
}

// plainParameter matches a parameter that is put in as it is.
var plainParameter = pattern.New(`^\{\{-?\s*\.?[\w.-]+\s*-?\}\}$`)

// place is where a text of the template gets its value from.
func (f filler) place(like *node, made string) place {
	m := oneParameter.FindAllStringSubmatch(like.text, -1)
	if len(m) != 1 {
		return like.at
	}
	var all, exact []*node
	for _, at := range slices.Sorted(maps.Keys(f.given)) {
		v := f.given[at]
		if v.kind != scalar || !strings.HasSuffix(at, "/"+strings.ReplaceAll(m[0][1], ".", "/")) {
			continue
		}
		all = append(all, v)
		if strings.Replace(like.text, m[0][0], v.text, 1) == made {
			exact = append(exact, v)
		}
	}
	switch {
	case len(exact) > 0:
		return exact[len(exact)-1].at.head() // of two that agree the later one holds
	case len(all) == 1 && !plainParameter.MatchString(m[0][0]): // a function makes something else of it
		return all[0].at.head()
	}
	return like.at
}

// image is an option for an image whose name, tag and digest come from where the template
// has them from.
func (f filler) image(like, made *node) *node {
	entry := made.image()
	if entry == nil {
		return made
	}
	for key, template := range imageOption(like.text) {
		if v := entry.get(key); v != nil && strings.Count(template, "{{") == strings.Count(template, "}}") {
			v.at = f.place(&node{kind: scalar, text: template, at: like.at}, v.text)
		}
	}
	return entry
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
		if entry := text.image(); entry != nil {
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

// image is the entry of `images:` that an option stands for; nil where it keeps a part of
// what is there.
func (n *node) image() *node {
	switch {
	case n.kind == mapping: // it was taken apart already
		return n
	case n.kind != scalar || strings.Contains(n.text, "*"):
		return nil
	}
	entry := &node{kind: mapping, at: n.at}
	values := imageOption(n.text)
	for _, key := range imageFields {
		if values[key] != "" {
			entry.assign(key, newScalar(values[key], tagString, n.at))
		}
	}
	return entry
}

var imageFields = []string{"name", "newName", "newTag", "digest"}

// imageOption are the fields of an entry of `images:` that a text stands for:
// [name=]image[:tag][@digest].
func imageOption(text string) map[string]string {
	name, image, renamed := strings.Cut(text, "=")
	if !renamed {
		image = text
	}
	repository, tag, digest := splitImage(image)
	if !renamed {
		return map[string]string{"name": repository, "newTag": tag, "digest": digest}
	}
	return map[string]string{"name": name, "newName": repository, "newTag": tag, "digest": digest}
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
