package policy

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Rule is a rule of the repository's own: an expression that is true of an
// object that is fine.
type Rule struct {
	kinds []string
	expr  *expression
}

// maxRule bounds a rule's expression, in bytes: a file may have a hundred.
const maxRule = 4 << 10

// NewRule compiles a rule for objects of some kinds, each as Kind or as
// Kind.group. The error is a *SyntaxError where the expression is wrong.
func NewRule(kinds []string, expr string) (*Rule, error) {
	if len(expr) > maxRule {
		return nil, &SyntaxError{[]string{fmt.Sprintf("the expression is longer than %d KiB", maxRule>>10)}}
	}
	e, err := compile(forRules, expr, cel.BoolType)
	if err != nil {
		return nil, err
	}
	return &Rule{kinds: kinds, expr: e}, nil
}

// Speaks reports whether the rule is about objects of this kind.
func (r *Rule) Speaks(id model.ObjectID) bool {
	for _, k := range r.kinds {
		if k == id.Kind || k == id.GroupKind() {
			return true
		}
	}
	return false
}

// ByCluster reports whether the rule asks in which cluster an object is.
func (r *Rule) ByCluster() bool { return r.expr.names["cluster"] }

// Subject is what a rule is asked about.
type Subject struct {
	Object *model.Object
	// Old is what the object was before; nil where it is new.
	Old     *model.Object
	Cluster string // "" where it has no name
	// Partial: variables in the object were left unresolved.
	Partial bool
}

// Judge asks the rule about an object.
func (r *Rule) Judge(s Subject) Verdict {
	return r.expr.judge(map[string]any{
		"object": fields(s.Object, s.Partial), "oldObject": fields(s.Old, s.Partial), "cluster": s.Cluster,
	})
}

// KindWrong says what is wrong with an entry of a rule's kinds; "" is nothing.
func KindWrong(kind string) string {
	switch {
	case kind == "":
		return "a kind is empty"
	case strings.Contains(kind, "/"):
		return "write a kind as `Deployment` or `Deployment.apps`, without a version, not `" + kind + "`"
	case strings.ToUpper(kind[:1]) != kind[:1]:
		return "a kind begins with a capital, such as `Deployment`, not `" + kind + "`"
	}
	return ""
}
