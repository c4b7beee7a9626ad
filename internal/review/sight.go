package review

import (
	"fmt"
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
		if h.Status != model.StatusIncomplete || base.Targets[i].Status != model.StatusRendered {
			continue
		}
		key := fmt.Sprint(h.Problem.Class, h.Problem.Message, h.Problem.Location)
		said, do := lostWords(h)
		out.add(key, Finding{
			Check: SightLost, Severity: High, Status: New, Targets: []string{h.Target.ID}, Location: h.Problem.Location, side: model.Head,
			Title: "not visible any more", Message: said, Docs: docsOf(SightLost), Remediation: do,
		})
	}
	return out.list()
}

// lostWords say what was lost of a target, and what its author does about it.
func lostWords(h model.Rendered) (said, do string) {
	const accept = " Then somebody who neither opened nor pushed to the pull request, with the role maintain, comments `/audit waive sight-lost until=YYYY-MM-DD reason=\"…\"`."
	all := "Nothing of it is compared."
	if h.Partial != "" || h.Hole {
		all = "The rest of it is compared."
	}
	said = fmt.Sprintf("`%s` was visible before. Now: %s. %s ", h.Target.ID, strings.TrimSuffix(h.Problem.Message, "."), all)
	if h.Problem.Class == model.SubstitutionUnresolved {
		return said + "If its values were only encrypted, or moved out of the repository, the cluster gets the same; from here that cannot be told from a change of them. Somebody who can read both says so with `/audit waive sight-lost`.",
			"Let somebody who can read both compare the values (of SOPS: `sops -d FILE` beside `git show BASE:FILE`)." + accept
	}
	said += "Somebody who can see it says with `/audit waive sight-lost` that it is as it should be."
	return said, "Make it visible (its source reachable, its fields followed), or let somebody who can see both sides compare them." + accept
}
