package appset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dario.cat/mergo"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// generator is one generator, of those that are followed. Any other field is an error.
type generator struct {
	List     *listGenerator        `json:"list"`
	Git      *gitGenerator         `json:"git"`
	Matrix   *combined             `json:"matrix"`
	Merge    *combined             `json:"merge"`
	Selector *metav1.LabelSelector `json:"selector"`
}

type listGenerator struct {
	Elements     []map[string]any `json:"elements"`
	ElementsYaml string           `json:"elementsYaml"`
}

type combined struct {
	Generators []json.RawMessage `json:"generators"`
	MergeKeys  []string          `json:"mergeKeys"`
}

// maxDepth is how deep generators may nest, as in Argo CD.
const maxDepth = 2

// generate gives the parameters of a generator; outer are those of the first one of a
// matrix, which the second may use. Where it stands in the set's spec, at says.
func (s *set) generate(raw json.RawMessage, outer map[string]any, depth int, at string) ([]parameters, error) {
	if depth > maxDepth {
		return nil, errors.New("its generators nest too deep")
	}
	if len(outer) > 0 {
		var err error
		if raw, err = s.interpolated(raw, outer); err != nil {
			return nil, err
		}
	}
	var g generator
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return nil, unknownGenerator(raw, err)
	}
	params, err := s.of(g, depth, at)
	if err != nil {
		return nil, err
	}
	if s.made += len(params); s.made > s.want.MaxApplications {
		return nil, fmt.Errorf("it makes more than %d Applications", s.want.MaxApplications)
	}
	return selected(params, g.Selector)
}

func (s *set) of(g generator, depth int, at string) ([]parameters, error) {
	switch {
	case g.List != nil:
		return s.list(g.List, at)
	case g.Git != nil:
		params, err := s.git(g.Git)
		for i := range params {
			params[i].by = []string{at + "/git"}
		}
		return params, err
	case g.Matrix != nil:
		return s.matrix(g.Matrix.Generators, depth+1, at+"/matrix/generators")
	case g.Merge != nil:
		return s.merge(g.Merge, depth+1, at+"/merge/generators")
	}
	return nil, errors.New("it has an empty generator")
}

// interpolated fills a generator with another one's parameters. Of its `values`, those
// that need its own stay for later.
func (s *set) interpolated(raw json.RawMessage, outer map[string]any) (json.RawMessage, error) {
	var g any
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, err
	}
	var later map[string]any
	var selector any
	if fields, ok := g.(map[string]any); ok {
		selector = fields["selector"] // it is read as it is written
		delete(fields, "selector")
		if git, ok := fields["git"].(map[string]any); ok && git["values"] != nil {
			later, _ = git["values"].(map[string]any)
			delete(git, "values")
		}
	}
	filled, err := s.deeply(g, outer)
	if err != nil {
		return nil, err
	}
	if selector != nil {
		filled.(map[string]any)["selector"] = selector
	}
	if later != nil {
		strict := renderer{goTemplate: s.goTemplate, options: []string{"missingkey=error"}}
		for key, value := range later {
			if text, ok := value.(string); ok {
				if now, err := strict.replace(text, outer); err == nil {
					later[key] = now
				}
			}
		}
		filled.(map[string]any)["git"].(map[string]any)["values"] = later
	}
	return json.Marshal(filled)
}

// matrix combines each set of the first generator with each that the second makes of it.
func (s *set) matrix(generators []json.RawMessage, depth int, at string) ([]parameters, error) {
	if len(generators) != 2 {
		return nil, fmt.Errorf("a matrix has %d generators, and must have two", len(generators))
	}
	first, err := s.generate(generators[0], nil, depth, at+"/0")
	if err != nil {
		return nil, err
	}
	var out []parameters
	for _, a := range first {
		second, err := s.generate(generators[1], a.values, depth, at+"/1")
		if err != nil {
			return nil, err
		}
		for _, b := range second {
			values := map[string]any{}
			if s.goTemplate {
				err = errors.Join(mergo.Merge(&values, b.values, mergo.WithOverride), mergo.Merge(&values, a.values, mergo.WithOverride))
			} else {
				err = bothTexts(values, a.values, b.values)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, parameters{values, and(a.files, b.files), and(a.by, b.by)})
		}
	}
	return out, nil
}

// bothTexts puts two sets of texts together, which must not contradict each other.
func bothTexts(into, a, b map[string]any) error {
	for _, from := range []map[string]any{a, b} {
		for _, key := range slices.Sorted(maps.Keys(from)) {
			text := fmt.Sprint(from[key])
			if known, ok := into[key]; ok && known != text {
				return fmt.Errorf("both generators of a matrix set `%s`, to different values", key)
			}
			into[key] = text
		}
	}
	return nil
}

// merge lays the later generators' sets over those of the first with the same keys.
func (s *set) merge(g *combined, depth int, at string) ([]parameters, error) {
	if len(g.Generators) < 2 || len(g.MergeKeys) == 0 {
		return nil, errors.New("a merge needs two generators and `mergeKeys`")
	}
	byKey := func(params []parameters) (map[string]parameters, []string, error) {
		out, order := map[string]parameters{}, []string(nil)
		for _, p := range params {
			of := map[string]any{}
			for _, name := range g.MergeKeys {
				of[name] = p.values[name]
			}
			j, err := json.Marshal(of)
			if err != nil {
				return nil, nil, err
			}
			if _, twice := out[string(j)]; twice {
				return nil, nil, errors.New("`mergeKeys` do not tell the parameters of a merged generator apart")
			}
			out[string(j)], order = clone(p), append(order, string(j))
		}
		return out, order, nil
	}
	var base map[string]parameters
	var order []string
	for i, raw := range g.Generators {
		params, err := s.generate(raw, nil, depth, fmt.Sprintf("%s/%d", at, i))
		if err != nil {
			return nil, err
		}
		over, keys, err := byKey(params)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			base, order = over, keys
			continue
		}
		for key, p := range base {
			more, ok := over[key]
			if !ok {
				continue
			}
			if s.goTemplate {
				if err := mergo.Merge(&p.values, more.values, mergo.WithOverride); err != nil {
					return nil, err
				}
			} else {
				maps.Copy(p.values, more.values)
			}
			base[key] = parameters{p.values, and(p.files, more.files), and(p.by, more.by)}
		}
	}
	out := make([]parameters, len(order))
	for i, key := range order {
		out[i] = base[key]
	}
	return out, nil
}

// selected leaves the parameters that a selector selects, by their flattened names.
func selected(params []parameters, selector *metav1.LabelSelector) ([]parameters, error) {
	if selector == nil {
		return params, nil
	}
	for _, e := range selector.MatchExpressions {
		if !slices.Contains([]metav1.LabelSelectorOperator{metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist}, e.Operator) {
			return nil, fmt.Errorf("its selector has the operator %q, which does not exist", e.Operator)
		}
	}
	return slices.DeleteFunc(slices.Clone(params), func(p parameters) bool {
		flat := map[string]string{}
		flatten("", p.values, flat, 0)
		return !selects(selector, flat)
	}), nil
}

// selects is a selector of labels whose values may be any text, such as a URL.
func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	for name, want := range selector.MatchLabels {
		if have, ok := of[name]; !ok || have != want {
			return false
		}
	}
	for _, e := range selector.MatchExpressions {
		have, ok := of[e.Key]
		in := ok && slices.Contains(e.Values, have)
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			ok = in
		case metav1.LabelSelectorOpNotIn:
			ok = !in
		case metav1.LabelSelectorOpDoesNotExist:
			ok = !ok
		}
		if !ok {
			return false
		}
	}
	return true
}

// flatten gives the leaves of a value by their paths, with dots between.
func flatten(at string, value any, into map[string]string, depth int) {
	below := func(key string, child any) {
		if at != "" {
			key = at + "." + key
		}
		flatten(key, child, into, depth+1)
	}
	if depth > maxNesting {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			below(key, child)
		}
	case map[string]string:
		for key, child := range v {
			below(key, child)
		}
	case []any:
		for i, child := range v {
			below(strconv.Itoa(i), child)
		}
	default:
		into[at] = fmt.Sprint(value)
	}
}

// askers are generators that ask something which runs, with what they ask.
var askers = map[string]string{
	"clusters":                "makes an Application for each cluster that Argo CD knows, and which those are no repository says",
	"clusterDecisionResource": "makes an Application for each cluster that an object of the running cluster names",
	"scmProvider":             "makes an Application for each repository of an account, which is not asked",
	"pullRequest":             "makes an Application for each open pull request, which are not asked for",
	"plugin":                  "asks a service what to make, which is not asked",
}

// unknownGenerator says why a generator that does not decode is not followed.
func unknownGenerator(raw []byte, err error) error {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // what is no map has no field that asks
	for _, name := range slices.Sorted(maps.Keys(askers)) {
		if _, ok := fields[name]; ok {
			return fmt.Errorf("its `%s` generator %s", name, askers[name])
		}
	}
	return fmt.Errorf("only list, git, matrix and merge generators are followed here (%s)", strings.TrimPrefix(err.Error(), "json: "))
}
