package schema

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func (q Question) byDefinitions() (out []Problem, cost int64) {
	for i, d := range q.Definitions {
		found, spent := d.problems(q, q.Budget-cost)
		cost += spent
		if i == 0 {
			out = found
			continue
		}
		out = inBoth(out, found)
	}
	out = fold(out)
	for i := range out {
		if out[i].Sort == Unasked {
			continue
		}
		out[i].Against = "the CustomResourceDefinition `" + shown(q.Definitions[0].name) + "` of this repository"
		if out[i].Sort == NoKind || out[i].ofMetadata() {
			out[i].Against = ""
		}
	}
	return out, cost
}

// inBoth gives the problems that two definitions both see, and what one of them
// could not be asked where the other has something to say.
func inBoth(a, b []Problem) (out []Problem) {
	ids := func(list []Problem) (ids map[string]bool, open bool) {
		ids = map[string]bool{}
		for _, p := range list {
			ids[p.id()], open = true, open || p.Sort == Unasked
		}
		return ids, open
	}
	_, openA := ids(a)
	inB, _ := ids(b)
	for _, p := range a {
		if inB[p.id()] || p.Sort == Unasked && len(b) > 0 {
			out = append(out, p)
		}
	}
	for _, p := range b {
		if p.Sort == Unasked && !openA && len(a) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// problems holds an object against the definition.
func (d *Definition) problems(q Question, budget int64) ([]Problem, int64) {
	id := q.Object.ID
	c := d.version(id.Version)
	if c == nil {
		return d.notServed(id), 0
	}
	found := walk(q.Object.Fields(), c.shape, q.Resolved)
	switch {
	case len(found) > 0:
		return found, 0
	case c.validator == nil:
		none := unasked("the definition's schema is none that can be compiled here")
		none.Panic = c.broke
		return []Problem{none}, 0
	}
	return c.validate(q.Object, budget)
}

// notServed tells of a version that the definition does not have or not serve.
func (d *Definition) notServed(id model.ObjectID) []Problem {
	served := d.served()
	if len(served) == 0 || slices.Contains(served, id.Version) || opaque(id.Version) {
		return nil
	}
	return []Problem{{Sort: NoKind, Field: "/apiVersion", Key: "kind",
		Text: fmt.Sprintf("the CustomResourceDefinition `%s` of this repository does not serve `%s`: it serves `%s`", shown(d.name), shown(id.Version), strings.Join(served, "`, `"))}}
}

// maxObject bounds an object that rules are run over; its form is held against
// the schema all the same.
const maxObject = 1 << 20

// validate asks Kubernetes' own validation: what a walk does not know (patterns,
// bounds, keys of lists) and the definition's rules.
func (c *compiled) validate(o *model.Object, budget int64) (out []Problem, cost int64) {
	defer func() {
		if p := recover(); p != nil {
			out = []Problem{unasked("the definition's schema broke what holds objects against it")}
			out[0].Panic = panicked(p)
		}
	}()
	if len(o.JSON()) > maxObject {
		return []Problem{unasked("it is too large for patterns, bounds and rules")}, 0
	}
	reckoned := load{left: maxLoad}
	if !reckoned.fits(o.Fields(), c.shape) {
		return []Problem{unasked("its values times what the definition compares them with are too many")}, maxLoad
	}
	v := &values{}
	fields, _ := v.plain(o.Fields(), nil).(map[string]any)
	delete(fields, "status")
	defaulting.PruneNonNullableNullsWithoutDefaults(fields, c.structural)
	defaulting.Default(fields, c.structural)
	errs := validation.ValidateCustomResource(nil, fields, c.validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, c.structural, fields)...)
	errs = c.shape.told(fields, nil, errs)
	why := c.unread
	cost = maxLoad - reckoned.left
	if c.rules != nil && len(errs) == 0 {
		limit := max(0, min(budget, maxRun)) / c.factor
		some, left := c.rules.Validate(context.Background(), nil, c.structural, fields, nil, limit)
		cost += (limit - max(0, left)) * c.factor
		kept, all := answered(some)
		if left < 0 || !all {
			why = "rules of the definition cost more than is spent on one object, or cannot be compiled here"
		}
		if left >= 0 {
			errs = append(errs, kept...)
		}
	}
	out = v.told(errs, o)
	if why != "" && len(out) == 0 {
		out = []Problem{unasked(why)}
	}
	return out, cost
}

// answered gives the rules' refusals, and whether all rules were asked: one that
// does not compile, or costs too much, was not; one that breaks refuses, but why may quote a value. The
// library says so in words only.
func answered(errs field.ErrorList) (out field.ErrorList, all bool) {
	all = true
	for _, e := range errs {
		unasked := func(words string) bool { return strings.Contains(e.Detail, words) }
		if e.Type == field.ErrorTypeInternal || slices.ContainsFunc([]string{"rule compile", "cost exceeds limit", "cost budget", "cost could not", "call arguments did not match"}, unasked) {
			all = false
			continue
		}
		if _, rule, ok := strings.Cut(e.Detail, " evaluating rule: "); ok {
			e.Detail = "a rule cannot be answered for it: " + rule
		}
		e.BadValue = nil // a type's name
		out = append(out, e)
	}
	return out, all
}

// maxRun bounds what the rules cost on one object, in CEL's units.
const maxRun = celconfig.RuntimeCELCostBudget / 10

// values makes decoded JSON what the API server's decoder makes of it, and notes
// where what cannot be seen stood.
type values struct {
	hidden []string // paths as field.Path writes them
}

func (v *values) plain(value any, at *field.Path) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, e := range value {
			child := at.Child(k)
			if text, ok := e.(string); ok && opaque(text) || opaque(k) {
				v.hidden = append(v.hidden, child.String())
				continue
			}
			out[k] = v.plain(e, child)
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for i, e := range value {
			if text, ok := e.(string); ok && opaque(text) {
				v.hidden = append(v.hidden, at.Index(i).String())
			}
			out = append(out, v.plain(e, at.Index(i)))
		}
		return out
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return n
		}
		n, _ := value.Float64()
		return n
	}
	return value
}

// told makes problems of the library's errors. One at, above or below what
// cannot be seen is no fact.
func (v *values) told(errs field.ErrorList, o *model.Object) (out []Problem) {
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return cmp.Compare(a.Field, b.Field) }) // the validator goes through maps
	for _, e := range errs {
		path := strings.TrimPrefix(e.Field, ".")
		if path == "<nil>" {
			path = ""
		}
		touches := func(hidden string) bool { return under(hidden, path) || under(path, hidden) }
		if under(path, "status") || slices.ContainsFunc(v.hidden, touches) || len(out) >= maxProblems {
			continue
		}
		out = append(out, Problem{Sort: sortOf(e), Field: pointerOf(path, o.Fields()), Key: path + "|" + string(e.Type),
			Text: detail(e, path), place: path, wanted: string(e.Type)})
	}
	return out
}

func under(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (root == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

func sortOf(e *field.Error) Sort {
	switch e.Type {
	case field.ErrorTypeRequired:
		return Missing
	case field.ErrorTypeTypeInvalid:
		return WrongType
	}
	return NotAllowed
}

// detail says what is wrong without the value that is.
func detail(e *field.Error, path string) string {
	at := of(shown(path))
	said := strings.Join(strings.Fields(e.Detail), " ")
	if bad, ok := e.BadValue.(string); ok && len(bad) > 0 {
		said = strings.ReplaceAll(said, bad, "…")
	}
	said = shown(strings.TrimPrefix(said, path+" in body "))
	switch e.Type {
	case field.ErrorTypeRequired:
		return at + " is missing"
	case field.ErrorTypeDuplicate:
		return at + " stands twice in its list"
	case field.ErrorTypeNotSupported:
		return at + " has none of the values that are allowed: " + strings.TrimPrefix(said, "supported values: ")
	}
	if said == "" {
		said = "is not valid"
	}
	return at + ": " + said
}

// pointerOf makes a JSON Pointer of a path as field.Path writes it, as far as the
// object has it.
func pointerOf(path string, value any) string {
	var steps []model.Step
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		step, rest := firstStep(path, value)
		if step == "" {
			break
		}
		path = rest
		switch v := value.(type) {
		case []any:
			i := 0
			if _, err := fmt.Sscanf(step, "%d", &i); err != nil || i < 0 || i >= len(v) {
				return model.Pointer(steps)
			}
			steps, value = append(steps, model.ItemStep(i)), v[i]
		case map[string]any:
			steps, value = append(steps, model.FieldStep(step)), v[step]
		default:
			return model.Pointer(steps)
		}
	}
	return model.Pointer(steps)
}

// firstStep takes the first step off a path: a field, or what stands in
// brackets. A field's name may hold dots: the longest that the object has wins.
func firstStep(path string, value any) (step, rest string) {
	if strings.HasPrefix(path, "[") {
		end := strings.IndexByte(path, ']')
		if end < 0 {
			return "", ""
		}
		return path[1:end], path[end+1:]
	}
	if m, ok := value.(map[string]any); ok {
		best := ""
		for name := range m {
			if len(name) > len(best) && under(path, name) {
				best = name
			}
		}
		if best != "" {
			return best, path[len(best):]
		}
	}
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end], path[end:]
	}
	return path, ""
}
