package review

import (
	"reflect"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// oneCause leaves out, before findings are grouped, what only follows from something that
// another finding tells and that blocks by itself. What is waived stands in for nothing.
func (j *judge) oneCause(list []Finding, checks []*Check) []Finding {
	by, saidAt := map[string]bool{}, map[string]string{}
	for _, c := range checks {
		by[c.ID], saidAt[c.ID] = c.ByLabels, c.SaidAt
	}
	blocks := func(f Finding) bool { return f.Status == New && f.Severity.Rank() >= High.Rank() }
	misspelt := map[model.ObjectID][]Finding{} // fields of another name than they were meant to have
	lines := map[string]bool{}
	for _, f := range list {
		if f.meant != "" && f.Object != nil && blocks(f) {
			misspelt[*f.Object] = append(misspelt[*f.Object], f)
		}
		if f.Location != nil && f.Location.Precision == model.AtLine && blocks(f) {
			lines[f.Check+lineOf(f)] = true
		}
	}
	gone := map[*model.Object][]Finding{}
	for _, f := range list {
		if f.gone && f.on != nil && blocks(f) {
			gone[f.on] = append(gone[f.on], f)
		}
	}
	list = j.stillSo(j.sightOfFields(list))
	return slices.DeleteFunc(list, func(f Finding) bool {
		switch {
		case f.since != nil && (f.Status == New || f.Status == Worse) && slices.ContainsFunc(gone[f.since], func(g Finding) bool { return j.sameClusters(f.Targets, g.Targets) }):
			return true
		case f.Status != New:
			return false
		case saidAt[f.Check] != "":
			return f.Location != nil && lines[saidAt[f.Check]+lineOf(f)]
		case f.Object != nil && slices.ContainsFunc(misspelt[*f.Object], func(m Finding) bool {
			return (f.Field == m.meant || strings.HasPrefix(f.Field, m.meant+"/")) && j.sameClusters(f.Targets, m.Targets)
		}):
			return true // it is missing, under its right name
		case by[f.Check]: // there are none under a misspelt name
			return slices.ContainsFunc(f.Objects, func(id model.ObjectID) bool {
				return slices.ContainsFunc(misspelt[id], func(m Finding) bool { return podLabels(m) && j.sameClusters(f.Targets, m.Targets) })
			})
		}
		return false
	})
}

func lineOf(f Finding) string { return placeKey(Finding{Location: f.Location}) }

// podLabels reports whether what is misspelt was meant to be the labels of a workload's pods.
func podLabels(f Finding) bool {
	return strings.HasSuffix(f.meant, "/template/metadata/labels") || f.meant == "/metadata/labels" && f.Object.Kind == "Pod"
}

// sightOfFields makes one finding of two that have one cause: a field that nobody knows
// hides what the object asks for, and is said to be none of its schema. Where that blocks,
// it is enough; where a newer release may have the field, both are said at its line.
func (j *judge) sightOfFields(list []Finding) []Finding {
	unknown := func(f Finding) func(Finding) bool {
		return func(o Finding) bool {
			return o.Check == "schema-invalid" && o.Object != nil && f.asks != nil && *o.Object == *f.asks &&
				(o.Field == f.Field || strings.HasPrefix(f.Field, o.Field+"/")) && (o.Status == New || o.Status == Unknown) && j.sameClusters(f.Targets, o.Targets)
		}
	}
	out := slices.Clone(list)
	gone := map[int]bool{}
	for i := range out {
		f := &out[i]
		if f.Check != SightLost || f.Status != New {
			continue
		}
		n := slices.IndexFunc(out, unknown(*f))
		switch {
		case n < 0:
		case out[n].Status == New && out[n].Severity.Rank() >= f.Severity.Rank():
			gone[i] = true
		case out[n].Status == Unknown:
			f.Location, f.Message, f.Searched = out[n].Location, f.Message+" "+out[n].Message, out[n].Searched
			gone[n] = true
		}
	}
	kept := make([]Finding, 0, len(out))
	for i, f := range out {
		if !gone[i] {
			kept = append(kept, f)
		}
	}
	return kept
}

// stillSo leaves out what is said to be fixed of an object that the change breaks, where it
// leaves alone what the finding is about: one whose Service leads nowhere now is no better
// off with its single replica. Neither is one of which the same check says another thing at
// the same field.
func (j *judge) stillSo(list []Finding) []Finding {
	broken := map[string]bool{}
	for _, f := range list {
		if (f.Status == New || f.Status == Worse) && f.Severity.Rank() >= High.Rank() {
			for _, id := range f.Objects {
				broken[objectKey(id)] = true
			}
		}
	}
	return slices.DeleteFunc(list, func(f Finding) bool {
		if f.Status != Fixed || f.on == nil {
			return false
		}
		after := j.became(scope{targets: f.Targets}, f.on)
		if after == nil {
			return false
		}
		if slices.ContainsFunc(list, func(o Finding) bool {
			return o.Check == f.Check && o.on == after && o.Field == f.Field && (o.Status == New || o.Status == Worse || o.Status == Unknown)
		}) {
			return true
		}
		if !slices.ContainsFunc(f.Objects, func(id model.ObjectID) bool { return broken[objectKey(id)] }) {
			return false
		}
		_, was, had := Walk(f.on, f.Field)
		_, is, has := Walk(after, f.Field)
		return had == has && (!had || reflect.DeepEqual(was, is))
	})
}

// sameClusters reports whether targets are all in clusters in which others are, too.
func (j *judge) sameClusters(of, others []string) bool {
	in := func(ids []string) (out []string) {
		for _, id := range ids {
			if t := j.Head.Target(id); t != nil {
				out = append(out, t.Target.Cluster)
			}
		}
		return out
	}
	there := in(others)
	return !slices.ContainsFunc(in(of), func(cluster string) bool { return !slices.Contains(there, cluster) })
}
