package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"go.yaml.in/yaml/v3"
)

// maxRules bounds the rules of a file.
const maxRules = 100

var ruleID = pattern.New(`^[a-z0-9][a-z0-9-]{0,62}$`)

// ruleIDs gives the ids of a file's rules: they are set up and waived like
// checks, also above the place where they are declared.
func ruleIDs(top *yaml.Node) (ids []string) {
	if top.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "rules" {
			continue
		}
		for _, r := range top.Content[i+1].Content {
			for j := 0; r.Kind == yaml.MappingNode && j+1 < len(r.Content); j += 2 {
				if r.Content[j].Value == "id" && r.Content[j+1].Value != "" {
					ids = append(ids, r.Content[j+1].Value)
				}
			}
		}
		return ids
	}
	return nil
}

func (p *parser) rule(n *yaml.Node) {
	r, before := config.Rule{Line: n.Line}, len(p.mistakes)
	p.fields(n, "a rule", map[string]func(*yaml.Node){
		"id":       func(n *yaml.Node) { r.ID = p.ruleID(n) },
		"kinds":    func(n *yaml.Node) { r.Kinds = p.kinds(n) },
		"expr":     func(n *yaml.Node) { r.Expr = p.text(n, "expr"); p.compiles(n, r.Expr) },
		"message":  func(n *yaml.Node) { r.Message = p.text(n, "message") },
		"severity": func(n *yaml.Node) { r.Severity = p.oneOf(n, "severity", severities...) },
		"field": func(n *yaml.Node) {
			if r.Field = p.text(n, "field"); !strings.HasPrefix(r.Field, "/") {
				p.wrong(n, "field must be a JSON Pointer such as /spec/replicas, not `%s`", r.Field)
			}
		},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	var missing []string
	for _, need := range []struct {
		name   string
		absent bool
	}{{"id", !has(n, "id")}, {"kinds", !has(n, "kinds")}, {"expr", !has(n, "expr")}, {"message", !has(n, "message")}} {
		if need.absent {
			missing = append(missing, need.name)
		}
	}
	switch {
	case len(missing) > 0:
		p.wrong(n, "a rule without %s is no rule", strings.Join(missing, " and "))
	case len(p.file.Rules) == maxRules:
		p.wrong(n, "the file has more than %d rules; this one does not count", maxRules)
	case len(p.mistakes) == before:
		p.file.Rules = append(p.file.Rules, r)
	}
}

func has(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (p *parser) ruleID(n *yaml.Node) string {
	id := p.text(n, "id")
	switch {
	case !ruleID.MatchString(id):
		p.wrong(n, "a rule's id is made of a-z, 0-9 and -, not `%s`", id)
	case slices.Contains(p.catalogue, id):
		p.wrong(n, "there is a check `%s` already; name the rule otherwise", id)
	case slices.ContainsFunc(p.file.Rules, func(r config.Rule) bool { return r.ID == id }):
		p.wrong(n, "there are two rules `%s`; the first counts", id)
	}
	return id
}

func (p *parser) kinds(n *yaml.Node) []string {
	kinds := p.texts(n, "kinds")
	if len(kinds) == 0 && n.Kind == yaml.SequenceNode {
		p.wrong(n, "a rule needs one kind or more")
	}
	for i, k := range kinds {
		if wrong := policy.KindWrong(k); wrong != "" {
			p.wrong(n.Content[min(i, len(n.Content)-1)], "%s", wrong)
		}
	}
	return kinds
}

// compiles tells what CEL finds wrong, at the line of the expression.
func (p *parser) compiles(n *yaml.Node, expr string) {
	if expr == "" {
		return
	}
	_, err := policy.NewRule(nil, expr)
	var syntax *policy.SyntaxError
	switch {
	case errors.As(err, &syntax):
		for _, m := range syntax.Mistakes {
			p.wrong(n, "expr, %s", m)
		}
	case err != nil:
		p.wrong(n, "expr: %s", fmt.Sprint(err))
	}
}
