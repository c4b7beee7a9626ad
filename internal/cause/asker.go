package cause

import "github.com/seaworthy-dev/seaworthy/internal/model"

// asker answers for a field of the object that asks for a target.
func (s *search) asker() Answer {
	o := s.target.object(s.Object)
	if o == nil {
		return Answer{Position: s.synced()}
	}
	s.found = o
	if n := o.content().get(fields(s.Path)...); n != nil && len(s.Path) > 0 {
		if p := s.writer(n).head(); p.known() {
			return Answer{Position: s.side.position(p, model.AtLine)}
		}
	}
	return Answer{Position: s.side.position(o.decl, model.AtObject)}
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
