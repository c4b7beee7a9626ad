package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

type object = map[string]any

// configSchema is the JSON Schema of the repository's file, for editors: what
// keys there are, and of the checks what they say and how they are set up. The
// parser itself says more, such as whether a glob is one.
func configSchema() []byte {
	text := func(description string) object { return object{"type": "string", "description": description} }
	list := func(description string) object {
		return object{"type": "array", "items": object{"type": "string", "minLength": 1}, "description": description}
	}
	closed := func(properties object, required ...string) object {
		out := object{"type": "object", "additionalProperties": false, "properties": properties}
		if len(required) > 0 {
			out["required"] = required
		}
		return out
	}
	gate := object{"enum": []string{"standard", "strict", "report"}}
	severity := object{"$ref": "#/$defs/severity"}
	oneOrMore := object{"anyOf": []any{object{"type": "string", "minLength": 1}, object{"type": "array", "minItems": 1, "items": object{"type": "string", "minLength": 1}}}}
	set, ids := object{}, []string{}
	for _, c := range explained() {
		ids = append(ids, c.ID)
		set[c.ID] = checkSchema(c, severity)
	}
	// The team's own rules are set up like checks.
	own := closed(object{"enabled": object{"type": "boolean"}, "severity": severity, "locked": object{"type": "boolean"}})
	when := object{"enum": []string{"always", "asked"}, "description": "whether a review begins by itself, or when somebody who can write asks for it"}
	cluster := closed(object{
		"name": text("what reports call it"), "path": text("the directory below which its targets are"),
		"destination": oneOrMore, "environment": text("such as prod; no check reads it yet"),
	}, "name")
	cluster["anyOf"] = []any{object{"required": []string{"path"}}, object{"required": []string{"destination"}}}
	schema := closed(object{
		"version":    object{"const": 1},
		"gate":       gate,
		"minimum":    closed(object{"gate": gate}),
		"branches":   list("whose tip governs; default: the default branch"),
		"consumers":  list("repositories whose reviews may read this one"),
		"impact":     object{"type": "boolean", "description": "false: what changes of other repositories do here is not looked at"},
		"mirrors":    list("URLs under which Flux or Argo CD fetch this repository"),
		"kubernetes": object{"type": "string", "pattern": `^1\.\d{1,2}$`, "description": `in quotes, such as "1.33"`},
		"clusters":   object{"type": "array", "items": cluster},
		"targets": closed(object{
			"exclude":   list("globs of directories that are no targets"),
			"unapplied": list("globs of files that nothing applies, and that is meant"),
		}),
		"checks": object{"type": "object", "properties": set, "additionalProperties": own},
		"rules": object{"type": "array", "maxItems": 100, "items": closed(object{
			"id": object{"type": "string", "pattern": `^[a-z0-9][a-z0-9-]{0,62}$`}, "kinds": list("Kind, or Kind.group"), "expr": text("CEL; true is fine"),
			"message": text("what is wrong, in a sentence"), "severity": severity, "field": object{"type": "string", "pattern": "^/"},
		}, "id", "kinds", "expr", "message")},
		"waivers": object{"type": "array", "items": closed(object{
			"check": object{"type": "string", "minLength": 1, "examples": ids}, "object": text("Kind/namespace/name or Kind/name; globs are fine"),
			"path": text("a glob of the files that findings stand in"), "selector": object{"type": []string{"string", "object"}},
			"targets": oneOrMore, "cluster": oneOrMore, "reason": text("why it is accepted"), "owner": text("who accepts it"),
			"expires": object{"type": "string", "format": "date", "description": "the last day on which it holds"},
		}, "check", "reason", "owner", "expires")},
		"evidence": closed(object{"dir": text("where proofs of readiness are"), "environments": list("of which there should be some"), "maxAgeDays": object{"type": "integer", "minimum": 1}}),
		"audit":    closed(object{"every": object{"enum": []string{"daily", "weekly", "monthly", "off"}}, "issue": object{"type": "boolean"}}),
		"reviews":  closed(object{"drafts": when, "forks": when, "bots": when}),
	}, "version")
	schema["$defs"] = object{"severity": object{"enum": []string{"critical", "high", "medium", "low", "info"}}}
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "https://raw.githubusercontent.com/seaworthy-dev/seaworthy/main/docs/schema/config-v1.json"
	schema["title"] = "A repository's .github/seaworthy.yaml"
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(schema); err != nil {
		panic(err) // of maps and texts
	}
	return out.Bytes()
}

func checkSchema(c *review.Check, severity object) object {
	properties := object{"enabled": object{"type": "boolean"}, "severity": severity, "locked": object{"type": "boolean", "description": "in an organisation's file: no repository sets it up"}}
	if c.Options != nil {
		properties["options"] = typeSchema(reflect.TypeOf(c.Options).Elem())
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties,
		"description": strings.ReplaceAll(c.Doc.Title, "`", "") + " (" + string(c.Severity) + ")"}
}

// typeSchema is what JSON can be decoded into a type of options.
func typeSchema(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": typeSchema(t.Elem())}
	case reflect.Struct:
		properties := object{}
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
				properties[name] = typeSchema(t.Field(i).Type)
			}
		}
		return object{"type": "object", "additionalProperties": false, "properties": properties}
	}
	return object{}
}
