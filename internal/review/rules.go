package review

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxSpent bounds what all rules and policies of a review may cost, in CEL's
// units: about half a minute by the API server's reckoning.
const maxSpent = 300_000_000

// Spend notes what an evaluation cost, in CEL's units, and reports whether the
// review has any left. It is a count and no time, so that the same input gives
// the same answer.
func (p *Pass) Spend(units int64) bool {
	p.judge.spent += units
	return p.judge.spent < maxSpent
}

// Once reports whether the check asks so for the first time in the review, on
// either side: what is made once and kept counts once, see Spend.
func (p *Pass) Once(key string) bool {
	key = p.check.ID + "\x00" + key
	if p.judge.once[key] {
		return false
	}
	p.judge.once[key] = true
	return true
}

// Homes gives the clusters of the side in which an object stands, sorted by
// name.
func (p *Pass) Homes(o *model.Object) []*Cluster {
	var out []*Cluster
	for _, c := range p.Around() {
		if len(c.targets[o]) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// Standing gives the targets of a cluster that render an object, of the change
// that is looked at where there is one.
func (p *Pass) Standing(o *model.Object, c *Cluster) []string {
	var out []string
	for _, t := range c.targets[o] {
		if p.change == nil || slices.Contains(p.change.Targets, t) {
			out = append(out, t)
		}
	}
	return out
}

// Partial reports whether variables in an object of the side were left
// unresolved: it stands in a target that holds values which cannot be seen.
func (p *Pass) Partial(o *model.Object) bool {
	return slices.ContainsFunc(p.judge.partial[p.Side], func(target string) bool {
		return slices.ContainsFunc(p.Clusters, func(c *Cluster) bool { return slices.Contains(c.targets[o], target) })
	})
}

// partialTargets gives the targets of a snapshot, which may be nil, that hold values which
// cannot be seen.
func partialTargets(s *model.Snapshot) []string {
	if s == nil {
		return nil
	}
	var out []string
	for i := range s.Targets {
		if s.Targets[i].Partial != "" {
			out = append(out, s.Targets[i].Target.ID)
		}
	}
	return out
}

// foldUnanswered makes one finding of all that a rule could not be answered for:
// the rule is what must be mended. The first object is told, the others are
// listed.
func foldUnanswered(list []Finding) []Finding {
	at := map[string]int{}
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		key := f.Check + "\x00" + f.Title
		i, known := at[key]
		if !f.unanswered || f.Status != Unknown || !known {
			if f.unanswered && f.Status == Unknown {
				at[key] = len(out)
			}
			out = append(out, f)
			continue
		}
		out[i].join(f)
	}
	return out
}
