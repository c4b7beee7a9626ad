package locate

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// rendersChart reports whether a lineage is a HelmRelease's, or that of an Application
// whose directory is a chart, or that has no directory here.
func (s *side) rendersChart(line *model.Lineage) bool {
	switch {
	case line == nil || line.Kind != model.ArgoCD:
		return line != nil && line.Kind == model.Helm
	case line.Dir == "" || line.Elsewhere:
		return line.Elsewhere && line.Dir == "" && len(line.Dirs) == 0
	}
	return s.read(path.Join(line.Dir, "Chart.yaml")) != nil
}

// fetched reports whether an object is that of a source from elsewhere which an
// Application has beside directories of this repository.
func (s *search) fetched() bool {
	return s.line != nil && s.line.Elsewhere && s.target.object(s.Object) == nil
}

// charted answers for an object of a chart: no line of this repository declares
// it, but one may have brought it in or have made its field what it is.
func (s *search) charted() task.Answer {
	if s.Removed {
		if p := s.unasked(); p != nil {
			return task.Answer{Position: p}
		}
	}
	if p := s.postRendered(); p.known() {
		return task.Answer{Position: s.side.position(p, model.AtLine)}
	}
	own := s.side.release(s.line)
	if own.object == nil {
		return task.Answer{}
	}
	declared := s.side.position(own.object.decl, model.AtObject)
	if s.twinLine == nil || s.side.other.release(s.twinLine).object == nil {
		return task.Answer{Position: cmp.Or(s.template(own), s.remade(own), declared)}
	}
	if changes := s.differences(); len(changes) > 0 && (s.Changed || s.Removed) {
		p := s.chosen(changes)
		if p == nil && !s.parameterised() {
			p = s.likelyChange(own, changes)
		}
		return task.Answer{Position: cmp.Or(p, declared)}
	}
	if p := s.likelyValue(own); p.known() && !s.parameterised() {
		return task.Answer{Position: s.side.position(p, model.AtLine)}
	}
	return task.Answer{Position: cmp.Or(s.template(own), declared)}
}

// template is the line that declares objects of the kind in a chart of this repository,
// where only one does: the object is one of these. It says nothing of a field's value.
func (s *search) template(r *release) *model.Position {
	chart := r.files["Chart.yaml"]
	if s.Changed || s.Removed || chart == nil || strings.Contains(string(chart.content), "dependencies:") {
		return nil
	}
	var found place
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		f, ext := r.files[name], path.Ext(name)
		switch {
		case strings.HasPrefix(name, "charts/"), ext == ".tpl" && strings.Contains(string(f.content), "kind:"):
			return nil // it may come from there
		case !strings.HasPrefix(name, "templates/") && !strings.HasPrefix(name, "crds/"), ext != ".yaml" && ext != ".yml":
			continue
		}
		for i, text := range strings.Split(string(f.content), "\n") {
			kind, ok := strings.CutPrefix(text, "kind:")
			kind = strings.Trim(strings.TrimSpace(kind), `"'`)
			switch {
			case !ok || kind != s.Object.Kind && !strings.Contains(kind, "{{"):
			case found.known() || kind != s.Object.Kind:
				return nil
			default:
				found = place{file: f, line: i + 1}
			}
		}
	}
	return s.side.position(found, model.AtObject)
}

// chosen is the change that made the field what it is: the only one, else the
// only one whose values before and after lead to the field's, else the only tag
// among those that stands beside the image's repository, else the one of the
// chart's version.
func (s *search) chosen(changes []difference) *model.Position {
	return s.choice(s.side.release(s.line), changes)
}

func (s *search) choice(own *release, changes []difference) *model.Position {
	var lines, labels, fitting, tags, version []difference
	add := func(to []difference, d difference) []difference {
		if slices.ContainsFunc(to, func(o difference) bool { return o.at.file == d.at.file && o.at.line == d.at.line }) {
			return to
		}
		return append(to, d)
	}
	for _, d := range changes {
		leads := s.leadsTo(d)
		if d.label && !leads {
			labels = add(labels, d)
		} else {
			lines = add(lines, d)
		}
		if leads {
			fitting = add(fitting, d)
		}
		if d.version {
			version = add(version, d)
		}
	}
	for _, d := range fitting {
		if n := own.values[d.name]; n != nil && len(s.Path) > 0 && s.tagOfImage(own, d.name, n) {
			tags = append(tags, d)
		}
	}
	if len(lines) == 0 {
		lines = labels
	}
	if s.parameterised() { // what is made of a parameter nobody can tell but by the values, or where nothing else changes
		if version = nil; !s.explained(changes) {
			lines = nil
		}
	}
	for _, one := range [][]difference{lines, fitting, tags, version} {
		if len(one) == 1 {
			return s.side.position(one[0].at, one[0].precision)
		}
	}
	if len(version) > 1 { // Flux takes the first of these
		for _, name := range []string{"source/ref/digest", "source/ref/semver", "source/ref/tag", "spec/chart/spec/version"} {
			if i := slices.IndexFunc(version, func(d difference) bool { return d.name == name }); i >= 0 {
				return s.side.position(version[i].at, version[i].precision)
			}
		}
	}
	return nil
}

// parameterised reports whether an ApplicationSet makes the Application: its parameters
// may override any value.
func (s *search) parameterised() bool {
	return s.line != nil && s.line.By != nil && s.line.By.Kind == "ApplicationSet"
}

// remade is the one line of a set that changes, where that makes an Application anew: none
// of the files that it reads is another than before.
func (s *search) remade(own *release) *model.Position {
	if !s.Changed || !s.parameterised() || s.twinLine != nil {
		return nil
	}
	set := s.side.other.askedBy(s.line)
	if set == nil {
		return nil
	}
	whole := func(o *object) map[string]*node {
		out := map[string]*node{}
		leavesOf(o.content().get("spec", "template"), "template", out, nil)
		leavesOf(o.content().get("spec", "templatePatch"), "patch", out, nil)
		leavesOf(o.content().get("spec", "generators"), "generators", out, nil)
		return out
	}
	changes := s.leafChanges(own, whole(own.object), whole(set))
	for _, f := range own.files {
		if old := s.side.other.read(f.path); old == nil || string(old.content) != string(f.content) {
			return nil
		}
	}
	for _, name := range s.line.Values {
		if f, old := s.side.read(name), s.side.other.read(name); f == nil || old == nil || string(f.content) != string(old.content) {
			return nil
		}
	}
	if len(changes) != 1 {
		return nil
	}
	return s.side.position(changes[0].at, model.AtLine)
}

// explained reports whether each file that an Application reads, and that differs, is one of
// the changes.
func (s *search) explained(changes []difference) bool {
	if s.line == nil || s.twinLine == nil {
		return false
	}
	return !slices.ContainsFunc(slices.Concat(s.line.Values, s.twinLine.Values), func(name string) bool {
		f, old := s.side.read(name), s.side.other.read(name)
		if f == nil || old == nil {
			return f != nil || old != nil
		}
		return string(f.content) != string(old.content) && !slices.ContainsFunc(changes, func(d difference) bool { return d.at.file == f })
	})
}

// leadsTo reports whether a leaf's texts before and after are those of the
// field, or the part of them in which they differ.
func (s *search) leadsTo(d difference) bool {
	if !s.Changed || d.now != nil && d.now.kind != scalar || d.old != nil && d.old.kind != scalar {
		return false
	}
	if d.now == nil || d.old == nil {
		return (d.now == nil) == (s.Value == nil) && (d.old == nil) == (s.Was == nil) &&
			(d.now == nil || d.now.is(s.Value)) && (d.old == nil || d.old.is(s.Was))
	}
	if s.Value == nil || s.Was == nil {
		return false
	}
	if d.now.is(s.Value) && d.old.is(s.Was) {
		return true
	}
	now, ok := s.Value.(string)
	was, ok2 := s.Was.(string)
	return ok && ok2 && d.old.text != "" && len(d.now.text) > 1 && strings.Count(was, d.old.text) == 1 &&
		strings.Replace(was, d.old.text, d.now.text, 1) == now
}

// likelyValue is the one leaf of the values that holds what the field holds and
// is called like it; of an image, its tag.
func (s *search) likelyValue(r *release) place {
	if len(s.Path) == 0 || len(s.Gone) > 0 || s.Value == nil || model.Redacted(s.Value) {
		return place{}
	}
	var found []*node
	for _, name := range r.names {
		n := r.values[name]
		if n.kind != scalar {
			continue
		}
		if s.calledLike(name) && n.is(s.Value) || s.tagOfImage(r, name, n) {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		return place{}
	}
	return s.writer(found[0])
}

// likelyChange is the likely value, where it is one of the changes.
func (s *search) likelyChange(r *release, changes []difference) *model.Position {
	p := s.likelyValue(r)
	if p.known() && slices.ContainsFunc(changes, func(d difference) bool { return d.at.file == p.file && d.at.line == p.line }) {
		return s.side.position(p, model.AtLine)
	}
	return nil
}

// calledLike reports whether a value's key is the field's name. What many fields
// hold, such as true or 1, says little: the name above must be the same too.
func (s *search) calledLike(name string) bool {
	var fields []string
	for _, st := range s.Path {
		if st.Field != "" {
			fields = append(fields, st.Field)
		}
	}
	last := len(fields) - 1
	if last < 0 || path.Base(name) != fields[last] {
		return false
	}
	if text, ok := s.Value.(string); ok && len(text) > 3 {
		return true
	}
	return last > 0 && path.Base(path.Dir(name)) == fields[last-1] && fields[last-1] != "spec" && fields[last-1] != "metadata"
}

// tagOfImage reports whether a value is the tag of the image that the field
// names, beside a repository that is the image's.
func (s *search) tagOfImage(r *release, name string, n *node) bool {
	text, ok := s.Value.(string)
	if !ok || s.Path[len(s.Path)-1].Field != "image" || path.Base(name) != "tag" {
		return false
	}
	image, tag, digest := splitImage(text)
	if digest != "" {
		tag = strings.TrimPrefix(tag+"@"+digest, "@")
	}
	repository := r.values[path.Join(path.Dir(name), "repository")]
	return repository != nil && repository.text != "" && n.text == tag && tag != "" &&
		(image == repository.text || strings.HasSuffix(image, "/"+repository.text))
}

// postRendered is the line of spec.postRenderers that writes the field.
func (s *search) postRendered() place {
	if len(s.Path) == 0 || len(s.Gone) > 0 || s.Value == nil {
		return place{}
	}
	own := s.side.release(s.line)
	if own.object == nil {
		return place{}
	}
	o := s.side.patchedOutside(own, s.Object)
	if o == nil {
		return place{}
	}
	s.found = nil
	n := s.walk(o.content(), s.Path)
	if n == nil || n.kind != scalar || !n.is(s.Value) || n.at.vague {
		return place{}
	}
	return n.at
}

// patchedOutside is what the post renderers write into an object of the chart.
func (s *side) patchedOutside(r *release, id model.ObjectID) *object {
	at := r.object.decl
	at.vague = true
	l := &layer{objects: []*object{bare(id, id.Name, at)}}
	b := builder{side: s}
	for _, p := range r.object.content().get("spec").list("postRenderers") {
		k := kustomization{dir: "/outside", root: &node{kind: mapping}}
		k.root = b.withSpec(k, p.get("kustomize"))
		b.transform(l, k)
	}
	return l.object(id)
}
