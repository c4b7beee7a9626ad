package helm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	commonutil "helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// schema holds the values of a chart and its dependencies against their schemas.
// A schema that refers to another host or file is not followed there.
func (h *helm) schema(ch *chartv2.Chart, values map[string]any) error {
	if ch.Schema != nil {
		if err := h.oneSchema(ch, values); err != nil {
			return err
		}
	}
	for _, sub := range ch.Dependencies() {
		raw, ok := values[sub.Name()]
		if !ok || raw == nil {
			continue
		}
		v := asMap(raw)
		if v == nil {
			return valuesInvalid("the values of dependency %s are no map", sub.Name())
		}
		if err := h.schema(sub, v); err != nil {
			return err
		}
	}
	return nil
}

func (h *helm) oneSchema(ch *chartv2.Chart, values map[string]any) error {
	unread := fmt.Sprintf("values.schema.json of chart %s refers to what is not in the chart: the values were not held against it", ch.Name())
	var schema any
	if err := json.NewDecoder(bytes.NewReader(ch.Schema)).Decode(&schema); err != nil {
		return chartInvalid("values.schema.json of chart %s is not valid JSON: %s", ch.Name(), err)
	}
	if refersOutside(schema) {
		h.out.Notes = append(h.out.Notes, unread)
		return nil
	}
	err := commonutil.ValidateAgainstSingleSchema(values, ch.Schema)
	var wrong commonutil.JSONSchemaValidationError
	var remote *jsonschema.LoadURLError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return valuesInvalid("the values do not fit the schema of chart %s: %s", ch.Name(), schemaText(wrong.Error()))
	case errors.As(err, &remote):
		h.out.Notes = append(h.out.Notes, unread)
		return nil
	}
	return chartInvalid("values.schema.json of chart %s cannot be used: %s", ch.Name(), oneLine(err.Error()))
}

// refersOutside reports whether a schema has a $ref to a URL or a file.
func refersOutside(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			if text, ok := child.(string); ok && (key == "$ref" || key == "$dynamicRef") && !strings.HasPrefix(text, "#") &&
				(strings.Contains(text, "://") || strings.HasPrefix(text, "file:")) {
				return true
			}
			if refersOutside(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if refersOutside(child) {
				return true
			}
		}
	}
	return false
}

func asMap(v any) map[string]any {
	switch m := v.(type) {
	case map[string]any:
		return m
	case interface{ AsMap() map[string]any }:
		return m.AsMap()
	}
	return nil
}

// schemaAt is a line of the validator: the value's path, and what is wrong.
var schemaAt = pattern.New(`(?m)^\s*- at '([^']*)': (.*)$`)

// schemaText says in plain words what a schema does not allow, path first.
func schemaText(said string) string {
	var out []string
	for _, m := range schemaAt.FindAllStringSubmatch(said, -1) {
		at := strings.ReplaceAll(strings.TrimPrefix(m[1], "/"), "/", ".")
		if at == "" {
			at = "the values"
		}
		out = append(out, at+": "+m[2])
	}
	if len(out) == 0 {
		return oneLine(said)
	}
	slices.Sort(out) // the validator goes through maps
	if len(out) > 5 {
		out = append(out[:5], fmt.Sprintf("and %d more", len(out)-5))
	}
	return oneLine(strings.Join(out, "; "))
}

var (
	// said matches what a chart's own `fail` or `required` says.
	said = pattern.New(`(?s)^execution error at \(([^)]*)\): (.*)$`)
	// place is a template's name, line and column.
	place = pattern.New(`([^\s()"]+/templates/[^\s():"]+):(\d+)(?::\d+)?`)
)

// templateProblem tells a chart that refuses its values from a chart that is
// broken.
func (h *helm) templateProblem(err error) *model.Problem {
	message := err.Error()
	var p *model.Problem
	if m := said.FindStringSubmatch(message); m != nil {
		p = valuesInvalid("chart %s refuses the values: %s", h.chart.Name(), strings.TrimSuffix(oneLine(m[2]), "."))
	} else {
		p = chartInvalid("chart %s does not render: %s", h.chart.Name(), oneLine(message))
	}
	if m := place.FindStringSubmatch(message); m != nil {
		p.Location = h.place(m[1], m[2])
	}
	return p
}

// place is the line of a template, where it is a file of the repository.
func (h *helm) place(template, line string) *model.Position {
	if !h.Chart.Reviewed {
		return nil
	}
	_, rel, ok := strings.Cut(template, "/")
	n, err := strconv.Atoi(line)
	file := path.Join(h.Chart.Path, rel)
	if !ok || err != nil || h.Chart.Files.Node(file).Type != sandbox.IsFile {
		return nil
	}
	return &model.Position{File: file, Line: n, EndLine: n, Precision: model.AtLine}
}
