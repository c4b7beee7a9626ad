package appset

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

var repository = map[string]string{
	"apps/web/k.yaml": "a: 1", "apps/api/k.yaml": "a: 1", "apps/.hidden/k.yaml": "a: 1", "apps/web/deep/k.yaml": "a: 1",
	"env/prod.json": `{"name": "prod", "cluster": {"address": "https://1.2.3.4", "nodes": 3}}`,
	"env/list.yaml": "[{name: one}, {name: two}]", "env/empty.yaml": "",
}

// TestApplications fills a template of "name > path". What is wanted is "name path",
// one a line, or why there is nothing.
func TestApplications(t *testing.T) {
	for name, tt := range map[string]struct{ spec, template, want string }{
		"a list":                       {"generators: [{list: {elements: [{k: a, values: {p: x}}, {k: b, values: {p: z}}]}}]", "{{k}} > {{ values.p }}", "a x\nb z"},
		"a list of numbers":            {"generators: [{list: {elements: [{k: 1}]}}]", "{{k}} > p", "`k` of a list is no text, which Argo CD refuses without goTemplate"},
		"the same with goTemplate":     {"goTemplate: true\ngenerators: [{list: {elements: [{k: 1}]}}]", "a{{.k}} > p", "a1 p"},
		"elementsYaml":                 {"goTemplate: true\ngenerators: [{list: {elements: [], elementsYaml: '[{k: a}]'}}]", "{{.k}} > p", "a p"},
		"what nobody sets":             {"generators: [{list: {elements: [{k: a}]}}]", "{{k}} > {{server}}", "its template has parameters that no generator sets"},
		"what nobody sets, go":         {"goTemplate: true\ngenerators: [{list: {elements: [{k: a}]}}]", "{{.k}} > x{{.server}}", "a x<no value>"},
		"the same, as an error":        {"goTemplate: true\ngoTemplateOptions: [missingkey=error]\ngenerators: [{list: {elements: [{k: a}]}}]", "{{.k}} > {{.server}}", `its template fails: at <.server>: map has no entry for key "server"`},
		"an option that is none":       {"goTemplate: true\ngoTemplateOptions: [missingkey=fail]\ngenerators: [{list: {elements: [{k: a}]}}]", "{{.k}} > p", `its goTemplateOptions has "missingkey=fail", which does not exist`},
		"directories":                  {"generators: [{git: {directories: [{path: 'apps/*'}, {path: 'apps/api', exclude: true}]}}]", "{{path.basename}}-{{path[0]}} > {{path}}", "web-apps apps/web"},
		"directories, go":              {"goTemplate: true\ngenerators: [{git: {directories: [{path: 'apps/*/*'}], values: {v: '{{ index .path.segments 1 }}'}}}]", "{{.path.basename}}-{{.values.v}} > {{.path.path}}", "deep-web apps/web/deep"},
		"a prefix":                     {"generators: [{git: {pathParamPrefix: at, directories: [{path: apps/api}]}}]", "{{at.path.basename}} > {{at.path}}", "api apps/api"},
		"a file":                       {"generators: [{git: {files: [{path: env/prod.json}]}}]", "{{name}}-{{cluster.nodes}} > {{path}}/{{path.filename}}", "prod-3 env/prod.json"},
		"files, one of them empty":     {"goTemplate: true\ngenerators: [{git: {files: [{path: 'env/*'}, {path: 'env/prod.json', exclude: true}]}}]", "{{ default \"none\" .name }} > {{.path.filename}}", "none empty.yaml\none list.yaml\ntwo list.yaml"},
		"a pattern that may go deeper": {"generators: [{git: {files: [{path: 'apps/*/k.yaml'}]}}]", "{{path.basename}} > {{path}}", "which files `apps/*/k.yaml` names depends on how Argo CD is set up (the new git file globbing)"},
		"a selector":                   {"goTemplate: true\ngenerators: [{git: {files: [{path: env/list.yaml}]}, selector: {matchLabels: {name: two}}}]", "{{.name}} > p", "two p"},
		"a patch that is empty":        {"goTemplate: true\ntemplatePatch: '{{ if .p }}spec: {}{{ end }}'\ngenerators: [{list: {elements: [{k: a}]}}]", "{{.k}} > p", "a p"},
		"a selector of a URL":          {"generators: [{list: {elements: [{k: a, u: 'https://1.2.3.4'}, {k: b, u: x}]}, selector: {matchLabels: {u: 'https://1.2.3.4'}}}]", "{{k}} > p", "a p"},
		"selectors by expressions":     {"generators: [{list: {elements: [{k: a}, {k: b, u: x}, {k: c, u: z}]}, selector: {matchExpressions: [{key: u, operator: Exists}, {key: u, operator: NotIn, values: [z]}]}}]", "{{k}} > p", "b p"},
		"a selector in a matrix":       {"generators: [{matrix: {generators: [{list: {elements: [{k: a}]}}, {list: {elements: [{u: a}]}, selector: {matchLabels: {u: '{{k}}'}}}]}}]", "{{k}} > p", ""},
		"a matrix": {"generators: [{matrix: {generators: [{list: {elements: [{d: web}, {d: api}]}}, {git: {directories: [{path: 'apps/{{d}}'}], values: {own: '{{path.basename}}', outer: '{{d}}'}}}]}}]",
			"{{d}}-{{values.own}}-{{values.outer}} > {{path}}", "web-web-web apps/web\napi-api-api apps/api"},
		"a matrix that contradicts itself": {"generators: [{matrix: {generators: [{list: {elements: [{d: web}]}}, {list: {elements: [{d: api}]}}]}}]", "{{d}} > p", "both generators of a matrix set `d`, to different values"},
		"the same, go":                     {"goTemplate: true\ngenerators: [{matrix: {generators: [{list: {elements: [{d: web, m: {a: 1}}]}}, {list: {elements: [{d: api, m: {b: 2}}]}}]}}]", "{{.d}} > {{.m.a}}{{.m.b}}", "web 12"},
		"a merge":                          {"generators: [{merge: {mergeKeys: [k], generators: [{list: {elements: [{k: a, p: x}, {k: b, p: x}]}}, {list: {elements: [{k: b, p: z}, {k: c, p: z}]}}]}}]", "{{k}} > {{p}}", "a x\nb z"},
		"a merge without keys":             {"generators: [{merge: {mergeKeys: [k], generators: [{list: {elements: [{p: x}, {p: z}]}}, {list: {elements: []}}]}}]", "{{k}} > {{p}}", "`mergeKeys` do not tell the parameters of a merged generator apart"},
		"a patch":                          {"goTemplate: true\ntemplatePatch: 'spec: {project: other, source: {path: \"{{ .p }}\"}}'\ngenerators: [{list: {elements: [{k: a, p: x}]}}]", "{{.k}} > nowhere", "a x"},
		"functions":                        {"goTemplate: true\ngenerators: [{list: {elements: [{k: 'A_b'}]}}]", "{{ normalize .k }} > {{ .k | lower | replace \"_\" \"/\" }}", "a-b a/b"},
		"chance":                           {"goTemplate: true\ngenerators: [{list: {elements: [{k: a}]}}]", "{{ randAlpha 3 }} > p", "its template fails: at <randAlpha 3>: error calling randAlpha: randAlpha gives another result each time"},
		"the environment":                  {"goTemplate: true\ngenerators: [{list: {elements: [{k: a}]}}]", "{{ env \"HOME\" }} > p", `its template cannot be parsed: function "env" not defined`},
		"clusters":                         {"generators: [{clusters: {}}]", "{{name}} > p", "its `clusters` generator makes an Application for each cluster that Argo CD knows, and which those are no repository says"},
		"another":                          {"generators: [{other: {}}]", "{{name}} > p", `only list, git, matrix and merge generators are followed here (unknown field "other")`},
		"too many":                         {"goTemplate: true\ngenerators: [{list: {elementsYaml: '[" + strings.Repeat("{k: a},", 60) + "]'}}]", "{{.k}} > p", "it makes more than 50 Applications"},
	} {
		t.Run(name, func(t *testing.T) {
			appName, path, _ := strings.Cut(tt.template, " > ")
			j, err := yaml.YAMLToJSON([]byte(tt.spec))
			if err != nil {
				t.Fatal(err)
			}
			var want task.ApplicationSet
			if err := json.Unmarshal(j, &want); err != nil {
				t.Fatal(err)
			}
			want.MaxApplications = 50
			if want.Template, err = json.Marshal(map[string]any{"metadata": map[string]any{"name": appName}, "spec": map[string]any{"project": "p", "source": map[string]any{"path": path}}}); err != nil {
				t.Fatal(err)
			}
			result, err := sandbox.InProcess(sandbox.Handlers{task.ApplicationSetKind: Handle}).Do(t.Context(),
				sandbox.Task{Kind: task.ApplicationSetKind, Payload: want, Trees: []*model.Tree{modeltest.Tree(repository)}})
			if err != nil {
				t.Fatal(err)
			}
			var got task.Applications
			if err := json.Unmarshal(result.JSON, &got); err != nil {
				t.Fatal(err)
			}
			lines := []string{got.Why}
			if got.Why == "" {
				lines = nil
			}
			for _, app := range got.Made {
				var object struct {
					Spec struct {
						Project string
						Source  struct{ Path string }
					}
				}
				if err := json.Unmarshal(app.Object, &object); err != nil || object.Spec.Project != "p" {
					t.Errorf("%s: %v", app.Object, err)
				}
				lines = append(lines, app.Name+" "+object.Spec.Source.Path)
			}
			if said := strings.Join(lines, "\n"); said != tt.want {
				t.Errorf("it is\n%s\nwant\n%s", said, tt.want)
			}
		})
	}
}

// What a generator's file hands on is somebody's credential as it is anywhere.
func TestNoCredentialOfAGeneratorShows(t *testing.T) {
	const secret = "glpat-Zx81kQmW2nVt7RbY4cHs"
	want := task.ApplicationSet{MaxApplications: 5, Generators: []json.RawMessage{json.RawMessage(`{"list": {"elements": [{"k": "a", "token": "` + secret + `"}]}}`)},
		Template: json.RawMessage(`{"metadata": {"name": "{{k}}"}, "spec": {"source": {"helm": {"parameters": [{"name": "token", "value": "{{token}}"}]}}}}`)}
	result, err := sandbox.InProcess(sandbox.Handlers{task.ApplicationSetKind: Handle}).Do(t.Context(),
		sandbox.Task{Kind: task.ApplicationSetKind, Payload: want, Trees: []*model.Tree{modeltest.Tree(repository)}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(result.JSON), secret) || !strings.Contains(string(result.JSON), "parameters") {
		t.Errorf("it gives %s", result.JSON)
	}
}

// TestMistakes: what no version of Argo CD can fill is a mistake, and where it stands in
// the set; what we alone do not fill is none.
func TestMistakes(t *testing.T) {
	for path, want := range map[string]string{
		"{{.k}}/{{.nope}}":   "/spec/template/spec/source/path",
		"{{.k":               "/spec/template/spec/source/path",
		"{{.k | slugify}}":   "",
		"{{uuidv4}}":         "",
		"{{.k | tomorrows}}": "", // a newer version may have such a function
	} {
		template, err := json.Marshal(map[string]any{"metadata": map[string]any{"name": "a"}, "spec": map[string]any{"source": map[string]any{"path": path}}})
		if err != nil {
			t.Fatal(err)
		}
		asked := task.ApplicationSet{MaxApplications: 5, GoTemplate: true, GoTemplateOpts: []string{"missingkey=error"}, Generators: []json.RawMessage{json.RawMessage(`{"list": {"elements": [{"k": "a"}]}}`)}, Template: template}
		result, err := sandbox.InProcess(sandbox.Handlers{task.ApplicationSetKind: Handle}).Do(t.Context(),
			sandbox.Task{Kind: task.ApplicationSetKind, Payload: asked, Trees: []*model.Tree{modeltest.Tree(repository)}})
		if err != nil {
			t.Fatal(err)
		}
		var got task.Applications
		if err := json.Unmarshal(result.JSON, &got); err != nil {
			t.Fatal(err)
		}
		if got.Why == "" || got.Mistake != (want != "") || model.Pointer(got.Field) != want {
			t.Errorf("%s: %+v at %q", path, got, model.Pointer(got.Field))
		}
	}
}
