package schema

import (
	"encoding/json"
	"regexp"
	"regexp/syntax"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Kubernetes' validation trusts definitions: it compares with each value of an
// enum, fills in defaults of defaults, and keeps each pattern that it ever saw for
// the life of the process. What a foreign definition costs is reckoned here
// beforehand, and its patterns are matched here.

// Limits of what a definition may ask for. A unit is CEL's, a tenth of a
// microsecond.
const (
	maxLoad     = 5_000_000 // units for one object
	maxPrograms = 200_000   // instructions of all patterns of a version, of 40 bytes
)

// load reckons what one object costs.
type load struct {
	left   int64
	errors int64 // that there may be at most
}

// fits reports whether an object can be held against a shape for what is left.
// The library compares each error with all others.
func (l *load) fits(o map[string]any, s *Shape) bool {
	if l.value(o, s, 0) {
		l.left -= l.errors * l.errors / 50
	}
	return l.left >= 0
}

// value charges for a value, and for the defaults that are filled in below it.
// above is what the alternatives of outer values add. It reports whether there is
// anything left.
func (l *load) value(v any, s *Shape, above int64) bool {
	if l.left--; s == nil || l.left < 0 {
		return l.left >= 0
	}
	above += s.weight
	l.left -= above + s.enum
	l.errors += 1 + above
	switch v := v.(type) {
	case map[string]any:
		for name, f := range s.Fields {
			if _, has := v[name]; !has && f.fallback != nil && !l.value(f.fallback, f, above) {
				return false
			}
		}
		for name, e := range v {
			f := s.Fields[name]
			if f == nil {
				f = s.Values
			}
			if !l.value(e, f, above) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !l.value(e, s.Items, above) {
				return false
			}
		}
	case string:
		if s.pattern != nil {
			l.left -= int64(len(v)) * int64(s.program) / 50
		}
	}
	return l.left >= 0
}

// weightOf is how much the alternatives of a schema's level hold, against which a
// value is held, and all below it.
func weightOf(s map[string]any) (n int64) {
	for _, name := range []string{"allOf", "anyOf", "oneOf", "not"} {
		if part, ok := s[name]; ok {
			n += int64(nodes(part))
		}
	}
	return n
}

// patterns are those of one version of a definition, compiled.
type patterns struct {
	made  map[string]*regexp.Regexp
	size  int  // instructions
	sound bool // all of them are patterns, and not too many
	whole bool // none stands where it is not asked
}

// take moves the patterns of a schema to its shape.
func (t *patterns) take(props *apiextensions.JSONSchemaProps, s *Shape) {
	if props == nil || s == nil || !t.sound {
		return
	}
	if props.Pattern != "" {
		s.pattern, s.program = t.compile(props.Pattern)
		props.Pattern = ""
	}
	for _, list := range []*[]apiextensions.JSONSchemaProps{&props.AllOf, &props.AnyOf, &props.OneOf} {
		for i := range *list {
			if holdsPattern(&(*list)[i]) {
				*list, t.whole = nil, false
				break
			}
		}
	}
	if props.Not != nil && holdsPattern(props.Not) {
		props.Not, t.whole = nil, false
	}
	for name, f := range props.Properties {
		t.take(&f, s.Fields[name])
		props.Properties[name] = f
	}
	if props.AdditionalProperties != nil {
		t.take(props.AdditionalProperties.Schema, s.Values)
	}
	if props.Items != nil {
		t.take(props.Items.Schema, s.Items)
	}
}

func (t *patterns) compile(pattern string) (*regexp.Regexp, int) {
	size := programSize(pattern)
	if t.size += size; size == 0 || t.size > maxPrograms {
		t.sound = false
		return nil, 0
	}
	if t.made[pattern] == nil {
		r, err := regexp.Compile(pattern)
		t.sound = t.sound && err == nil
		t.made[pattern] = r
	}
	return t.made[pattern], size
}

func holdsPattern(props *apiextensions.JSONSchemaProps) bool {
	text, err := json.Marshal(props)
	var decoded any
	return err != nil || json.Unmarshal(text, &decoded) != nil || hasPattern(decoded)
}

// hasPattern looks for what Kubernetes' internal types call Pattern.
func hasPattern(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			if text, ok := e.(string); ok && name == "Pattern" && text != "" || hasPattern(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if hasPattern(e) {
				return true
			}
		}
	}
	return false
}

// programSize is about how many instructions a pattern compiles to; 0 for what is
// none. Repetitions are written out.
func programSize(pattern string) int {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0
	}
	return sizeOf(re) + 2
}

func sizeOf(re *syntax.Regexp) int {
	n := 1
	switch re.Op {
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpRepeat:
		n = sizeOf(re.Sub[0]) * max(re.Max, re.Min+1)
		if re.Max > re.Min {
			n += re.Max - re.Min
		}
	default:
		for _, sub := range re.Sub {
			n += sizeOf(sub) + 1
		}
	}
	return min(n, maxPrograms+1)
}

// told gives the strings that do not match their patterns.
func (s *Shape) told(v any, at *field.Path, errs field.ErrorList) field.ErrorList {
	if s == nil || len(errs) >= maxFound {
		return errs
	}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			f := s.Fields[name]
			if f == nil {
				f = s.Values
			}
			errs = f.told(e, at.Child(name), errs)
		}
	case []any:
		for i, e := range v {
			errs = s.Items.told(e, at.Index(i), errs)
		}
	case string:
		if s.pattern != nil && !s.pattern.MatchString(v) {
			errs = append(errs, field.Invalid(at, v, "should match '"+s.pattern.String()+"'"))
		}
	}
	return errs
}

// withoutCostlyRules takes out the rules whose regular expressions an object makes
// or whose size their text does not show, and gives by how much the others cost
// more than CEL reckons: it knows the length of an expression, and not its
// repetitions.
func withoutCostlyRules(s *structural.Structural) (factor int64, all bool) {
	factor, all = 1, true
	env, err := cel.NewEnv()
	if err != nil {
		return factor, false
	}
	visitor := structural.Visitor{Structural: func(s *structural.Structural) bool {
		kept := s.XValidations[:0]
		for _, rule := range s.XValidations {
			if f := ruleFactor(env, rule.Rule); f > 0 {
				kept, factor = append(kept, rule), max(factor, f)
			}
		}
		all = all && len(kept) == len(s.XValidations)
		s.XValidations = kept
		return true
	}}
	visitor.Visit(s)
	return factor, all
}

// maxFactor is the most by which a regular expression in a rule may be larger than
// its text.
const maxFactor = 100

// ruleFactor is by how much a rule's regular expressions are larger than their
// text; 0 where that cannot be known or is too much.
func ruleFactor(env *cel.Env, rule string) int64 {
	parsed, issues := env.Parse(rule)
	if issues.Err() != nil {
		return 1 // nor will it compile
	}
	factor := int64(1)
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		switch call.FunctionName() {
		case "matches", "find", "findAll":
		default:
			return
		}
		args := call.Args()
		if !call.IsMemberFunction() && len(args) > 0 {
			args = args[1:]
		}
		text := types.String("")
		literal := len(args) > 0 && args[0].Kind() == ast.LiteralKind
		if literal {
			text, literal = args[0].AsLiteral().(types.String)
		}
		size := int64(programSize(string(text)))
		if f := size / int64(max(1, len(text))); !literal || size == 0 || f > maxFactor {
			factor = 0
		} else if factor > 0 {
			factor = max(factor, f)
		}
	}))
	return factor
}
