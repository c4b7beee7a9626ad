package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// forFlux is the environment in which Flux' controllers compile their expressions,
// without the variables (github.com/fluxcd/pkg/runtime/cel, NewExpression).
var forFlux = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders())
})

// Names says where an expression that a controller of Flux compiles cannot be parsed, or
// which name in it is none of the variables that it knows; nil where it is neither. What
// functions there are differs between releases, and is not asked.
func Names(text string, variables ...string) error {
	if err := Syntax(text); err != nil {
		return fmt.Errorf("cannot be parsed: %w", err)
	}
	env, err := forFlux()
	if err != nil {
		return nil // the environment is this program's own; its tests make it
	}
	var known []cel.EnvOption
	for _, v := range variables {
		known = append(known, cel.Variable(v, cel.DynType))
	}
	if env, err = env.Extend(known...); err != nil {
		return nil
	}
	_, issues := env.Compile(text)
	if issues == nil {
		return nil
	}
	for _, e := range issues.Errors() {
		m := undeclared.FindStringSubmatch(e.Message)
		if m == nil || libraries[m[1]] || calls(text, m[1]) {
			continue
		}
		last := len(variables) - 1
		names := "`" + strings.Join(variables[:last], "`, `") + "` and `" + variables[last] + "`"
		return fmt.Errorf("names `%s` in column %d, where only %s are known", m[1], e.Location.Column()+1, names)
	}
	return nil
}

var undeclared = pattern.New(`^undeclared reference to '([A-Za-z_]\w*)'`)

// libraries are the names before the functions of CEL's own libraries, of which another
// release of Flux may have more.
var libraries = map[string]bool{"base64": true, "cel": true, "lists": true, "math": true, "optional": true, "proto": true, "regex": true, "sets": true, "strings": true}

// calls reports whether a text calls a function of this name.
func calls(text, name string) bool {
	return slices.ContainsFunc(strings.SplitAfter(text, name)[1:], func(after string) bool {
		return strings.HasPrefix(strings.TrimSpace(after), "(")
	})
}
