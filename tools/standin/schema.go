package standin

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// field describes one JSON value as GitHub's OpenAPI description does.
type field struct {
	kind      string // string, integer, boolean, array, object, any
	max       int    // characters of a string, items of an array; 0 is no bound
	enum      []string
	items     *field
	fields    map[string]field
	required  []string
	timestamp bool
}

var tokenSchema = field{kind: "object", fields: map[string]field{
	"repositories":   {kind: "array", items: &field{kind: "string"}},
	"repository_ids": {kind: "array", items: &field{kind: "integer"}},
	"permissions":    {kind: "object"},
}}

var annotationSchema = field{kind: "object",
	required: []string{"path", "start_line", "end_line", "annotation_level", "message"},
	fields: map[string]field{
		"path": {kind: "string"}, "start_line": {kind: "integer"}, "end_line": {kind: "integer"},
		"start_column": {kind: "integer"}, "end_column": {kind: "integer"},
		"annotation_level": {kind: "string", enum: []string{"notice", "warning", "failure"}},
		"message":          {kind: "string"}, "title": {kind: "string"}, "raw_details": {kind: "string"},
	}}

func outputSchema(required ...string) field {
	return field{kind: "object", required: required, fields: map[string]field{
		"title": {kind: "string"}, "summary": {kind: "string", max: 65535}, "text": {kind: "string", max: 65535},
		"annotations": {kind: "array", max: 50, items: &annotationSchema},
		"images": {kind: "array", items: &field{kind: "object", required: []string{"alt", "image_url"},
			fields: map[string]field{"alt": {kind: "string"}, "image_url": {kind: "string"}, "caption": {kind: "string"}}}},
	}}
}

var actionSchema = field{kind: "object", required: []string{"label", "description", "identifier"}, fields: map[string]field{
	"label": {kind: "string", max: 20}, "description": {kind: "string", max: 40}, "identifier": {kind: "string", max: 20},
}}

var conclusions = []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}

func checkRunFields(output field) map[string]field {
	return map[string]field{
		"name": {kind: "string"}, "head_sha": {kind: "string"}, "details_url": {kind: "string"}, "external_id": {kind: "string"},
		"status":     {kind: "string", enum: []string{"queued", "in_progress", "completed", "waiting", "requested", "pending"}},
		"conclusion": {kind: "string", enum: conclusions},
		"started_at": {kind: "string", timestamp: true}, "completed_at": {kind: "string", timestamp: true},
		"output": output, "actions": {kind: "array", max: 3, items: &actionSchema},
	}
}

var (
	createRunSchema = field{kind: "object", required: []string{"name", "head_sha"}, fields: checkRunFields(outputSchema("title", "summary"))}
	updateRunSchema = field{kind: "object", fields: checkRunFields(outputSchema("summary"))}
	commentSchema   = field{kind: "object", required: []string{"body"}, fields: map[string]field{"body": {kind: "string"}}}
	reactionSchema  = field{kind: "object", required: []string{"content"}, fields: map[string]field{
		"content": {kind: "string", enum: []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"}}}}
)

func issueSchema(required ...string) field {
	return field{kind: "object", required: required, fields: map[string]field{"title": {kind: "string", max: 256}, "body": {kind: "string"}}}
}

// check holds a decoded value against the description; at is the place of the
// value for GitHub's words.
func (f field) check(at string, v any) error {
	switch f.kind {
	case "string":
		return f.checkString(at, v)
	case "integer":
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) {
			return wrongType(at, v, "an integer")
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrongType(at, v, "a boolean")
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrongType(at, v, "an array")
		}
		if f.max > 0 && len(list) > f.max {
			return invalid("No more than %d items are allowed; %d were supplied.", f.max, len(list))
		}
		for i, item := range list {
			if err := f.items.check(fmt.Sprintf("%s/%d", at, i), item); err != nil {
				return err
			}
		}
	case "object":
		return f.checkObject(at, v)
	}
	return nil
}

func (f field) checkString(at string, v any) error {
	text, ok := v.(string)
	if !ok {
		return wrongType(at, v, "a string")
	}
	if n := utf8.RuneCountInString(text); f.max > 0 && n > f.max {
		return invalid("Only %d characters are allowed; %d were supplied.", f.max, n)
	}
	if f.enum != nil && !slices.Contains(f.enum, text) {
		return invalid(`%q is not a member of ["%s"].`, text, strings.Join(f.enum, `", "`))
	}
	if f.timestamp && !isTimestamp(text) {
		return invalid("%q is not a date-time.", text)
	}
	return nil
}

func (f field) checkObject(at string, v any) error {
	m, ok := v.(object)
	if !ok {
		return wrongType(at, v, "an object")
	}
	for _, name := range f.required {
		if _, ok := m[name]; !ok {
			return invalid("%q wasn't supplied.", name)
		}
	}
	for _, name := range sortedKeys(m) {
		if sub, ok := f.fields[name]; ok {
			if err := sub.check(at+"/"+name, m[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func wrongType(at string, v any, want string) error {
	text := "nil"
	if v != nil {
		b, _ := json.Marshal(v)
		text = string(b)
	}
	return invalid("For 'properties%s', %s is not %s.", at, text, want)
}

func text(m object, name string) string {
	s, _ := m[name].(string)
	return s
}

func integer(m object, name string) int {
	n, _ := m[name].(float64)
	return int(n)
}

func isTimestamp(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

func sortedKeys(m object) []string { return slices.Sorted(maps.Keys(m)) }
