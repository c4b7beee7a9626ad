package review

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Application is one of Argo CD: one that is rendered, or one that an ApplicationSet makes.
type Application struct {
	Object *model.Object
	Set    *model.Object   // that makes it; nil for one that is rendered
	Target *model.Rendered // what it applies; nil where that is not known
}

// applications are those of a side, by what is rendered of them: an Application, or the
// set that makes some.
type applications struct {
	by     map[*model.Object][]*model.Rendered
	made   map[*model.Object]bool
	before map[model.ObjectID][]*model.Rendered // of base, that sets make
}

// Applications gives those whose Application, or whose ApplicationSet, stands in a cluster
// of the side. What a set makes is known where the set is followed.
func (p *Pass) Applications(c *Cluster) []Application {
	all := p.allApplications()
	var out []Application
	for _, o := range c.Kind(application) {
		if all.made[o] {
			continue
		}
		a := Application{Object: o}
		if targets := all.by[o]; len(targets) == 1 {
			a.Target = targets[0]
		}
		out = append(out, a)
	}
	for _, set := range c.Kind(applicationSet) {
		for _, t := range all.by[set] {
			out = append(out, Application{t.Application, set, t})
		}
	}
	return out
}

func (p *Pass) allApplications() *applications {
	if p.applications != nil {
		return p.applications
	}
	p.applications = &applications{map[*model.Object][]*model.Rendered{}, map[*model.Object]bool{}, map[model.ObjectID][]*model.Rendered{}}
	a, targets := p.applications, p.Targets()
	for i := range targets {
		t := &targets[i]
		if t.Target.Kind != model.ArgoCD || t.Status == model.StatusAbsent {
			continue
		}
		if t.Application != nil {
			a.made[t.Application] = true
		}
		if by := p.Asker(*t); by != nil && (by.ID.GroupKind() == application || t.Application != nil) {
			a.by[by] = append(a.by[by], t)
		}
	}
	if p.Side == model.Head {
		for i := range p.BaseTargets {
			if t := &p.BaseTargets[i]; t.Application != nil {
				key := t.Application.ID.Key()
				a.before[key] = append(a.before[key], t)
			}
		}
	}
	return a
}

// ApplicationBefore gives what an Application of head was in base; nil where it is new, or
// it cannot be told which it was.
func (p *Pass) ApplicationBefore(a Application) *model.Object {
	if a.Set == nil {
		return p.Before(a.Object)
	}
	was := p.allApplications().before[a.Object.ID.Key()]
	for _, t := range was {
		if t.Target.ID == a.Target.Target.ID || len(was) == 1 {
			return t.Application
		}
	}
	return nil
}

// Hit makes a finding of a field of an Application: of one that a set makes it stands where
// that gives the field. It needs a key.
func (a Application) Hit(field string, h Hit) Hit {
	h.Object, h.Field = a.Object, field
	if a.Set != nil {
		steps, _, _ := Walk(a.Object, field)
		h.Object, h.Field, h.Targets, h.at = a.Set, "", []string{a.Target.Target.ID}, inTemplate(steps)
	}
	return h
}
