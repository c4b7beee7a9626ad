package helm

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"sigs.k8s.io/yaml"
)

// taskRelease renders the files release.yaml, refs.yaml and chart of a tree.
const taskRelease = "release-of-a-test"

type releaseTask struct {
	Kube  string
	Chart string // "" is chart
}

type releaseAnswer struct {
	Objects       []map[string]any
	Notes, Unseen []string
	Problem       *model.Problem
}

var releaseHandlers = sandbox.Handlers{taskRelease: func(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var task releaseTask
	if err := json.Unmarshal(payload, &task); err != nil {
		return nil, err
	}
	if task.Chart == "" {
		task.Chart = "chart"
	}
	content, err := files[0].Read("release.yaml")
	if err != nil {
		return nil, err
	}
	var applied map[string]any
	if err := yaml.Unmarshal(content, &applied); err != nil {
		return nil, err
	}
	r := Release{Object: applied, Chart: ChartFiles{Files: files[0], Path: task.Chart, Reviewed: true, Packaged: task.Chart == model.ChartFile}, KubeVersion: task.Kube,
		Secrets: redact.New([]byte("key"), false), APIVersions: []string{"example.org/v1", "example.org/v1/Widget"}}
	template := object.Map(object.Map(object.Map(applied, "spec"), "chart"), "spec")
	list, _ := template["valuesFiles"].([]any)
	for _, f := range list {
		r.ValuesFiles = append(r.ValuesFiles, f.(string))
	}
	r.IgnoreMissingValuesFiles, _ = template["ignoreMissingValuesFiles"].(bool)
	r.Reference = func(kind, name string) input.Referent { return refOf(files[0], kind, name) }
	out, err := Render(r)
	answer := releaseAnswer{Objects: out.Objects, Notes: out.Notes}
	for _, u := range out.Unseen {
		answer.Unseen = append(answer.Unseen, u.Text)
	}
	if err != nil && !errors.As(err, &answer.Problem) {
		return nil, err
	}
	for _, o := range answer.Objects {
		r.Secrets.Object(object.ID(o), o, func([]byte) string { return "" })
		r.Secrets.Copies(o)
	}
	return answer, nil
}}

func refOf(files *sandbox.Files, kind, name string) input.Referent {
	content, err := files.Read("refs.yaml")
	if err != nil {
		return input.Referent{}
	}
	for _, doc := range strings.Split(string(content), "---\n") {
		var o struct {
			Kind             string
			Metadata         struct{ Name string }
			Data, StringData map[string]string
		}
		if yaml.Unmarshal([]byte(doc), &o) != nil || o.Kind != kind || o.Metadata.Name != name {
			continue
		}
		out := input.Referent{Found: true, Data: map[string][]byte{}, Hidden: strings.Contains(doc, "ENC[")}
		for k, v := range o.Data {
			out.Data[k] = []byte(v)
			if kind == "Secret" {
				out.Data[k], _ = base64.StdEncoding.DecodeString(v)
			}
		}
		for k, v := range o.StringData {
			out.Data[k] = []byte(v)
		}
		return out
	}
	return input.Referent{}
}

func renderTest(t *testing.T, runner sandbox.Runner, tree *model.Tree, task releaseTask) releaseAnswer {
	t.Helper()
	got, err := runner.Do(t.Context(), sandbox.Task{Kind: taskRelease, Payload: task, Trees: []*model.Tree{tree}, Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var out releaseAnswer
	if err := json.Unmarshal(got.JSON, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestReleases: each archive is a tree with release.yaml, chart/ and perhaps
// refs.yaml; the file want is what comes of it. UPDATE=1 writes it.
func TestReleases(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree, want := map[string]string{}, -1
			for i, f := range a.Files {
				if f.Name == "want" {
					want = i
				} else {
					tree[f.Name] = string(f.Data)
				}
			}
			got := shown(renderTest(t, sandbox.InProcess(releaseHandlers), modeltest.Tree(tree), releaseTask{Kube: "1.33"}))
			if again := shown(renderTest(t, sandbox.InProcess(releaseHandlers), modeltest.Tree(tree), releaseTask{Kube: "1.33"})); again != got {
				t.Errorf("of the chart that is kept it is\n%s", again)
			}
			if os.Getenv("UPDATE") != "" && want >= 0 {
				a.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 || string(a.Files[want].Data) != got {
				t.Errorf("the render is\n%s", got)
			}
		})
	}
}

func shown(a releaseAnswer) string {
	var b strings.Builder
	if p := a.Problem; p != nil {
		fmt.Fprintf(&b, "problem %s: %s\n", p.Class, p.Message)
		if p.Location != nil {
			fmt.Fprintf(&b, "at %s:%d\n", p.Location.File, p.Location.Line)
		}
	}
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	for _, u := range a.Unseen {
		fmt.Fprintf(&b, "unseen %s\n", u)
	}
	for _, o := range a.Objects {
		labels := object.Map(object.Map(o, "metadata"), "labels")
		if labels["helm.toolkit.fluxcd.io/name"] == nil || labels["helm.toolkit.fluxcd.io/namespace"] == nil {
			b.WriteString("NO ORIGIN LABELS\n")
		}
		delete(labels, "helm.toolkit.fluxcd.io/name")
		delete(labels, "helm.toolkit.fluxcd.io/namespace")
		if len(labels) == 0 {
			delete(object.Map(o, "metadata"), "labels")
		}
		y, _ := yaml.Marshal(model.Show(o))
		fmt.Fprintf(&b, "---\n%s", y)
	}
	return b.String()
}

// TestReleaseChild is no test: it is the child of those that need a real one.
func TestReleaseChild(t *testing.T) {
	if flag.Arg(0) != "child" {
		t.Skip("run by other tests")
	}
	if err := sandbox.Serve(os.Stdin, os.Stdout, releaseHandlers); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func TestAHostileChartEndsWithItsChild(t *testing.T) {
	pool := sandbox.NewPool(1, os.Args[0], "-test.run=^TestReleaseChild$", "child")
	t.Cleanup(pool.Close)
	chart := func(template string) *model.Tree {
		return modeltest.Tree(map[string]string{
			"release.yaml": "metadata: {name: r, namespace: n}\n", "chart/Chart.yaml": "{apiVersion: v2, name: c, version: 1.0.0}", "chart/templates/a.yaml": template,
			"chart/templates/_a.tpl": `{{ define "loop" }}{{ include "loop" . }}{{ end }}{{ define "deep" }}{{ template "deep" . }}{{ end }}`,
		})
	}
	for name, tt := range map[string]struct {
		template string
		want     func(error, *model.Problem) bool
	}{
		"endless": {`{{ range $i := until 1000000 }}{{ range $j := until 1000000 }}{{ end }}{{ end }}`, func(err error, _ *model.Problem) bool { return errors.Is(err, sandbox.ErrTimeout) }},
		"memory":  {`{{ $x := "0123456789" }}{{ range until 40 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ $x }}`, func(err error, _ *model.Problem) bool { return errors.Is(err, sandbox.ErrMemory) }},
		"include": {`{{ include "loop" . }}`, func(err error, p *model.Problem) bool {
			return errors.Is(err, sandbox.ErrMemory) || p != nil && p.Class == model.ChartInvalid
		}},
		"deep": {`{{ template "deep" . }}`, func(err error, p *model.Problem) bool {
			return errors.Is(err, sandbox.ErrMemory) || p != nil && p.Class == model.ChartInvalid
		}},
		"environment": {`{{ env "PATH" }}`, func(_ error, p *model.Problem) bool { return p != nil && strings.Contains(p.Message, "env") }},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pool.Do(t.Context(), sandbox.Task{Kind: taskRelease, Payload: releaseTask{}, Trees: []*model.Tree{chart(tt.template)}, Timeout: 8 * time.Second})
			var out releaseAnswer
			if err == nil {
				err = json.Unmarshal(got.JSON, &out)
			}
			if !tt.want(err, out.Problem) {
				t.Errorf("%v %v", err, out.Problem)
			}
			if after := renderTest(t, pool, chart("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}"), releaseTask{}); len(after.Objects) != 1 {
				t.Errorf("the next one does not render: %+v", after)
			}
		})
	}
}

// TestAChartIsLoadedOnce: for what is told the same of its files, and for nothing else.
func TestAChartIsLoadedOnce(t *testing.T) {
	charts.loaded = nil
	files := map[string]string{
		"chart/Chart.yaml": "{apiVersion: v2, name: c, version: 1.0.0}", "chart/values.yaml": "size: 1",
		"chart/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: \"{{ .Release.Name }}\"}, data: {size: {{ .Values.size | quote }}}}",
	}
	for i, tt := range []struct {
		file, content string
		want          []string
		loaded        int
	}{
		{"release.yaml", "metadata: {name: a, namespace: n}\nspec: {values: {size: 2}}", []string{"name: a", `size: "2"`}, 1},
		{"release.yaml", "metadata: {name: b, namespace: n}\nspec: {}", []string{"name: b", `size: "1"`}, 1},
		{"chart/values.yaml", "size: 3", []string{`size: "3"`}, 2},
		{"chart/.helmignore", "templates/a.yaml", nil, 3},
		{"chart/values.yaml", "size: 1", nil, 4},
	} {
		files[tt.file] = tt.content
		got := shown(renderTest(t, sandbox.InProcess(releaseHandlers), modeltest.Tree(files), releaseTask{Kube: "1.33"}))
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%d: %q is not in %s", i, want, got)
			}
		}
		if strings.Contains(got, "ConfigMap") != (tt.want != nil) || len(charts.loaded) != tt.loaded {
			t.Errorf("%d: %d charts are kept, of %s", i, len(charts.loaded), got)
		}
	}
}

func TestAPackage(t *testing.T) {
	files := map[string]string{
		"c/Chart.yaml": "{apiVersion: v2, name: c, version: 1.0.0}", "c/values.yaml": "size: 1", "c/big.yaml": "size: 2",
		"c/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {size: {{ .Values.size | quote }}, sub: {{ .Values.sub.word | quote }}}}",
		"c/charts/sub.tgz":   string(modeltest.Packed(t, map[string]string{"sub/Chart.yaml": "{apiVersion: v2, name: sub, version: 2.0.0}", "sub/values.yaml": "word: yes it is"})),
	}
	run := func(files map[string]string) releaseAnswer {
		return renderTest(t, sandbox.InProcess(releaseHandlers), modeltest.Tree(map[string]string{
			"release.yaml": "metadata: {name: r, namespace: n}\nspec: {chart: {spec: {valuesFiles: [big.yaml]}}}", model.ChartFile: string(modeltest.Packed(t, files))}), releaseTask{Chart: model.ChartFile})
	}
	if got := shown(run(files)); !strings.Contains(got, "size: \"2\"") || !strings.Contains(got, "sub: yes it is") {
		t.Errorf("the render is %s", got)
	}
	for name, want := range map[string]string{"../x": "leads out", "c/../../x": "leads out", "/etc/x": "leads out", "lone": "outside", `c/..\..\x`: "leads out"} {
		bad := map[string]string{name: "x"}
		for k, v := range files {
			bad[k] = v
		}
		if p := run(bad).Problem; p == nil || p.Class != model.ChartInvalid || !strings.Contains(p.Message, want) {
			t.Errorf("%q: %v", name, p)
		}
	}
	files["c/zeros"] = strings.Repeat("0", maxChartBytes+1)
	if p := run(files).Problem; p == nil || p.Class != model.TooLarge {
		t.Errorf("a bomb: %v", p)
	}
	delete(files, "c/zeros")
	files["c/charts/bomb.tgz"] = string(modeltest.Packed(t, map[string]string{"b/x": strings.Repeat("0", maxChartBytes)}))
	if p := run(files).Problem; p == nil || p.Class != model.TooLarge {
		t.Errorf("a bomb inside: %v", p)
	}
	for i := range maxChartFiles {
		files[fmt.Sprintf("c/f/%d", i)] = ""
	}
	if p := run(files).Problem; p == nil || p.Class != model.TooLarge {
		t.Errorf("many files: %v", p)
	}
}

func TestTheNameOfARelease(t *testing.T) {
	for want, applied := range map[string]string{
		"web":      "metadata: {name: web, namespace: shop}",
		"prod-web": "metadata: {name: web, namespace: shop}\nspec: {targetNamespace: prod}",
		"other":    "metadata: {name: web, namespace: shop}\nspec: {targetNamespace: prod, releaseName: other}",
		"a-name-that-is-much-longer-than-helm-all-": "metadata: {name: a-name-that-is-much-longer-than-helm-allows-for-one-release}",
	} {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(applied), &o); err != nil {
			t.Fatal(err)
		}
		h := helm{Release: Release{Object: o}, spec: object.Map(o, "spec")}
		got := h.name()
		if len(got) > maxReleaseName {
			t.Errorf("%q is too long", got)
		}
		if strings.HasPrefix(want, "a-name") {
			got = got[:len(got)-12] // the hash
		}
		if got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
}

func TestAPIsOfAVersion(t *testing.T) {
	for _, tt := range []struct {
		minor  int
		api    string
		served bool
	}{
		{33, "policy/v1", true}, {33, "policy/v1/PodDisruptionBudget", true}, {33, "policy/v1beta1", false}, {24, "policy/v1beta1", true},
		{33, "v1/Pod", true}, {33, "resource.k8s.io/v1", false}, {34, "resource.k8s.io/v1", true}, {33, "admissionregistration.k8s.io/v1alpha1", false},
	} {
		if got := bytes.Contains([]byte("\n"+strings.Join(builtIn(tt.minor), "\n")+"\n"), []byte("\n"+tt.api+"\n")); got != tt.served {
			t.Errorf("1.%d serves %s: %v", tt.minor, tt.api, got)
		}
	}
}

// The digests are those that `helm dependency update` wrote (helm v4.3.1).
func TestALockOutOfStep(t *testing.T) {
	locked := []*chartv2.Dependency{{Name: "dep", Version: "1.2.0", Repository: "file://../dep"}}
	asked := chartv2.Dependency{Name: "dep", Version: "1.x", Repository: "file://../dep", Condition: "dep.enabled", Tags: []string{"a"}}
	for _, tt := range []struct {
		name  string
		alter func(*chartv2.Chart)
		want  bool
	}{
		{"as it was made", func(*chartv2.Chart) {}, false},
		{"another condition", func(c *chartv2.Chart) { c.Metadata.Dependencies[0].Condition = "dep.on" }, true},
		{"another version", func(c *chartv2.Chart) { c.Metadata.Dependencies[0].Version = "2.x" }, true},
		{"a repository by an alias", func(c *chartv2.Chart) { c.Metadata.Dependencies[0].Repository = "@acme" }, false},
		{"of the older format", func(c *chartv2.Chart) {
			c.Metadata.APIVersion, c.Metadata.Dependencies[0].Version = chartv2.APIVersionV1, "2.x"
		}, false},
		{"no lock", func(c *chartv2.Chart) { c.Lock = nil }, false},
	} {
		dep := asked
		ch := &chartv2.Chart{Metadata: &chartv2.Metadata{APIVersion: chartv2.APIVersionV2, Dependencies: []*chartv2.Dependency{&dep}},
			Lock: &chartv2.Lock{Dependencies: locked, Digest: "sha256:09d673424136a3359abab92cc1ea0147656c5fcf8cf25020e344811517046175"}}
		tt.alter(ch)
		if got := outOfStep(ch); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestAChartForNoVersionOfKubernetes(t *testing.T) {
	files := map[string]string{"release.yaml": "metadata: {name: web, namespace: shop}", "chart/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0, kubeVersion: '>=9.0'}", "chart/templates/a.yaml": ""}
	for run, want := range map[string]string{"": "chart web asks for Kubernetes >=9.0, which is none from 1.20 to 1.37", "1.33": "and the clusters run 1.33"} {
		got := shown(renderTest(t, sandbox.InProcess(releaseHandlers), modeltest.Tree(files), releaseTask{Kube: run}))
		if !strings.Contains(got, want) {
			t.Errorf("where the clusters run %q: %s", run, got)
		}
	}
}
