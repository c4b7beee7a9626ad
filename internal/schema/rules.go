package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Mistake is a rule for which the API server refuses the definition itself.
type Mistake struct {
	Field string // a pointer to the rule
	Why   string
}

// maxMistakes bounds what is told of one definition.
const maxMistakes = 5

// Mistakes are the rules that do not compile, by the API server's own code and against the
// types of the schema. What is compiled for it is not kept.
func (d *Definition) Mistakes() []Mistake {
	d.refused.Do(func() { d.mistakes = d.findMistakes() })
	return d.mistakes
}

func (d *Definition) findMistakes() (out []Mistake) {
	defer func() {
		if p := recover(); p != nil { // a library's, on a schema that it does not expect: nothing is known of it
			out = nil
		}
	}()
	for i, v := range d.spec.Versions {
		if rules, _ := written(d.raw[i]); rules == 0 || rules > maxRules || v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
			continue
		}
		raw, _ := d.raw[i].(map[string]any)
		decoded, _ := raw["schema"].(map[string]any)
		root, _ := decoded["openAPIV3Schema"].(map[string]any)
		var internal apiextensions.JSONSchemaProps
		if depthOf(root) > maxDepth || apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema.DeepCopy(), &internal, nil) != nil {
			continue
		}
		s, err := structural.NewStructural(&internal)
		if err != nil {
			continue
		}
		w := ruleWalk{base: environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())}
		w.node(s, fmt.Sprintf("/spec/versions/%d/schema/openAPIV3Schema", i), true)
		out = append(out, w.out...)
	}
	return out
}

// RulesCost is what Mistakes costs, in CEL's units, of which the API server reckons ten to
// a microsecond: 80 µs a byte of the rules were measured, with the environments.
func (d *Definition) RulesCost() (units int64) {
	for i := range d.spec.Versions {
		rules, _ := written(d.raw[i])
		units += 800 * int64(rules)
	}
	return units
}

// ruleWalk goes through the nodes of a schema that have rules.
type ruleWalk struct {
	base *environment.EnvSet
	out  []Mistake
}

func (w *ruleWalk) node(s *structural.Structural, at string, root bool) {
	if s == nil || len(w.out) >= maxMistakes {
		return
	}
	if len(s.XValidations) > 0 {
		w.rules(s, at, root)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		w.node(&field, at+"/properties/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), false)
	}
	w.node(s.Items, at+"/items", false)
	if s.AdditionalProperties != nil {
		w.node(s.AdditionalProperties.Structural, at+"/additionalProperties", false)
	}
}

func (w *ruleWalk) rules(s *structural.Structural, at string, root bool) {
	results, err := cel.Compile(s, model.SchemaDeclType(s, root || s.XEmbeddedResource), celconfig.PerCallLimit, w.base, cel.StoredExpressionsEnvLoader())
	if err != nil {
		return
	}
	for i, r := range results {
		for _, wrong := range []struct {
			field string
			err   *apiservercel.Error
		}{{"rule", r.Error}, {"messageExpression", r.MessageExpressionError}} {
			if wrong.err != nil && wrong.err.Type == apiservercel.ErrorTypeInvalid && len(w.out) < maxMistakes {
				w.out = append(w.out, Mistake{Field: fmt.Sprintf("%s/x-kubernetes-validations/%d/%s", at, i, wrong.field), Why: said(wrong.err.Detail)})
			}
		}
	}
}

// mistake matches the first of CEL's messages, with its column.
var mistake = pattern.New(`ERROR: <input>:\d+:(\d+): ([^\n]*)`)

// maxSaid bounds a message of CEL, in bytes: it may quote the rule.
const maxSaid = 200

// said is what CEL says, in one line.
func said(detail string) string {
	if m := mistake.FindStringSubmatch(detail); m != nil {
		detail = strings.TrimSuffix(m[2], " (in container '')") + ", in column " + m[1]
	}
	detail = strings.Join(strings.Fields(detail), " ")
	if len(detail) > maxSaid {
		detail = strings.ToValidUTF8(detail[:maxSaid], "") + "…"
	}
	return detail
}
