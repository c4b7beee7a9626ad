package model

import (
	"strconv"
	"strings"
)

// Step is one step into an object: a map's field, or a list's item.
type Step struct {
	Field string `json:"field,omitempty"` // the map key; "" for a list item
	Index int    `json:"index,omitempty"` // the list item's index in the rendered object

	// Key and Value name a list item by its merge key (name: app), where the
	// schema or the item itself has one.
	Key   string `json:"key,omitempty"`
	Value string `json:"value,omitempty"`

	// Inside is true for the first step inside a string that holds YAML.
	Inside bool `json:"inside,omitempty"`
}

// FieldStep is a step to a map's field.
func FieldStep(name string) Step { return Step{Field: name} }

// FieldSteps are steps to keys of maps, one in the other.
func FieldSteps(names []string) []Step {
	out := make([]Step, len(names))
	for i, name := range names {
		out[i] = FieldStep(name)
	}
	return out
}

// ItemStep is a step to a list's item.
func ItemStep(index int) Step { return Step{Index: index} }

// Item reports whether the step leads to a list item.
func (s Step) Item() bool { return s.Field == "" }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")

// Pointer is the JSON Pointer (RFC 6901) of a path; a step inside a string that
// holds YAML is written after an empty token: /data/values.yaml//image/tag.
func Pointer(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		if s.Inside {
			b.WriteByte('/')
		}
		b.WriteByte('/')
		if s.Item() {
			b.WriteString(strconv.Itoa(s.Index))
		} else {
			b.WriteString(pointerEscape.Replace(s.Field))
		}
	}
	return b.String()
}

// Walk resolves a JSON Pointer in the form of Pointer against an object and
// gives the steps and the value there. ok is false when nothing stands there;
// the steps then lead to the nearest ancestor that exists, and value is its.
// keyOf may be nil; else it names the merge key of the list at a path, "" for
// none.
func (o *Object) Walk(pointer string, keyOf func(list []Step) string) (steps []Step, value any, ok bool) {
	value = o.Fields()
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if pointer == "" {
		return nil, value, true
	}
	inside := false
	for _, token := range tokens {
		if token == "" && !inside {
			key, known := o.Keys[Pointer(steps)]
			if !known || key.YAML == nil {
				return steps, value, false
			}
			value, inside = key.YAML, true
			continue
		}
		step, next, found := child(value, pointerUnescape.Replace(token))
		if !found {
			return steps, value, false
		}
		if step.Item() && keyOf != nil {
			if key := keyOf(steps); key != "" {
				step.Key, step.Value = key, textOf(next, key)
			}
		}
		step.Inside = inside && (len(steps) == 0 || !anyInside(steps))
		steps, value = append(steps, step), next
	}
	return steps, value, true
}

func anyInside(steps []Step) bool {
	for _, s := range steps {
		if s.Inside {
			return true
		}
	}
	return false
}

func child(value any, token string) (Step, any, bool) {
	switch v := value.(type) {
	case map[string]any:
		next, ok := v[token]
		return FieldStep(token), next, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(v) {
			return Step{}, nil, false
		}
		return ItemStep(i), v[i], true
	}
	return Step{}, nil, false
}

// textOf is a scalar field of a map as text, "" when it has none.
func textOf(value any, field string) string {
	m, _ := value.(map[string]any)
	switch v := m[field].(type) {
	case string:
		return v
	case interface{ String() string }: // json.Number
		return v.String()
	}
	return ""
}
