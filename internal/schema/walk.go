package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// maxProblems bounds what is told of one object: who slipped one block has one or
// two. maxFound bounds what is looked for, as a hostile object may have a million:
// it is far more, so that what several schemas all refuse is among it.
const (
	maxProblems = 20
	maxFound    = 50 * maxProblems
)

// walker holds one object against one shape.
type walker struct {
	stack    []frame
	problems []Problem
	looked   int  // fields whose home was looked for
	sorted   bool // fields are taken in the order of their names
	resolved bool // see Question.Resolved
}

// walk gives what is wrong with an object's fields. Where it is more than can be
// told, it is the first by name: the same at each look.
func walk(fields map[string]any, shape *Shape, resolved bool) []Problem {
	for _, sorted := range []bool{false, true} {
		w := &walker{stack: make([]frame, 0, 16), sorted: sorted, resolved: resolved}
		w.value(frame{value: fields, shape: shape})
		if len(w.problems) < maxFound && w.looked <= maxLooked || sorted {
			return w.problems
		}
	}
	return nil
}

// value holds one value against its shape. A null is as good as absent: the API
// server drops it.
func (w *walker) value(f frame) {
	if f.value == nil || len(w.problems) >= maxFound {
		return
	}
	s := f.shape
	switch v := f.value.(type) {
	case map[string]any:
		if s.Type != Object && s.Type != Any {
			w.wrongType(f, "a map")
			return
		}
		w.stack = append(w.stack, f)
		w.fields(v, s)
		w.stack = w.stack[:len(w.stack)-1]
	case []any:
		if s.Type != Array && s.Type != Any {
			w.wrongType(f, "a list")
			return
		}
		if s.Items == nil {
			return
		}
		w.stack = append(w.stack, f)
		for i, item := range v {
			w.value(frame{index: i, value: item, shape: s.Items})
		}
		w.stack = w.stack[:len(w.stack)-1]
	case string:
		w.text(f, v)
	case json.Number:
		w.number(f, string(v))
	case bool:
		if s.Type != Boolean && s.Type != Any {
			w.wrongType(f, fmt.Sprint(v))
		}
	}
}

func (w *walker) fields(v map[string]any, s *Shape) {
	hidden := false
	if w.sorted {
		for _, name := range slices.Sorted(maps.Keys(v)) {
			hidden = w.field(name, v[name], s) || hidden
		}
	} else {
		for name, value := range v {
			hidden = w.field(name, value, s) || hidden
		}
	}
	if hidden {
		return
	}
	for _, name := range s.Required {
		if v[name] == nil {
			w.missing(name)
		}
	}
}

// field holds a field of a map against the map's shape, and reports whether its
// name cannot be seen.
func (w *walker) field(name string, value any, s *Shape) (hidden bool) {
	field := s.Fields[name]
	switch {
	case field != nil:
	case s.Values != nil:
		field = s.Values
	case s.Open || s.Type == Any && s.Fields == nil:
		return false
	case name == "sops" && len(w.stack) == 1:
		return false // encrypted: what applies it takes this out again
	case s.Embedded && (name == "apiVersion" || name == "kind" || name == "metadata"):
		return false
	case opaque(name):
		return true
	default:
		w.unknown(name, value)
		return false
	}
	w.value(frame{step: name, value: value, shape: field})
	return false
}

func (w *walker) text(f frame, v string) {
	is := "a string"
	if model.RedactedNumber(v) && f.shape.Type == String {
		w.wrongType(f, "a number")
		return
	}
	if opaque(v) {
		if !w.resolved || opaque(strings.ReplaceAll(v, "${", "")) {
			return
		}
		is = fmt.Sprintf("`%s`, which nothing fills in", v)
	}
	s := f.shape
	switch s.Type {
	case Any, IntOrString:
	case String:
		w.form(f, v)
		w.bounds(f, v)
	case Quantity:
		if model.Endless(v) {
			w.refuse(f, "is a number without end")
		} else if _, err := resource.ParseQuantity(v); err != nil {
			w.refuse(f, "is no quantity that Kubernetes can read (such as `500m` or `1Gi`)")
		}
	default:
		w.wrongType(f, is)
	}
}

// form holds a string against its format and values.
func (w *walker) form(f frame, v string) {
	s := f.shape
	switch {
	case len(s.Enum) > 0:
		if v != "" && !slices.Contains(s.Enum, v) {
			w.refuse(f, enumText(s.Enum, v))
		}
	case s.Format == "date-time":
		if _, err := time.Parse(time.RFC3339, v); err != nil && v != "" {
			w.refuse(f, "is no time of the form `2006-01-02T15:04:05Z`")
		}
	case s.Format == "byte":
		if _, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(v)); err != nil {
			w.refuse(f, "is not base64")
		}
	}
}

// bounds holds a text against what is allowed of it.
func (w *walker) bounds(f frame, v string) {
	b := f.shape.Bounds
	switch n := utf8.RuneCountInString(v); {
	case b == nil:
	case n < b.MinLength && n == 0:
		w.refuse(f, "must not be empty")
	case n < b.MinLength:
		w.refuse(f, fmt.Sprintf("must have at least %d characters", b.MinLength))
	case b.MaxLength > 0 && n > b.MaxLength:
		w.refuse(f, fmt.Sprintf("has %d characters, and may have %d", n, b.MaxLength))
	case f.shape.pattern != nil && !f.shape.pattern.MatchString(v):
		w.refuse(f, "must match `"+b.Pattern+"`")
	}
}

func enumText(enum []string, v string) string {
	text := "must be one of `" + strings.Join(enum, "`, `") + "`"
	for _, e := range enum {
		if strings.EqualFold(e, v) || distance(e, v) == 1 {
			return text + "; did you mean `" + e + "`?"
		}
	}
	return text
}

func (w *walker) number(f frame, v string) {
	whole := !strings.ContainsAny(v, ".eE")
	switch f.shape.Type {
	case Any, Number, Quantity:
	case Integer, IntOrString:
		n, err := json.Number(v).Float64()
		switch {
		case !whole && (err != nil || n != math.Trunc(n)):
			w.wrongType(f, "a fraction")
		case f.shape.Format == "int32" && (n > math.MaxInt32 || n < math.MinInt32):
			w.refuse(f, "is a number beyond 32 bits")
		case f.shape.Bounds == nil:
		case f.shape.Minimum != nil && n < *f.shape.Minimum:
			w.refuse(f, fmt.Sprintf("must be at least %v", *f.shape.Minimum))
		case f.shape.Maximum != nil && n > *f.shape.Maximum:
			w.refuse(f, fmt.Sprintf("must be at most %v", *f.shape.Maximum))
		}
	default:
		w.wrongType(f, "a number")
	}
}

func (w *walker) wrongType(f frame, is string) {
	w.stack = append(w.stack, f)
	at := w.stack
	w.stack = w.stack[:len(w.stack)-1]
	if f.step != "" && w.swallowed(f) {
		return
	}
	text := fmt.Sprintf("`%s` must be %s, and is %s", place(at), words[f.shape.Type], is)
	if f.shape.Type == String && is != "a map" && is != "a list" {
		text += ": it needs quotes"
	}
	w.add(Problem{Sort: WrongType, Field: pointer(at), Key: keyed(at, "type"), Text: text, place: place(at), wanted: string(f.shape.Type)})
}

// swallowed tells of a block that slipped into a map of free names (labels,
// matchLabels, limits): it belongs further up.
func (w *walker) swallowed(f frame) bool {
	top := w.stack[len(w.stack)-1]
	if top.shape.Fields[f.step] != nil {
		return false
	}
	home, ok := above(w.stack, f.step, f.value)
	if ok {
		w.slipped(f.step, home)
	}
	return ok
}

func (w *walker) refuse(f frame, why string) {
	at := append(slices.Clip(w.stack), f)
	w.add(Problem{Sort: NotAllowed, Field: pointer(at), Key: keyed(at, "value"), Text: fmt.Sprintf("`%s` %s", place(at), why), place: place(at)})
}

func (w *walker) missing(name string) {
	at := place(w.stack)
	text := fmt.Sprintf("`%s` is missing", join(at, shown(name)))
	w.add(Problem{Sort: Missing, Field: pointer(w.stack, name), Key: keyed(w.stack, name+" missing"), Text: text, place: at, names: []string{name}})
}

func (w *walker) unknown(name string, value any) {
	home, how := "", nowhere
	if w.looked++; w.looked <= maxLooked {
		home, how = belongs(w.stack, name, value)
	}
	switch how {
	case level:
		w.slipped(name, home)
	default:
		needed := slices.Contains(w.stack[len(w.stack)-1].shape.Required, home)
		w.add(Problem{Sort: Unknown, Field: pointer(w.stack, name), Key: keyed(w.stack, name), place: place(w.stack), names: []string{name},
			home: home, typo: how == spelling, needed: needed})
	}
}

// maxLooked bounds for how many fields of an object it is looked where they
// belong.
const maxLooked = 4 * maxProblems

func (w *walker) slipped(name, home string) {
	w.add(Problem{Sort: Unknown, Field: pointer(w.stack, name), Key: keyed(w.stack, name), place: place(w.stack), names: []string{name}, home: home, slip: true})
}

func (w *walker) add(p Problem) {
	if len(w.problems) < maxFound {
		w.problems = append(w.problems, p)
	}
}

// unresolved is what another program fills in before the API server sees it: a
// variable, a template, a placeholder of a plugin, an encrypted value.
var unresolved = pattern.New(`\$\{|\$\(|\{\{|^ENC\[|^<.*>$`)

// opaque reports whether a text stands for something that cannot be seen.
func opaque(s string) bool {
	if model.Redacted(s) {
		return true
	}
	if s == "" || !strings.ContainsAny(s, "$({<[") {
		return false
	}
	return strings.HasPrefix(s, "(redacted") || unresolved.MatchString(s)
}
