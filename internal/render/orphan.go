package render

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// orphans says of what one side alone has why the other lacks it, where that is
// the failure of what would make it: a Kustomization or an Application that does
// not render shows none of those that it makes, and nobody knows that they are
// gone.
func (p *pair) orphans(targets []model.Target, snapshots [2]*model.Snapshot) {
	for side, s := range snapshots {
		if s == nil || snapshots[1-side] == nil {
			continue
		}
		for i, t := range targets {
			if s.Targets[i].Status != model.StatusAbsent {
				continue
			}
			failed := p.failedAbove(side, s, p.above(1-side, t))
			if failed == nil {
				continue
			}
			problem := *failed.Problem
			s.Targets[i].Status, s.Targets[i].Problem, s.Targets[i].Lineage = failed.Status, &problem, failed.Lineage
		}
	}
}

// above gives the ids of the targets that hold a target's object, nearest first.
func (p *pair) above(side int, t model.Target) []string {
	if h := p.helms.units[side][t.ID]; h != nil {
		return h.held.unit.chain()
	}
	if a := p.apps[side].units[t.ID]; a != nil {
		return a.above
	}
	if u := p.unit(side, t.ID); u != nil {
		return u.parent.chain()
	}
	return nil
}

// chain gives a unit's target and those above it.
func (u *unit) chain() (ids []string) {
	for ; u != nil; u = u.parent {
		ids = append(ids, u.target.ID)
	}
	return ids
}

// failedAbove is the first of these targets that the side has, if what it would
// apply is not known.
func (p *pair) failedAbove(side int, s *model.Snapshot, ids []string) *model.Rendered {
	for _, id := range ids {
		r := s.Target(id)
		if r == nil { // not among the targets that were asked for
			r = p.followed(side, id)
		}
		if r == nil || r.Status == model.StatusAbsent {
			continue
		}
		if r.Problem == nil || r.Known() {
			return nil
		}
		return r
	}
	return nil
}

// followed is what became of a target that leads to others; nil where the side
// has no such.
func (p *pair) followed(side int, id string) *model.Rendered {
	var both [2]model.Rendered
	if u := p.unit(side, id); u != nil {
		both = p.fluxRendered(u.target)
	} else if a := p.apps[side].units[id]; a != nil {
		both = p.argoRendered(a.target)
	} else if r, ok := p.apps[side].entries[id]; ok {
		return &r
	} else {
		return nil
	}
	return &both[side]
}

// heldBy notes which targets hold the Applications.
func heldBy(units []*argoUnit, above []string) []*argoUnit {
	for _, u := range units {
		u.above = above
		if u.set != nil {
			u.above = append([]string{u.set.target.ID}, above...)
		}
	}
	return units
}
