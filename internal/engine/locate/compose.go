package locate

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// composed explains a value that Kustomize makes at the very end: names with a
// content hash, references to renamed objects, and variables.
func (s *search) composed(o *object, n *node) place {
	want, ok := s.Value.(string)
	if !ok {
		return place{}
	}
	if n == nil {
		return s.namespaceOf(o, want)
	}
	if n.kind != scalar {
		return place{}
	}
	if s.namePath() && o.calledFinally(want) {
		return s.nameCause(o)
	}
	if to := s.referent(n.text, want); to != nil {
		if other := s.counterpart(); other != nil && other.text != n.text {
			return n.at
		}
		return s.nameCause(to)
	}
	if p := s.substituted(n, want); p.known() {
		return p
	}
	if len(s.Path) > 0 && s.Path[len(s.Path)-1].Field == "namespace" {
		return s.namespaceOf(o, want)
	}
	return place{}
}

// referent finds the object that was once called from and is now called to.
func (s *search) referent(from, to string) *object {
	var found *object
	for _, o := range s.target.objects {
		if !o.calledFinally(to) || !o.known(func(id ident) bool { return id.name == from }) {
			continue
		}
		if found == nil || s.hinted(o) && !s.hinted(found) {
			found = o
		}
	}
	return found
}

// hinted reports whether the path speaks of the object's kind: secretName,
// configMapRef, serviceAccountName.
func (s *search) hinted(o *object) bool {
	kind := strings.ToLower(o.id.kind)
	return slices.ContainsFunc(s.Path[max(0, len(s.Path)-3):], func(st model.Step) bool {
		return st.Field != "" && strings.Contains(strings.ToLower(st.Field), kind)
	})
}

// nameCause is the line that made an object's name what it is: what the pull
// request changed of it, else the prefix or suffix added last, else the
// declaration of the name.
func (s *search) nameCause(o *object) place {
	other := s.sameObject(o)
	if other != nil {
		for i, p := range o.names {
			if i >= len(other.names) || other.names[i].text != p.text {
				return p.at
			}
		}
		if o.hash {
			if p := s.changedContent(o, other); p.known() {
				return p
			}
		}
	}
	switch {
	case len(o.names) > 0:
		return o.names[0].at
	case o.gen != nil:
		if name := o.gen.get("name"); name != nil {
			return name.at
		}
		return o.decl
	}
	if name := o.content().get("metadata", "name"); name != nil {
		return name.at
	}
	return o.decl
}

// sameObject is the object of the other side that stands for this one: called
// the same, or else of the same origin.
func (s *search) sameObject(o *object) *object {
	for _, other := range s.twin.calledFinally(o.id.group, o.id.kind, o.id.name) {
		if other.id.name == o.id.name && other.id.ns == o.id.ns {
			return other
		}
	}
	var origin *object
	for _, other := range s.twin.originally(o.original()) {
		if other.id.kind == o.id.kind && other.id.group == o.id.group && (other.id.ns == o.id.ns || other.id.name == o.id.name) {
			origin = other
		}
	}
	return origin
}

// changedContent is the first input of a generated object that differs from
// the other side's.
func (s *search) changedContent(o, other *object) place {
	for _, field := range []string{"data", "binaryData", "stringData"} {
		now, then := o.content().get(field), other.content().get(field)
		if now == nil || now.kind != mapping {
			continue
		}
		for i, key := range now.keys {
			v, old := now.vals[i], then.get(key)
			switch {
			case same(v, old):
				continue
			case old != nil && v.x != nil && len(v.x.parts) > 0 && v.x.parts[0].role == "file" && v.x.parts[0].text != oldFile(old):
				return changedRows(v.at.file, oldFile(old))
			}
			return v.at
		}
	}
	return place{}
}

// oldFile is what the file of a generator's key held, else the key's value.
func oldFile(n *node) string {
	if n.x != nil && len(n.x.parts) > 0 && n.x.parts[0].role == "file" {
		return n.x.parts[0].text
	}
	return n.text
}

// substituted explains a text in which vars: were replaced.
func (s *search) substituted(n *node, want string) place {
	if !strings.Contains(n.text, "$(") {
		return place{}
	}
	text := n.text
	var used []*node
	for _, v := range s.target.vars {
		if name := "$(" + v.name + ")"; strings.Contains(text, name) {
			source := v.source(s.target.objects)
			if source == nil || source.kind != scalar {
				return place{}
			}
			text = strings.ReplaceAll(text, name, source.text)
			used = append(used, source)
		}
	}
	if text != want {
		return place{}
	}
	if other := s.counterpart(); other != nil && other.text == n.text && len(used) > 0 {
		for _, u := range used {
			if s.changedSource(u) {
				return u.at
			}
		}
	}
	return n.at
}

// changedSource reports whether the line of a node differs from the other side.
func (s *search) changedSource(n *node) bool {
	if !n.at.known() {
		return false
	}
	return s.newRow(n.at)
}

// namespaceOf explains a namespace that follows the object referred to, as in
// the subjects of a role binding.
func (s *search) namespaceOf(o *object, want string) place {
	if len(s.Path) < 2 || s.Path[len(s.Path)-1].Field != "namespace" {
		return place{}
	}
	parent := s.walk(o.content(), s.Path[:len(s.Path)-1])
	for _, to := range s.target.objects {
		if to.id.ns != want || !to.known(func(id ident) bool { return id.name == parent.str("name") }) {
			continue
		}
		if ns := to.content().get("metadata", "namespace"); ns != nil && ns.text == want {
			return ns.at
		}
	}
	return place{}
}
