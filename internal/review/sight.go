package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// SightLost is the id of the finding that a target was rendered in base, and cannot be
// seen in head.
const SightLost = "sight-lost"

// sightLost makes a finding of every target that base renders and that is not visible in
// head. It blocks: else whoever wants to change something unseen only has to hide it
// first. And it can be waived: encrypting a value is right, and somebody who holds the
// key can answer for it.
func sightLost(base, head *model.Snapshot) []Finding {
	out := causes{}
	for i, h := range head.Targets {
		b := base.Targets[i]
		if h.Status != model.StatusIncomplete || b.Status != model.StatusRendered && !(b.Partial != "" && !b.Hole && (h.Hole || h.Partial == "")) {
			continue // what base showed in part, and head shows in part, is told by the field
		}
		key := fmt.Sprint(h.Problem.Class, h.Problem.Message, h.Problem.Location)
		said, do := lostWords(h)
		f := Finding{
			Check: SightLost, Severity: High, Status: New, Targets: []string{h.Target.ID}, Location: h.Problem.Location, side: model.Head,
			Title: "not visible any more", Message: said, Docs: docsOf(SightLost), Remediation: do,
		}
		if h.Lineage != nil && h.Lineage.By != nil && len(h.Problem.Field) > 0 {
			f.asks, f.Field = h.Lineage.By, model.Pointer(h.Problem.Field)
		}
		out.add(key, f)
	}
	return out.list()
}

// hides makes a finding of every target that both sides show but for some values, where
// head has a variable that cannot be seen in the place of a value that base shows.
func hides(base, head *model.Snapshot, changes []Change) []Finding {
	var out []Finding
	for i, h := range head.Targets {
		b := base.Targets[i]
		if b.Partial == "" || b.Hole || h.Partial == "" || h.Hole {
			continue
		}
		var first Finding
		var places []string
		for _, c := range changes {
			if c.Base == nil || c.Head == nil || !slices.Contains(c.Targets, h.Target.ID) {
				continue
			}
			for _, f := range c.Fields {
				if !f.Before.Set || !openIn(f.After.V, h.Open) || openIn(f.Before.V, b.Open) {
					continue
				}
				if len(places) == 0 {
					id := c.Object
					first = Finding{Object: &id, Objects: []model.ObjectID{id}, Field: f.Path, on: c.Head}
				}
				places = append(places, fmt.Sprintf("`%s` of %s", f.Path, c.Object))
			}
		}
		if len(places) == 0 {
			continue
		}
		what := places[0]
		if n := len(places) - 1; n > 0 {
			what += fmt.Sprintf(" and %d more", n)
		}
		_, do := lostWords(h)
		first.Check, first.Severity, first.Status, first.Targets, first.side = SightLost, High, New, []string{h.Target.ID}, model.Head
		first.Title, first.Docs, first.Remediation = "not visible any more", docsOf(SightLost), do
		first.Message = fmt.Sprintf("%s was visible before, and comes from a variable now whose value is not. If it is the same, the cluster gets the same; from here that cannot be told.", what)
		out = append(out, first)
	}
	return out
}

// openIn reports whether one of the variables stands in a value, or anywhere in it.
func openIn(value any, variables []string) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			if openIn(inner, variables) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return openIn(inner, variables) })
	case string:
		return slices.ContainsFunc(variables, func(name string) bool {
			_, rest, found := strings.Cut(v, "${"+name)
			return found && (rest == "" || !inVariable(rest[0]))
		})
	}
	return false
}

// inVariable reports whether a name goes on with a letter.
func inVariable(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lostWords say what was lost of a target, and what its author does about it.
func lostWords(h model.Rendered) (said, do string) {
	const accept = "says so: `/audit waive sight-lost until=YYYY-MM-DD reason=\"…\"`. That takes the role maintain, and nobody can say it who opened the pull request or pushed to it."
	all := "Nothing of it is compared."
	if h.Partial != "" || h.Hole {
		all = "The rest of it is compared."
	}
	said = fmt.Sprintf("`%s` was visible before. Now: %s. %s", h.Target.ID, strings.TrimSuffix(h.Problem.Message, "."), all)
	if h.Problem.Class == model.SubstitutionUnresolved {
		return said + " If its values were only encrypted, or moved out of the repository, the cluster gets the same; from here that cannot be told from a change of them.",
			"Whoever can read both values compares them (SOPS: `sops -d FILE`), and " + accept
	}
	return said, "If it is a mistake, correct it. Else whoever can see both sides compares them, and " + accept
}
