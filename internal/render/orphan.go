package render

import "github.com/seaworthy-dev/seaworthy/internal/model"

// orphans says of what one side alone has why the other lacks it, where that is
// the failure of what would make it: a Kustomization that does not render shows
// none of its HelmReleases and Kustomizations, and nobody knows that they are
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
			failed := p.failedAbove(side, s, p.maker(1-side, t))
			if failed == nil {
				continue
			}
			problem := *failed.Problem
			s.Targets[i].Status, s.Targets[i].Problem, s.Targets[i].Lineage = failed.Status, &problem, failed.Lineage
		}
	}
}

// maker is the unit that holds a target's object; nil where none does.
func (p *pair) maker(side int, t model.Target) *unit {
	if h := p.helms[side][t.ID]; h != nil {
		return h.held.unit
	}
	if u := p.unit(side, t.ID); u != nil {
		return u.parent
	}
	return nil
}

// failedAbove is the nearest of a unit and those above it that the side has, if
// what it would apply is not known.
func (p *pair) failedAbove(side int, s *model.Snapshot, u *unit) *model.Rendered {
	for ; u != nil; u = u.parent {
		r := s.Target(u.target.ID)
		if r == nil && p.unit(side, u.target.ID) != nil { // not among the targets that were asked for
			both := p.fluxRendered(u.target)
			r = &both[side]
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
