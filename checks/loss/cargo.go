package loss

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Cargo is what goes with an object that applied others.
type Cargo struct {
	data   []*model.Object // what of it holds data, or takes other things along
	rest   int             // how many further objects are seen to go
	moved  []*model.Object // what head renders in another target: it goes, and comes again
	taken  []string        // targets that something else asks for in head: they go, and come again
	unseen bool            // a part of it is not visible
	stored bool            // values of what is not visible ask for storage
}

// CargoOf gives what goes with an object that applied others: what its targets, and
// those that they made, rendered in base and head has no more.
func CargoOf(p *review.Pass, o *model.Object) Cargo {
	var out Cargo
	seen := map[*model.Object]bool{}
	for i, t := range p.BaseTargets {
		if !Asked(t.Lineage, o.ID) {
			continue
		}
		if h := p.HeadTargets[i]; h.Status != model.StatusAbsent {
			// An Application belongs to the set that made it: another one makes its own
			// under the same name only when the first is gone.
			if o.ID.GroupKind() == kube.ApplicationSet && h.Lineage != nil && h.Lineage.By != nil && !Asked(h.Lineage, o.ID) {
				out.taken = append(out.taken, t.Target.ID)
			}
			continue
		}
		if !t.Known() {
			out.unseen = true
			out.stored = out.stored || t.Target.Kind == model.Helm && storing(p, t)
		}
		for _, child := range t.Objects {
			switch gone := Of[child.ID.GroupKind()]; {
			case seen[child] || review.LeavesAll(child) != "" || t.Target.Kind == model.Helm && OutlivesRelease(child):
			case t.Target.Kind == model.ArgoCD && SparedWithApplication(child) || t.Target.Kind != model.ArgoCD && Spared(child, t.Target.ID):
			case child.ID.Group == flux.SourceGroup: // fetched anew within minutes, and nothing lost
				out.rest++
			case len(NewOwners(p, child.ID, []string{t.Target.ID})) > 0:
				out.moved = append(out.moved, child)
			case gone.Severity == review.Critical:
				out.data = append(out.data, child)
			default:
				out.rest++
			}
			seen[child] = true
		}
	}
	if len(seen) == 0 && len(out.taken) == 0 {
		out.unseen = true
	}
	out.stored = out.stored || out.unseen && o.ID.GroupKind() == flux.HelmRelease && Stores(review.Map(o.Fields(), "spec", "values"))
	return out
}

// Asked reports whether an object asked for a target, or for what made it.
func Asked(l *model.Lineage, by model.ObjectID) bool {
	for ; l != nil; l = l.Parent {
		if l.By != nil && *l.By == by {
			return true
		}
	}
	return false
}

// storing reports whether the values of a release that was not rendered ask for
// storage.
func storing(p *review.Pass, t model.Rendered) bool {
	if t.Lineage == nil || t.Lineage.By == nil {
		return false
	}
	for _, holder := range p.BaseTargets {
		for _, o := range holder.Objects {
			if o.ID == *t.Lineage.By && Stores(review.Map(o.Fields(), "spec", "values")) {
				return true
			}
		}
	}
	return false
}

// AllMoved reports whether something else applies all of it from now on.
func (c Cargo) AllMoved() bool {
	return len(c.moved) > 0 && len(c.data)+c.rest == 0 && !c.unseen
}

// Severity is how grave it is.
func (c Cargo) Severity() review.Severity {
	if len(c.data) > 0 || c.stored || len(c.moved) > 0 || len(c.taken) > 0 {
		return review.High
	}
	return review.Medium
}

// String goes on after "all that it applied will be deleted".
func (c Cargo) String() string {
	names := func(list []*model.Object) string {
		var out []string
		for _, o := range list {
			out = append(out, o.ID.String())
		}
		return text.Some(out)
	}
	var out string
	switch {
	case len(c.data) > 0:
		out = ", " + names(c.data) + " among it"
	case len(c.moved) > 0:
		out = ". Something else applies " + names(c.moved) + " from now on: it may be deleted and made again, depending on which comes first"
	case len(c.taken) > 0:
		out = ". Something else makes " + text.Some(text.Code(c.taken)) + " from now on: it may be deleted and made again, with all that it applied"
	case c.stored:
		out = ". Its values ask for storage, whose data may go too"
	case !c.unseen:
		return fmt.Sprintf(" (%s; none of them holds data)", text.Plural(c.rest, "object"))
	}
	if c.unseen {
		out += ". Not all of it is visible from here"
	}
	return out
}
