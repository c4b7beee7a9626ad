package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestCostlyDefinitions: what a definition may cost is reckoned before it is
// asked. Each of these took minutes or gigabytes.
func TestCostlyDefinitions(t *testing.T) {
	list := func(n int, item any) (out []any) {
		for range n {
			out = append(out, item)
		}
		return out
	}
	enum := make([]any, 20_000)
	for i := range enum {
		enum[i] = fmt.Sprint("v", i)
	}
	type m = map[string]any
	text, large := m{"type": "string"}, "(a"
	for i := range 300 {
		large += fmt.Sprintf("|%c{1000}", 'a'+rune(i))
	}
	large += ")"
	twice := m{"type": "array", "default": list(1000, m{}), "items": m{"type": "object", "properties": m{"x": text}}}
	for range 5 {
		twice = m{"type": "array", "default": list(1000, m{}), "items": m{"type": "object", "properties": m{"l": twice}}}
	}
	patterns := m{}
	for i := range 10 {
		patterns[fmt.Sprint("p", i)] = m{"type": "string", "pattern": large + fmt.Sprint(i)}
	}
	for name, tt := range map[string]struct{ schema, spec m }{
		"enum":          {m{"l": m{"type": "array", "items": m{"type": "string", "enum": enum}}}, m{"l": list(20_000, "v19999")}},
		"alternatives":  {m{"l": m{"type": "array", "items": m{"type": "string", "anyOf": list(9000, m{"maxLength": 1})}}}, m{"l": list(20_000, "long")}},
		"defaults":      {m{"l": twice}, m{}},
		"large default": {m{"l": m{"type": "array", "items": m{"type": "object", "properties": m{"m": m{"type": "array", "items": text, "default": list(20_000, "z")}}}}}, m{"l": list(20_000, m{})}},
		"errors":        {m{"l": m{"type": "array", "items": m{"type": "integer", "minimum": 5}}}, m{"l": list(100_000, 1)}},
		"patterns":      {patterns, m{"p0": "a"}},
		"regexp": {m{"l": m{"type": "array", "items": text, "x-kubernetes-validations": list(1, m{"rule": "self.all(x, !'q'.matches(x))"})}},
			m{"l": list(100, large)}},
	} {
		crd := m{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": m{"name": "widgets.example.com"}, "spec": m{
			"group": "example.com", "scope": "Namespaced", "names": m{"kind": "Widget", "plural": "widgets"}, "versions": list(1, m{
				"name": "v1", "served": true, "storage": true, "schema": m{"openAPIV3Schema": m{"type": "object", "properties": m{"spec": m{"type": "object", "properties": tt.schema}}}}})}}
		read, err := json.Marshal(crd)
		if err != nil {
			t.Fatal(err)
		}
		object, err := json.Marshal(m{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": m{"name": "a"}, "spec": tt.spec})
		if err != nil {
			t.Fatal(err)
		}
		d := ReadDefinition(objectOf(t, read))
		if d == nil {
			t.Fatalf("%s: the definition was not read", name)
		}
		list, _ := Problems(Question{Object: objectOf(t, object), Definitions: []*Definition{d}, Budget: maxRun})
		if len(list) != 1 || list[0].Sort != Unasked {
			t.Errorf("%s: %d problems", name, len(list))
		}
	}
}

// TestUnasked: what a rule costs too much to be asked about is not fine, nor an
// object that is too large.
func TestUnasked(t *testing.T) {
	large := strings.Repeat("a", maxObject)
	o := object(t, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","annotations":{"a":"`+large+`"}},"spec":{"code":"x"}}`)
	if list, _ := Problems(Question{Object: o, Definitions: definitions(t, o), Budget: maxRun}); len(list) != 1 || list[0].Sort != Unasked {
		t.Errorf("a large object: %+v", list)
	}
	var flood strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&flood, `"unknown%d":1,`, i)
	}
	o = object(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{`+flood.String()+`"containers":[{"name":"a","image":"a"}]}}`)
	list, _ := Problems(Question{Object: o})
	again, _ := Problems(Question{Object: o})
	if len(list) != maxProblems || fmt.Sprint(list) != fmt.Sprint(again) {
		t.Errorf("of 5000 fields, %d are told", len(list))
	}
}

// TestPatterns: the sizes of programs, and what the text of a rule hides.
func TestPatterns(t *testing.T) {
	for pattern, most := range map[string]int{`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`: 300, `a{1000}`: 1100, `((a{10}){10}){10}`: 5000, `(`: 0} {
		if n := programSize(pattern); n > most || most > 0 && n < len(pattern)/2 {
			t.Errorf("%s: %d instructions", pattern, n)
		}
	}
	if n := programSize(`a{1000}b{1000}`); n < 2000 {
		t.Errorf("two repetitions have %d instructions", n)
	}
}
