package loss

import (
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Unmade is an ApplicationSet that stays, and deletes some of the Applications that it
// made.
type Unmade struct {
	Set          *model.Object // head's
	Before       *model.Object // base's
	Applications []string
	Cargo        Cargo // what goes with them
}

// UnmadeBySets gives the sets of head that delete Applications with something that no
// object of theirs tells: what they applied is not visible, or is applied by something
// else from now on.
func UnmadeBySets(p *review.Pass) []Unmade {
	names := map[model.ObjectID][]string{}
	for _, t := range p.BaseTargets {
		if t.Lineage != nil && t.Lineage.By != nil && t.Lineage.Unmade == model.UnmadeDeleted {
			names[*t.Lineage.By] = append(names[*t.Lineage.By], path.Base(t.Target.ID))
		}
	}
	var out []Unmade
	for _, c := range p.Clusters {
		for _, set := range c.Kind(kube.ApplicationSet) {
			gone := names[set.ID]
			if len(gone) == 0 || c.Before == nil {
				continue
			}
			delete(names, set.ID)
			before := c.Before.Find(kube.ApplicationSet, set.ID.Namespace, set.ID.Name)
			if before == nil {
				continue
			}
			cargo := CargoOf(p, before)
			told := slices.ContainsFunc(cargo.moved, func(o *model.Object) bool { return Of[o.ID.GroupKind()].Severity != review.Medium })
			if cargo.unseen || len(cargo.moved) > 0 && !told {
				slices.Sort(gone)
				out = append(out, Unmade{set, before, slices.Compact(gone), cargo})
			}
		}
	}
	return out
}
