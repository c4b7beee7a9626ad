package locate

import (
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// insteadOf are the fields that a Kustomization or a HelmRelease may have in
// place of others.
var insteadOf = map[string]string{"chart": "chartRef", "values": "valuesFrom", "patches": "patchesStrategicMerge"}

// asker answers for a field of the object that asks for a target.
func (s *search) asker() task.Answer {
	o := s.target.object(s.Object)
	if o == nil {
		return task.Answer{Position: s.synced()}
	}
	s.found = o
	n := s.walk(o.content(), s.Path)
	if patch := o.content().get("spec", "templatePatch"); patch != nil && len(s.Path) > 0 && (n == nil || n.kind != scalar) {
		if p := s.givenTo(o, patch.text); p.known() {
			return task.Answer{Position: s.side.position(p, model.AtLine)}
		}
	}
	if p := s.inPatch(o); p.known() {
		return task.Answer{Position: s.side.position(p, model.AtLine)}
	}
	if n != nil && len(s.Path) > 0 {
		was := s.twin.object(s.Object)
		rewritten := was != nil && !same(n, s.walk(was.content(), s.Path)) // the template itself is what the pull request changed
		if p := s.given(o, s.asked[0], s.asked[1], n); p.known() && !rewritten {
			return task.Answer{Position: s.side.position(p, model.AtLine)}
		}
		if n.kind == scalar && strings.Contains(n.text, "{{") {
			if p := s.givenTo(o, n.text); p.known() {
				return task.Answer{Position: s.side.position(p, model.AtLine)}
			}
		}
		return task.Answer{Position: s.side.position(s.writer(n).head(), model.AtLine)}
	}
	if patch := o.content().get("spec", "templatePatch"); patch != nil && o.id.kind == "ApplicationSet" { // its template has no such field
		return task.Answer{Position: s.side.position(s.writer(patch).head(), model.AtObject)}
	}
	path := fields(s.Path)
	for i := len(path); i > 1; i-- { // the field itself, else what stands for it
		other := append(append([]string{}, path[:i-1]...), insteadOf[path[i-1]])
		for _, p := range [][]string{path[:i], other} {
			if n := o.content().get(p...); n != nil {
				s.Path = nil
				for _, name := range p {
					s.Path = append(s.Path, model.FieldStep(name))
				}
				return task.Answer{Position: s.side.position(s.writer(n).head(), model.AtLine)}
			}
		}
	}
	return task.Answer{Position: s.side.position(o.decl, model.AtObject)}
}

// inPatch is the one row of a set's templatePatch that names the field.
func (s *search) inPatch(o *object) (found place) {
	patch := o.content().get("spec", "templatePatch")
	if o.id.kind != "ApplicationSet" || patch == nil || patch.body == 0 || len(s.Path) == 0 {
		return place{}
	}
	name := s.Path[len(s.Path)-1].Field
	for i, row := range strings.Split(patch.text, "\n") {
		switch {
		case name == "" || !strings.Contains(row, name+":"):
		case found.known():
			return place{} // one of several
		default:
			line := patch.body + i
			found = place{file: patch.at.file, line: line, end: line}
		}
	}
	return found
}

// synced answers where the Flux Operator makes the object of a FluxInstance.
func (s *search) synced() *model.Position {
	var found *object
	for _, o := range s.target.objects {
		if o.id.kind != "FluxInstance" {
			continue
		}
		if found != nil {
			return nil
		}
		found = o
	}
	if found == nil {
		return nil
	}
	for _, path := range [][]string{append([]string{"spec", "sync"}, fields(s.Path)[min(1, len(s.Path)):]...), {"spec", "sync"}} {
		if n := found.content().get(path...); n != nil {
			return s.side.position(n.at.head(), model.AtLine)
		}
	}
	return s.side.position(found.decl, model.AtObject)
}

// fields are the field names of a path; an item of a list has none.
func fields(steps []model.Step) []string {
	out := make([]string, len(steps))
	for i, st := range steps {
		out[i] = st.Field
	}
	return out
}

// destined is the line of what asks for the target that says in which namespace objects
// without one of their own land, where the other side says another; nil where an object's
// namespace may come from elsewhere.
func (s *search) destined() *model.Position {
	if s.Asker || s.Removed || s.line == nil || s.twinLine == nil || model.Pointer(s.Path) != "/metadata/namespace" || len(s.Gone) > 0 {
		return nil
	}
	field := []string{"destination", "namespace"}
	switch s.line.Kind {
	case model.ArgoCD:
	case model.Helm:
		field = []string{"targetNamespace"}
	default:
		return nil
	}
	now, was := s.side.specOf(s.line).get(field...), s.side.other.specOf(s.twinLine).get(field...)
	if set := s.side.askedBy(s.line); set != nil && set.id.kind == "ApplicationSet" {
		return s.destinedBySet(set)
	}
	if now == nil || now.text != s.Object.Namespace || was != nil && was.text == now.text {
		return nil
	}
	return s.side.position(now.at.head(), model.AtLine)
}

// destinedBySet is the same of an Application that a set makes: the line of the template,
// where that is rewritten, else what gives its parameter.
func (s *search) destinedBySet(set *object) *model.Position {
	old := s.side.other.askedBy(s.twinLine)
	at := []string{"spec", "template", "spec", "destination", "namespace"}
	now := set.content().get(at...)
	if old == nil || now == nil || now.kind != scalar || !mayBecome(now.text, s.Object.Namespace) {
		return nil
	}
	if was := old.content().get(at...); was == nil || was.text != now.text {
		return s.side.position(now.at.head(), model.AtLine)
	}
	gives, gave := filler{s.side.gives(set, s.line)}, filler{s.side.other.gives(old, s.twinLine)}
	if p := gives.place(now, s.Object.Namespace); p != now.at && gave.place(now, s.Object.Namespace) == now.at {
		return s.side.position(p, model.AtLine)
	}
	return nil
}

// mayBecome reports whether a text of a template may become another one.
func mayBecome(template, text string) bool {
	parts := oneParameter.Split(template, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	ok, err := regexp.MatchString("^"+strings.Join(parts, ".*")+"$", text)
	return ok && err == nil
}
