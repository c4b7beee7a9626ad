// Package appset makes the Applications of an ApplicationSet, as Argo CD's controller
// does (argo-cd v3.2, applicationset/): list and Git generators, matrix and merge of
// these, both kinds of templates. What needs a cluster or another host is not followed.
package appset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handle does a task.ApplicationSet.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.ApplicationSet
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	s := &set{want: want, files: files[0], secrets: redact.New(want.Key, false), renderer: renderer{goTemplate: want.GoTemplate, options: want.GoTemplateOpts}}
	made, err := s.applications()
	if failed := files[0].Failed(); failed != nil {
		return nil, failed
	}
	out := task.Applications{Made: made, Repositories: s.repositories}
	if err != nil {
		out = task.Applications{Why: oneLine(s.secrets.Text(err.Error())), Field: s.at}
		var wrong *mistake
		if errors.As(err, &wrong) {
			out.Mistake, out.Field = true, wrong.field
		}
	}
	return out, nil
}

// set is an ApplicationSet under way.
type set struct {
	renderer
	want         task.ApplicationSet
	files        *sandbox.Files
	secrets      *redact.Redactor
	repositories [][2]string
	made         int          // sets of parameters
	at           []model.Step // the generator that is at work
}

// parameters are one set of them, the files they come from, and the generators, or
// elements of a list, that give them.
type parameters struct {
	values map[string]any
	files  []string
	by     []string
}

func (s *set) applications() ([]task.Application, error) {
	var template map[string]any
	if err := json.Unmarshal(s.want.Template, &template); err != nil {
		return nil, err
	}
	var out []task.Application
	for i, raw := range s.want.Generators {
		s.at = []model.Step{model.FieldStep("spec"), model.FieldStep("generators"), model.ItemStep(i)}
		params, err := s.generate(raw, nil, 0, fmt.Sprintf("generators/%d", i))
		if err != nil {
			return nil, at(err, nil) // a generator may be filled with what another gives: its own place is not known
		}
		s.at = nil
		for _, p := range params {
			app, err := s.application(template, p)
			var wrong *mistake
			if errors.As(err, &wrong) && len(p.files) > 0 {
				wrong.why += fmt.Sprintf(", with what `%s` gives", strings.Join(p.files, "`, `"))
			}
			if err != nil {
				return nil, err
			}
			out = append(out, app)
		}
	}
	return out, nil
}

// application fills the template.
func (s *set) application(template map[string]any, p parameters) (task.Application, error) {
	filled, err := s.deeply(template, p.values)
	if err != nil {
		return task.Application{}, within(model.FieldStep("spec"), within(model.FieldStep("template"), err))
	}
	made, _ := filled.(map[string]any)
	if s.want.TemplatePatch != "" {
		if made, err = s.patched(made, p.values); err != nil {
			return task.Application{}, err
		}
	}
	meta, _ := made["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if name == "" {
		return task.Application{}, errors.New("its template gives an Application without a name")
	}
	meta["namespace"], made["metadata"] = s.want.Namespace, meta
	made["apiVersion"], made["kind"] = task.ArgoGroup+"/v1alpha1", "Application"
	s.secrets.Leaves(made, "")
	object, err := json.Marshal(made)
	if err == nil && !s.goTemplate && bytes.Contains(object, []byte("{{")) && unset(made) {
		err = errors.New("its template has parameters that no generator sets")
	}
	return task.Application{Name: name, Object: object, Files: p.files, By: p.by}, err
}

// patched applies templatePatch. Of the fields of an Application no list has a merge
// key, so that a strategic merge is a JSON merge but for its directives, which are not
// followed. The project stays.
func (s *set) patched(made, values map[string]any) (map[string]any, error) {
	text, err := s.replace(s.want.TemplatePatch, values)
	if err != nil {
		return nil, at(err, []model.Step{model.FieldStep("spec"), model.FieldStep("templatePatch")})
	}
	if strings.TrimSpace(text) == "" {
		return made, nil
	}
	patch, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("its templatePatch is no YAML: %w", err)
	}
	if bytes.Contains(patch, []byte(`"$patch"`)) || bytes.Contains(patch, []byte(`"$retainKeys"`)) || bytes.Contains(patch, []byte(`"$setElementOrder`)) {
		return nil, errors.New("its templatePatch has directives, which are not followed here")
	}
	project, _ := made["spec"].(map[string]any)
	before, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return nil, fmt.Errorf("its templatePatch cannot be applied: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(after, &out); err != nil {
		return nil, err
	}
	if spec, ok := out["spec"].(map[string]any); ok {
		spec["project"] = project["project"]
	}
	return out, nil
}

// list gives the parameters of a list.
func (s *set) list(g *listGenerator, at string) ([]parameters, error) {
	var out []parameters
	for i, element := range g.Elements {
		values := element
		if !s.goTemplate {
			values = map[string]any{}
			for _, key := range slices.Sorted(maps.Keys(element)) {
				value := element[key]
				under, isMap := value.(map[string]any)
				switch text, isText := value.(string); {
				case key == "values" && isMap:
					for _, k := range slices.Sorted(maps.Keys(under)) {
						if values["values."+k], isText = under[k].(string); !isText {
							return nil, fmt.Errorf("`values.%s` of a list is no text, which Argo CD refuses without goTemplate", k)
						}
					}
				case isText:
					values[key] = text
				default:
					return nil, fmt.Errorf("`%s` of a list is no text, which Argo CD refuses without goTemplate", key)
				}
			}
		}
		out = append(out, parameters{values: values, by: []string{fmt.Sprintf("%s/list/elements/%d", at, i)}})
	}
	if g.ElementsYaml != "" {
		var more []map[string]any
		if err := yaml.Unmarshal([]byte(g.ElementsYaml), &more); err != nil {
			return nil, fmt.Errorf("`elementsYaml` of a list cannot be read: %w", err)
		}
		for _, values := range more {
			out = append(out, parameters{values: values, by: []string{at + "/list/elementsYaml"}})
		}
	}
	return out, nil
}

// and puts together what several sets of parameters come from, each once.
func and(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

func clone(p parameters) parameters {
	p.values = maps.Clone(p.values)
	return p
}

// unset reports whether parameters are left in an Application that say what is applied,
// and where. Argo CD leaves them as they are written, as it does what is no parameter:
// the values of a chart often hold templates of their own.
func unset(app map[string]any) bool {
	spec, _ := app["spec"].(map[string]any)
	sources, _ := spec["sources"].([]any)
	for _, source := range append(sources[:len(sources):len(sources)], spec["source"]) {
		fields, _ := source.(map[string]any)
		for field, value := range fields {
			helm, _ := value.(map[string]any)
			if field != "helm" && leaves(value, "{{") || field == "helm" && leavesOption(helm) {
				return true
			}
		}
	}
	return leaves(app["metadata"].(map[string]any)["name"], "{{") || leaves(spec["project"], "{{") || leaves(spec["destination"], "{{")
}

// leavesOption is unset of the options of a chart.
func leavesOption(helm map[string]any) bool {
	for option, value := range helm {
		if option == "values" || option == "valuesObject" {
			if parameter.Match(textOf(value)) {
				return true
			}
		} else if leaves(value, "{{") {
			return true
		}
	}
	return false
}

// parameter matches what reads like a parameter of a generator.
var parameter = pattern.New(`\{\{\s*[A-Za-z][\w.\[\]-]*\s*\}\}`)

func leaves(value any, what string) bool { return bytes.Contains(textOf(value), []byte(what)) }

func textOf(value any) []byte {
	j, _ := json.Marshal(value) // decoded JSON marshals
	return j
}
