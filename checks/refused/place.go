// Package refused knows what the API server refuses of an object though its schema takes
// it: rules between fields, ranges, and forms of texts. They are those of Kubernetes'
// validation (k8s.io/kubernetes/pkg/apis/*/validation, 1.34) that hold in every version
// from 1.30 on. A value that a variable decides is never refused.
package refused

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// place is a map of an object, where it stands, and what it is called in a message.
type place struct {
	fields  map[string]any
	pointer string
	name    string // such as "container `web`"
	tell    Tell
}

// Tell takes what is refused: a JSON Pointer into the object, and why, as the rest of a
// sentence.
type Tell func(field, why string)

// refuse tells of a field of the place; "" is the place itself.
func (p place) refuse(key, format string, args ...any) {
	at := p.pointer
	if key != "" {
		at += review.Pointer(key)
	}
	why := fmt.Sprintf(format, args...)
	if p.name != "" {
		why = p.name + ": " + why
	}
	p.tell(at, why)
}

// at is the map under a key; empty where there is none.
func (p place) at(keys ...string) place {
	p.fields, p.pointer = review.Map(p.fields, keys...), p.pointer+review.Pointer(keys...)
	return p
}

// called gives the place a name.
func (p place) called(format string, args ...any) place {
	p.name = fmt.Sprintf(format, args...)
	return p
}

// there reports whether the place is a map of the object.
func (p place) there() bool { return p.fields != nil }

// items are the maps of a list.
func (p place) items(key string) []place {
	var out []place
	for i, item := range review.Items(p.fields, key) {
		if item != nil {
			out = append(out, place{fields: item, pointer: fmt.Sprintf("%s%s/%d", p.pointer, review.Pointer(key), i), name: p.name, tell: p.tell})
		}
	}
	return out
}

// texts are the texts of a list that no variable decides.
func (p place) texts(key string) []string {
	var out []string
	list, _ := p.fields[key].([]any)
	for _, item := range list {
		if s, ok := item.(string); ok && !kube.Open(s) {
			out = append(out, s)
		}
	}
	return out
}

// count is how many fields are set, a null being none.
func (p place) count() int { return len(p.set(slices.Collect(maps.Keys(p.fields))...)) }

// none reports whether a list is missing or empty.
func (p place) none(key string) bool {
	list, ok := p.fields[key].([]any)
	return p.fields[key] == nil || ok && len(list) == 0
}

// has reports whether a field is set: one that a variable decides may come to nothing.
func (p place) has(key string) bool { return p.fields[key] != nil && !p.open(key) }

// lacks reports whether a field is not set, nor decided by a variable.
func (p place) lacks(key string) bool { return p.fields[key] == nil }

// text is a text that no variable decides; "" for any other.
func (p place) text(key string) string {
	if s := review.Text(p.fields, key); !kube.Open(s) {
		return s
	}
	return ""
}

// open reports whether a variable decides a field.
func (p place) open(key string) bool { return kube.Open(review.Text(p.fields, key)) }

// integer is a whole number.
func (p place) integer(key string) (int64, bool) { return review.Int(p.fields, key) }

// atLeast wants numbers, where they are set, not to be less.
func (p place) atLeast(least int64, keys ...string) {
	for _, key := range keys {
		if n, ok := p.integer(key); ok && n < least {
			p.refuse(key, "`%s` is %d and must be at least %d", key, n, least)
		}
	}
}

// between wants a number, where it is set, in a range.
func (p place) between(least, most int64, keys ...string) {
	for _, key := range keys {
		if n, ok := p.integer(key); ok && (n < least || n > most) {
			p.refuse(key, "`%s` is %d and must be from %d to %d", key, n, least, most)
		}
	}
}

// needs wants fields that are set and not empty.
func (p place) needs(keys ...string) {
	for _, key := range keys {
		if p.fields[key] == nil || p.fields[key] == "" {
			p.refuse(key, "`%s` is missing", key)
		}
	}
}

// filled wants fields that the schema asks for not to be empty.
func (p place) filled(keys ...string) {
	for _, key := range keys {
		if p.fields[key] == "" {
			p.refuse(key, "`%s` is empty", key)
		}
	}
}

// needsSome wants lists with something in them.
func (p place) needsSome(keys ...string) {
	for _, key := range keys {
		if p.none(key) {
			p.refuse(key, "`%s` is empty", key)
		}
	}
}

// set are those of some fields that are set.
func (p place) set(keys ...string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !p.has(key) })
}

// oneOf wants exactly one of some fields.
func (p place) oneOf(keys ...string) {
	if set := p.set(keys...); len(set) != 1 && !slices.ContainsFunc(keys, p.open) {
		p.refuse("", "it has %s of %s, and needs one", count(len(set)), text.And(text.Code(keys)))
	}
}

// together wants no two of some fields.
func (p place) together(keys ...string) {
	if set := p.set(keys...); len(set) > 1 {
		p.refuse(set[1], "%s are set; one of them is allowed", text.And(text.Code(set)))
	}
}

func count(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// enum wants a text, where it is set, to be one of some.
func (p place) enum(key string, values ...string) {
	if s := p.text(key); s != "" && !slices.Contains(values, s) {
		p.refuse(key, "`%s` is `%s`, and may be %s", key, short(s), or(values))
	}
}

// form wants a text, where it is set, to be as a rule of Kubernetes' says.
func (p place) form(key string, rule func(string) []string) {
	if s := p.text(key); s != "" {
		p.formOf(key, s, rule)
	}
}

func (p place) formOf(key, s string, rule func(string) []string) {
	if kube.Open(s) {
		return
	}
	if why := rule(s); len(why) > 0 {
		first, _, _ := strings.Cut(why[0], " (e.g.") // the regular expression helps nobody
		p.refuse(key, "`%s` is not valid: %s", short(s), first)
	}
}

// port wants a number or a name of a port.
func (p place) port(key string) {
	p.between(1, 65535, key)
	s := p.text(key)
	if s != "" && strings.Trim(s, "0123456789") == "" {
		p.refuse(key, "the port `%s` is a text: write it without quotes", s)
		return
	}
	p.form(key, validation.IsValidPortName)
}

// quantity is an amount such as 128Mi; ok is false for none, or one that a variable decides.
func (p place) quantity(key string) (q resource.Quantity, ok bool) {
	switch v := p.fields[key].(type) {
	case string:
		if kube.Open(v) {
			return q, false
		}
		return kube.Quantity(v)
	case json.Number:
		return kube.Quantity(v)
	}
	return q, false
}

// twice gives the items whose name stood before; what is open is none.
func twice(items []place, name func(place) string) (out []place) {
	seen := map[string]bool{}
	for _, item := range items {
		n := name(item)
		if n == "" || kube.Open(n) {
			continue
		}
		if seen[n] {
			out = append(out, item)
		}
		seen[n] = true
	}
	return out
}

func twiceText(list []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

// pathSegment is a rule for the names of roles, which stand in addresses.
func pathSegment(s string) []string { return content.IsPathSegmentName(s) }

func named(key string) func(place) string {
	return func(p place) string { return review.Text(p.fields, key) }
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// selector is a label selector.
func (p place) selector() {
	if !p.there() {
		return
	}
	labels := p.at("matchLabels")
	for _, key := range labels.keys() {
		labels.form(key, validation.IsValidLabelValue)
	}
	for _, e := range p.items("matchExpressions") {
		e.expression("In", "NotIn", "Exists", "DoesNotExist")
	}
}

// expression is one of a selector.
func (p place) expression(operators ...string) {
	p.filled("key")
	p.form("key", validation.IsQualifiedName)
	operator := p.text("operator")
	p.enum("operator", operators...)
	values, known := p.fields["values"].([]any)
	switch operator {
	case "In", "NotIn":
		if p.none("values") {
			p.refuse("", "the operator %s needs `values`", operator)
		}
	case "Exists", "DoesNotExist":
		if known && len(values) > 0 {
			p.refuse("values", "the operator %s takes no `values`", operator)
		}
	case "Gt", "Lt":
		if !p.open("values") && (!known || len(values) != 1) {
			p.refuse("", "the operator %s needs one value", operator)
		}
	}
}

// or joins what a field may be.
func or(values []string) string {
	code := text.Code(values)
	if len(code) < 2 {
		return strings.Join(code, "")
	}
	return strings.Join(code[:len(code)-1], ", ") + " or " + code[len(code)-1]
}
