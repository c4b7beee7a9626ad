// Package policy says what the repository's own policies make of an object: the
// rules of its file, in CEL, and the ValidatingAdmissionPolicies that it brings.
// It judges what is rendered, as the API server would; what only a cluster knows
// (who applies, what is filled in) leaves a question undecided, and never a
// guess. It reads nothing, and evaluates within a cost that is counted, not
// timed: the same input gives the same answer.
package policy

import (
	"fmt"
	"runtime/debug"
	"sort"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

// Answer is what an expression says of an object.
type Answer int

const (
	// Unknown: it cannot be said from here.
	Unknown Answer = iota
	// Holds: the object is fine.
	Holds
	// Fails: it is not.
	Fails
)

// Verdict is an answer with its reason.
type Verdict struct {
	Answer Answer
	Why    string // of Unknown: what is missing, or CEL's own error
	Cost   int64  // spent, in CEL's units; the API server reckons 10 million a second
	Panic  *Panic // of CEL's libraries, that left it undecided; nil for none
}

// Panic is a panic of a library on a value that it does not expect. Both may quote
// foreign text.
type Panic struct{ Value, Stack string }

// maxExpression bounds an expression, in bytes.
const maxExpression = 16 << 10

// environments are what expressions are compiled in. They are the API server's,
// with all its libraries; the variables are untyped, as the rendered objects
// are.
var environments = sync.OnceValues(func() (envs map[string]*cel.Env, err error) {
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	envs = map[string]*cel.Env{}
	for name, variables := range map[string][]string{
		forRules:    {"object", "oldObject"},
		forPolicies: {"object", "oldObject", "request", "params", "namespaceObject", "authorizer", "variables"},
	} {
		var options []cel.EnvOption
		for _, v := range variables {
			options = append(options, cel.Variable(v, cel.DynType))
		}
		if name == forRules {
			options = append(options, cel.Variable("cluster", cel.StringType))
		}
		set, err := base.Extend(environment.VersionedOptions{IntroducedVersion: version.MajorMinor(1, 0), EnvOptions: options}, environment.StrictCostOpt)
		if err != nil {
			return nil, fmt.Errorf("make the CEL environment for %s: %w", name, err)
		}
		envs[name] = set.StoredExpressionsEnv()
	}
	return envs, nil
})

const (
	forRules    = "rules"
	forPolicies = "policies"
)

// expression is a compiled one.
type expression struct {
	program cel.Program
	names   map[string]bool // the variables that it mentions
}

// compile reads an expression whose result is one of the types, or is known only
// when it runs. The error is CEL's own, one line a mistake, with line and column
// within the expression.
func compile(where, text string, results ...*cel.Type) (*expression, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("the expression is longer than %d KiB", maxExpression>>10)
	}
	envs, err := environments()
	if err != nil {
		return nil, err
	}
	env := envs[where]
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, &SyntaxError{issuesOf(text, issues)}
	}
	if out := ast.OutputType(); len(results) > 0 && !out.IsExactType(cel.DynType) && !hasType(out, results) {
		return nil, &SyntaxError{[]string{fmt.Sprintf("the expression gives %s, not %s", out, results[0])}}
	}
	program, err := env.Program(ast)
	if err != nil {
		return nil, fmt.Errorf("make a program of the expression: %w", err)
	}
	e := &expression{program: program, names: map[string]bool{}}
	for _, r := range ast.NativeRep().ReferenceMap() {
		e.names[r.Name] = true
	}
	return e, nil
}

func hasType(t *cel.Type, list []*cel.Type) bool {
	for _, l := range list {
		if t.IsExactType(l) {
			return true
		}
	}
	return false
}

// SyntaxError is what is wrong with an expression.
type SyntaxError struct {
	Mistakes []string // in the order of the expression
}

// Error tells all mistakes.
func (e *SyntaxError) Error() string { return strings.Join(e.Mistakes, "; ") }

// maxMistakes bounds what is told of one expression.
const maxMistakes = 5

func issuesOf(text string, issues *cel.Issues) []string {
	var out []string
	for i, e := range issues.Errors() {
		if i == maxMistakes {
			break
		}
		at := fmt.Sprintf("column %d", e.Location.Column()+1)
		if strings.Contains(strings.TrimSpace(text), "\n") {
			at = fmt.Sprintf("line %d, column %d of the expression", e.Location.Line(), e.Location.Column()+1)
		}
		out = append(out, at+": "+strings.TrimSuffix(oneLine(e.Message), " (in container '')"))
		if strings.HasPrefix(e.Message, "Syntax error") {
			break // what the parser says after its first is of its own making
		}
	}
	return out
}

// outcome is a value, or why there is none.
type outcome struct {
	value ref.Val
	why   string
	cost  int64
	panic *Panic
}

// run evaluates the expression. What it may cost is bounded by the environment.
func (e *expression) run(variables map[string]any) (out outcome) {
	defer func() {
		if r := recover(); r != nil { // a library's, on a value it does not expect
			out = outcome{why: "the expression broke", cost: out.cost, panic: &Panic{Value: fmt.Sprint(r), Stack: string(debug.Stack())}}
		}
	}()
	value, details, err := e.program.Eval(variables)
	if details != nil && details.ActualCost() != nil {
		out.cost = int64(min(*details.ActualCost(), 1<<40))
	}
	switch {
	case err != nil:
		out.why = oneLine(err.Error())
	case types.IsUnknown(value):
		out.why = dependsOn + unseen(value.(*types.Unknown))
	default:
		out.value = value
	}
	return out
}

// judge runs an expression that gives true or false.
func (e *expression) judge(variables map[string]any) Verdict {
	out := e.run(variables)
	switch out.value {
	case nil:
		return Verdict{Why: out.why, Cost: out.cost, Panic: out.panic}
	case types.True:
		return Verdict{Answer: Holds, Cost: out.cost}
	case types.False:
		return Verdict{Answer: Fails, Cost: out.cost}
	}
	return Verdict{Why: fmt.Sprintf("the expression gives %s, not true or false", out.value.Type().TypeName()), Cost: out.cost}
}

// dependsOn begins the reason of what cannot be seen.
const dependsOn = "it depends on "

// unseen names what an expression would have to see.
func unseen(u *types.Unknown) string {
	names := map[string]bool{}
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			names[t.Variable()] = true
		}
	}
	out := make([]string, 0, len(names))
	for n := range names {
		out = append(out, n)
	}
	sort.Strings(out)
	return strings.Join(out, " and ")
}

// oneLine shortens a message of a library: it may quote what it stumbled over.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 300
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// Condition says why the API server refuses a condition of a webhook; nil where it takes it.
func Condition(text string) error {
	_, err := compile(forPolicies, text, cel.BoolType)
	return err
}

// Syntax says where an expression cannot be parsed, in one line; nil where it can.
// Whether its names exist is not asked.
func Syntax(text string) error {
	if len(text) > maxExpression {
		return fmt.Errorf("it is longer than %d bytes", maxExpression)
	}
	envs, err := environments()
	if err != nil {
		return nil // the environment is this program's own; its tests compile it
	}
	_, issues := envs[forRules].Parse(text)
	if issues == nil || issues.Err() == nil {
		return nil
	}
	first := issues.Errors()[0]
	return fmt.Errorf("%s, in column %d", strings.Join(strings.Fields(first.Message), " "), first.Location.Column()+1)
}
