package job

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// rulesDocs is where the team's own rules are explained.
const rulesDocs = "docs/configure.md#rules"

// ruleCheck makes a check of a rule.
func ruleCheck(r config.Rule) (*review.Check, error) {
	rule, err := policy.NewRule(r.Kinds, r.Expr)
	if err != nil {
		return nil, fmt.Errorf("compile the rule %s: %w", r.ID, err)
	}
	e := &ruleRun{config: r, rule: rule}
	return &review.Check{
		ID: r.ID, Area: review.Operations, Severity: review.Severity(cmp.Or(r.Severity, string(review.Medium))), Docs: rulesDocs,
		Doc: review.Doc{
			Title:  "rule `" + r.ID + "`",
			What:   "A rule of the repository's file, of " + strings.Join(r.Kinds, ", ") + ": `" + r.Expr + "`.",
			Why:    r.Message,
			Fix:    "Do what the rule's message says, or change the rule where it is wrong.",
			Verify: "seaworthy review --base main --head WORKTREE",
			Waive:  "The rule's owners agree.",
			Effort: "small",
		},
		Run: review.Objects(e.object),
	}, nil
}

type ruleRun struct {
	config config.Rule
	rule   *policy.Rule
}

// object asks the rule about an object, in each of its clusters where that makes
// a difference.
func (e *ruleRun) object(p *review.Pass, o *model.Object) {
	if !e.rule.Speaks(o.ID) {
		return
	}
	s := policy.Subject{Object: o, Old: p.Before(o), Partial: p.Partial(o)}
	if p.Side == model.Base || p.Audit {
		s.Old = o // as it stands, nothing happens to it
	}
	if !e.rule.ByCluster() {
		e.ask(p, s, review.Hit{Object: o, Key: e.config.ID})
		return
	}
	for _, c := range p.Homes(o) {
		s.Cluster = c.Name
		hit := review.Hit{Object: o, Key: e.config.ID + " " + c.Name, Targets: p.Standing(o, c)}
		if len(hit.Targets) > 0 { // else the change does not touch it there
			e.ask(p, s, hit)
		}
	}
}

// ask notes what the rule says. Both answers have one key: what cannot be
// answered any more is not mended.
func (e *ruleRun) ask(p *review.Pass, s policy.Subject, hit review.Hit) {
	v := policy.Verdict{Why: "the review has spent what its rules may cost"}
	if p.Spend(0) {
		v = e.rule.Judge(s)
		p.Spend(v.Cost)
		if v.Panic != nil {
			p.Recovered("rule", v.Panic.Value, v.Panic.Stack)
		}
	}
	switch v.Answer {
	case policy.Holds:
		return
	case policy.Unknown:
		hit.Verdict, hit.Title = review.NotAnswered, "rule `"+e.config.ID+"` cannot be answered"
		hit.Message = fmt.Sprintf("The rule says neither yes nor no of %s: %s. A rule asks with `has(…)` for what may be missing.", s.Object.ID, v.Why)
	default:
		hit.Field, hit.Message = e.config.Field, fmt.Sprintf("%s: %s", s.Object.ID, e.config.Message)
	}
	p.Report(hit)
}
