package schema

import (
	"regexp"
	"slices"
)

// FromOpenAPI makes a shape of a decoded OpenAPI v3 schema of Kubernetes' own.
// What is deeper than a schema of an API server's can be is let through.
func FromOpenAPI(s map[string]any) *Shape { return reader{}.shape(s, 0) }

// FromCustom makes a shape of a CustomResourceDefinition's schema, whose defaults
// fill in what is missing.
func FromCustom(s map[string]any) *Shape { return reader{defaults: true}.shape(s, 0) }

// FromKnown makes a shape of the schema of a well-known project's
// CustomResourceDefinition, with what values are allowed: of a foreign one Kubernetes'
// own validation is asked that.
func FromKnown(s map[string]any) *Shape { return reader{defaults: true, bounds: true}.shape(s, 0) }

type reader struct{ defaults, bounds bool }

// maxDepth bounds a schema. The deepest of well-known projects, which hold pod
// specs, need some thirty levels.
const maxDepth = 64

func (r reader) shape(s map[string]any, depth int) *Shape {
	out := &Shape{}
	if s == nil || depth > maxDepth {
		out.Open = true
		return out
	}
	if ref := refOf(s); ref != "" {
		out.Ref = ref
		return out
	}
	out.Type = typeOf(s)
	out.Format, _ = s["format"].(string)
	if out.Type != Integer && out.Type != String {
		out.Format = ""
	}
	out.Open = truth(s["x-kubernetes-preserve-unknown-fields"])
	out.Embedded = truth(s["x-kubernetes-embedded-resource"])
	if fields, ok := s["properties"].(map[string]any); ok {
		out.Fields = make(map[string]*Shape, len(fields))
		for name, f := range fields {
			field, _ := f.(map[string]any)
			out.Fields[name] = r.shape(field, depth+1)
		}
	}
	switch more := s["additionalProperties"].(type) {
	case map[string]any:
		out.Values = r.shape(more, depth+1)
	case bool:
		out.Open = out.Open || more
	}
	if items, ok := s["items"].(map[string]any); ok {
		out.Items = r.shape(items, depth+1)
	}
	if r.defaults {
		enum, _ := s["enum"].([]any)
		out.weight, out.enum, out.fallback = weightOf(s), int64(len(enum)), s["default"]
	}
	if r.bounds {
		out.Enum, out.Bounds = texts(s["enum"]), boundsOf(s)
	}
	out.Required = texts(s["required"])
	slices.Sort(out.Required)
	if r.defaults {
		fields, _ := s["properties"].(map[string]any)
		out.Required = slices.DeleteFunc(out.Required, func(name string) bool {
			field, _ := fields[name].(map[string]any)
			return field["default"] != nil
		})
	}
	return out
}

// boundsOf are those of a schema; nil for none. A pattern that Go does not know is none.
func boundsOf(s map[string]any) *Bounds {
	b := Bounds{MinLength: whole(s["minLength"]), MaxLength: whole(s["maxLength"]), Minimum: number(s["minimum"]), Maximum: number(s["maximum"])}
	if text, ok := s["pattern"].(string); ok {
		if _, err := regexp.Compile(text); err == nil {
			b.Pattern = text
		}
	}
	if b == (Bounds{}) {
		return nil
	}
	return &b
}

func number(v any) *float64 {
	switch n := v.(type) {
	case float64:
		return &n
	case int64:
		f := float64(n)
		return &f
	}
	return nil
}

func whole(v any) int {
	if n := number(v); n != nil {
		return int(*n)
	}
	return 0
}

// refOf is the definition that a schema is; Kubernetes writes it inside an allOf
// of one.
func refOf(s map[string]any) string {
	if all, ok := s["allOf"].([]any); ok && len(all) == 1 && s["properties"] == nil {
		if one, ok := all[0].(map[string]any); ok {
			s = one
		}
	}
	const prefix = "#/components/schemas/"
	if ref, _ := s["$ref"].(string); len(ref) > len(prefix) {
		return ref[len(prefix):]
	}
	return ""
}

func typeOf(s map[string]any) Type {
	format, _ := s["format"].(string)
	if truth(s["x-kubernetes-int-or-string"]) || format == "int-or-string" {
		return IntOrString
	}
	name, _ := s["type"].(string)
	switch name {
	case "object":
		return Object
	case "array":
		return Array
	case "string":
		return String
	case "integer":
		return Integer
	case "number":
		return Number
	case "boolean":
		return Boolean
	}
	return Any
}

func truth(v any) bool { b, _ := v.(bool); return b }

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
