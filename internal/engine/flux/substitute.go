package flux

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/fluxcd/pkg/envsubst"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// variables are what a Kustomization substitutes.
type variables struct {
	known  map[string]string
	hidden map[string]task.Unseen // encrypted ones
	// missing are the providers that cannot be seen; one of them may set any
	// variable that is not among pinned.
	missing []string
	pinned  map[string]bool // set inline, or by a provider after the missing ones
	// maybe are optional providers that are not in the repository: one of them may set
	// what nothing else sets.
	maybe    []string
	active   bool   // Flux substitutes only where there are variables
	byChance bool   // it does so only if an optional provider is there
	defaults bool   // and a default was filled in
	strict   bool   // one that is set nowhere and has no default is an error
	misnamed string // a known one whose name Flux refuses
	used     map[string]task.Unseen
	rests    map[string][]string // of the expressions of the used ones
	secret   map[string]bool     // variables whose values come from a Secret
	losses   []task.Loss
	uses     map[string][]use         // see firstUse
	users    map[string]map[user]bool // of the used ones
	secrets  *redact.Redactor
	spec     map[string]any // of the Kustomization
}

// variablesOf collects the variables in kustomize-controller's order: each
// provider overrides those before it, inline ones override all.
func variablesOf(want *task.Flux, spec map[string]any, in *input.Set) (*variables, error) {
	v := &variables{spec: spec, secrets: in.Secrets, strict: want.Strict, known: map[string]string{}, hidden: map[string]task.Unseen{}, pinned: map[string]bool{}, used: map[string]task.Unseen{}, rests: map[string][]string{}, users: map[string]map[user]bool{}, secret: map[string]bool{}}
	post, ok := spec["postBuild"].(map[string]any)
	if !ok {
		return v, nil
	}
	for _, p := range want.From {
		data, ok, err := in.Keys(p)
		if err != nil {
			return nil, err
		}
		if !ok {
			v.strict = false // it may be in the cluster all the same, and hold what is set nowhere here
			if p.Optional {
				v.maybe = append(v.maybe, p.String())
			} else {
				v.missing = append(v.missing, p.String())
				v.pinned = map[string]bool{}
			}
			continue
		}
		for key, text := range data {
			if p.Kind == "Secret" && in.Secrets.Decoy && !redact.IsEncrypted(text) {
				text = redact.Decoy(text)
			}
			v.set(key, text, p, in.Secrets)
		}
	}
	inline, _ := post["substitute"].(map[string]any)
	for key, value := range inline {
		if text, ok := value.(string); ok {
			v.set(key, text, task.Values{}, in.Secrets)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.known)) {
		if v.misnamed == "" && !variableName.MatchString(name) {
			v.misnamed = name
		}
	}
	set := len(v.known)+len(v.hidden)+len(v.missing) > 0 || post["substituteStrategy"] == "Always"
	v.active = set || len(v.maybe) > 0
	v.byChance = !set
	return v, nil
}

func (v *variables) set(key, text string, from task.Values, secrets *redact.Redactor) {
	v.pinned[key] = true
	v.secret[key] = from.Kind == "Secret"
	if redact.IsEncrypted(text) || model.Redacted(text) {
		v.hidden[key] = task.Unseen{Name: key, From: from.String(), Print: input.Print(text, secrets)}
		delete(v.known, key)
		return
	}
	v.known[key] = strings.ReplaceAll(text, "\n", "")
	delete(v.hidden, key)
}

// opaque reports whether a variable's value cannot be seen. With a default it is that
// where only optional providers could set it: whoever writes one reckons with it.
func (v *variables) opaque(name string, defaulted bool) (task.Unseen, bool) {
	if u, ok := v.hidden[name]; ok && (v.pinned[name] || len(v.missing) == 0) {
		return u, true
	}
	if len(v.missing) > 0 && !v.pinned[name] {
		u := task.Unseen{Name: name, From: strings.Join(v.missing, " or "), Else: v.hidden[name].Print}
		if text, ok := v.known[name]; ok {
			u.Else = input.Print(text, v.secrets)
		}
		return u, true
	}
	if _, set := v.known[name]; !set && !defaulted && len(v.maybe) > 0 {
		return task.Unseen{Name: name, From: strings.Join(v.maybe, " or ")}, true
	}
	return task.Unseen{}, false
}

// print is equal where all variables are.
func (v *variables) print() string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(v.known)) {
		fmt.Fprintf(&all, "%q %q\n", name, v.known[name])
	}
	for _, name := range slices.Sorted(maps.Keys(v.hidden)) {
		fmt.Fprintf(&all, "%q %s\n", name, v.hidden[name].Print)
	}
	return input.Print(all.String(), v.secrets)
}

// notSet matches what fluxcd/pkg/envsubst v1.8 says of a variable that is not set.
var notSet = pattern.New(`variable not set \(strict mode\): "([^"]*)"`)

// withDefault matches what follows the name in an expression that has a default (fluxcd/
// pkg/envsubst v1.8, findings/flux-substitution-operators.sh).
var withDefault = pattern.New(`^(:[-=+?]|=)`)

var variableName = pattern.New(`^[_[:alpha:]][_[:alpha:][:digit:]]*$`)

const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

// substitute replaces the variables in one object as kustomize-controller does.
func (v *variables) substitute(r *resource.Resource, fsys *kustomize.FS) error {
	if !v.active || r.GetLabels()[substituteKey] == "disabled" || r.GetAnnotations()[substituteKey] == "disabled" {
		return nil
	}
	if v.misnamed != "" {
		return &model.Problem{Class: model.InvalidKustomization, Message: fmt.Sprintf("`%s` is no name for a variable of postBuild: letters, digits and _ only", v.misnamed)}
	}
	if !altered(r.YNode()) {
		return nil
	}
	raw, err := r.AsYAML()
	if err != nil {
		return err
	}
	text, kept := v.keep(string(raw), userOf(r))
	text, err = envsubst.Eval(text, func(name string) (string, bool) {
		value, set := v.known[name]
		return value, set || !v.strict
	})
	if m := notSet.FindStringSubmatch(fmt.Sprint(err)); m != nil {
		where := v.firstUse(fsys, m[1], map[user]bool{userOf(r): true})
		var field []model.Step
		if where == nil {
			field = v.fieldWith(func(text string) bool { return slices.Contains(namesIn(text), m[1]) })
		}
		return &model.Problem{Class: model.InvalidKustomization, Location: where, Field: field,
			Message: fmt.Sprintf("`${%s}` in %s `%s` is set nowhere and has no default, which Flux refuses from 2.9 on: set it under postBuild, or write `${%s:=}`", m[1], r.GetKind(), r.GetName(), m[1])}
	}
	if err != nil {
		return v.unreadable(r, text, err, fsys)
	}
	for i, expression := range kept {
		text = strings.ReplaceAll(text, mark(i), expression)
	}
	was, _ := r.Map()
	j, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		err = r.UnmarshalJSON(j)
	}
	if err == nil {
		v.lost(was, j, fsys)
	}
	if err != nil {
		return &model.Problem{Class: model.InvalidKustomization,
			Message: fmt.Sprintf("%s `%s` is no valid object once its variables are substituted", r.GetKind(), r.GetName())}
	}
	return nil
}

// unreadable is the problem of an object with an expression that Flux cannot read, such as
// one of a shell.
func (v *variables) unreadable(r *resource.Resource, text string, err error, fsys *kustomize.FS) *model.Problem {
	p := &model.Problem{Class: model.InvalidKustomization,
		Message: fmt.Sprintf("the variables in %s `%s` cannot be substituted: %s", r.GetKind(), r.GetName(), err)}
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "$$"):
			i++
		case strings.HasPrefix(text[i:], "${"):
			row, _, _ := strings.Cut(text[i:], "\n")
			one := row[:min(len(row), closing(row, len("${"))+1)]
			_, failed := envsubst.Eval(one, func(string) (string, bool) { return "", true })
			if failed == nil {
				continue
			}
			if p.Location = rowWith(fsys, one); p.Location == nil {
				p.Field = v.fieldWith(func(text string) bool { return strings.Contains(text, one) })
			}
			p.Message = fmt.Sprintf("`%s` in %s `%s` is no variable that Flux can read (%s): write `$%s` if it is not Flux' to fill in, or label the object `%s: disabled`", one, r.GetKind(), r.GetName(), failed, one, substituteKey)
			return p
		}
	}
	return p
}

// altered reports whether substitution can alter an object: it has a variable in it, or an
// integer that is rounded when it is read again by way of floats (findings/
// flux-substitution-rounds-integers.sh). Aliases are not followed: what they stand for is
// in the object.
func altered(n *kyaml.Node) bool {
	return strings.Contains(n.Value, "$") || n.Tag == "!!binary" || n.Tag == "!!int" && len(n.Value) >= len("9007199254740993") || slices.ContainsFunc(n.Content, altered)
}

// mark stands for an expression that stays; nobody writes these runes.
func mark(i int) string { return "\uE0F0" + strconv.Itoa(i) + "\uE0F1" }

// keep takes the expressions of opaque variables out of a text, whole: neither
// their default nor their functions may be used.
func (v *variables) keep(text string, in user) (string, []string) {
	var out strings.Builder
	var kept []string
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "$$"):
			out.WriteString("$$")
			i += 2
		case strings.HasPrefix(text[i:], "${"):
			end := closing(text, i+2)
			name := expressionName(text[i+2 : end])
			rest := strings.TrimPrefix(text[i+2:end], name)
			if u, ok := v.opaque(name, withDefault.MatchString(rest)); ok && name != "" && end < len(text) {
				v.used[name] = u
				if rest != "" && !slices.Contains(v.rests[name], rest) {
					v.rests[name] = append(v.rests[name], rest)
				}
				if v.users[name] == nil {
					v.users[name] = map[user]bool{}
				}
				v.users[name][in] = true
				out.WriteString(mark(len(kept)))
				kept = append(kept, text[i:end+1])
				i = end + 1
				continue
			}
			v.defaults = v.defaults || v.byChance && withDefault.MatchString(rest)
			out.WriteString("${")
			i += 2
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	return out.String(), kept
}

// closing finds the brace that ends an expression which begins before from.
func closing(text string, from int) int {
	depth := 0
	for i := from; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "${"):
			depth++
			i++
		case text[i] == '}' && depth == 0:
			return i
		case text[i] == '}':
			depth--
		case text[i] == '\n':
			return len(text)
		}
	}
	return len(text)
}

func expressionName(inside string) string {
	inside = strings.TrimPrefix(inside, "#")
	end := strings.IndexFunc(inside, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		end = len(inside)
	}
	return inside[:end]
}

// seenNot lists the opaque variables that were met, each with the first line
// that uses it.
func (v *variables) seenNot(fsys *kustomize.FS) []task.Unseen {
	var names []string
	for name := range v.used {
		names = append(names, name)
	}
	sort.Strings(names)
	out := make([]task.Unseen, 0, len(names))
	for _, name := range names {
		u := v.used[name]
		if rests := v.rests[name]; len(rests) > 0 {
			slices.Sort(rests)
			u.Rest = input.Print(strings.Join(rests, "\n"), v.secrets)
		}
		u.Where = v.firstUse(fsys, name, v.users[name])
		out = append(out, u)
	}
	return out
}

// Unresolved makes the problem of a render in which variables stay open; nil
// where there are none.
func Unresolved(list []task.Unseen) *model.Problem {
	if len(list) == 0 {
		return nil
	}
	first := list[0]
	p := &model.Problem{Class: model.SubstitutionUnresolved, Location: first.Where}
	why := "is encrypted there"
	if first.Print == "" {
		why = "no target of the cluster renders"
	}
	if first.Text != "" {
		p.Message = first.Text
		if n := len(list) - 1; n > 0 {
			p.Message += fmt.Sprintf(" (and %d more)", n)
		}
		return p
	}
	p.Message = fmt.Sprintf("`${%s}` comes from %s and %s: its value is not visible", first.Name, first.From, why)
	if first.Print == "" {
		p.Message = fmt.Sprintf("`${%s}` may come from %s, which %s: its value is not visible", first.Name, first.From, why)
	}
	if n := len(list) - 1; n > 0 {
		p.Message += fmt.Sprintf(" (nor that of %d more)", n)
	}
	return p
}
