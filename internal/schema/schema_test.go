package schema

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func objectOf(t testing.TB, text []byte) *model.Object {
	t.Helper()
	var head struct {
		APIVersion, Kind string
		Metadata         struct{ Name, Namespace string }
	}
	if err := json.Unmarshal(text, &head); err != nil {
		t.Fatal(err)
	}
	id := model.ObjectID{Kind: head.Kind, Name: head.Metadata.Name, Namespace: head.Metadata.Namespace}
	id.Group, id.Version = model.SplitAPIVersion(head.APIVersion)
	return model.NewObject(id, string(text), text, nil)
}

// TestBundle reads every schema of the bundle.
func TestBundle(t *testing.T) {
	l := readBundle(bundle)
	if first, last := KnownSince(); first != "1.29" || last != "1.36" {
		t.Errorf("the bundle knows Kubernetes %s to %s", first, last)
	}
	for name, k := range l.releases.Kinds {
		for i := range l.releases.Names {
			if k.In&(1<<i) != 0 && l.builtIn(i, k.Definition).Fields["metadata"] == nil {
				t.Errorf("%s of %s has no metadata", name, l.releases.Names[i])
			}
		}
	}
	for name, list := range l.custom() {
		for _, c := range list {
			if s := l.shape(c.Shape); s.Type != Object || len(s.Fields) < 4 {
				t.Errorf("%s of %s %s is no object", name, c.Project, c.Release)
			}
		}
	}
	if len(l.releases.Kinds) < 200 || len(l.custom()) < 150 {
		t.Errorf("%d built-in and %d custom kinds", len(l.releases.Kinds), len(l.custom()))
	}
}

// TestProblems: one line each of what is said, and of what is not.
func TestProblems(t *testing.T) {
	pod := func(rest string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"a"` + rest
	}
	for _, tt := range []struct{ object, kubernetes, want string }{
		{pod(`}]}}`), "", ""},
		{pod(`,"ports":null}]}}`), "", ""},
		{pod(`,"Ports":[]}]}}`), "", "`Ports` is not a field of `spec.containers[]`; did you mean `ports`?"},
		{pod(`,"tolerations":[]}]}}`), "", "`tolerations` is not a field of `spec.containers[]`; it belongs in `spec`"},
		{pod(`}],"stdin":true}}`), "", "`stdin` is not a field of `spec`; it belongs in `spec.containers[]`"},
		{pod(`}],"priority":3000000000}}`), "", "`spec.priority` is a number beyond 32 bits"},
		{pod(`}],"priority":1.5}}`), "", "`spec.priority` must be an integer, and is a fraction"},
		{pod(`}],"priority":1.0}}`), "", ""},
		{pod(`}],"hostNetwork":"true"}}`), "", "`spec.hostNetwork` must be true or false, and is a string"},
		{pod(`}],"hostNetwork":"${HOST}"}}`), "", ""},
		{pod(`}],"restartPolicy":"never"}}`), "", "`spec.restartPolicy` must be one of `Always`, `Never`, `OnFailure`; did you mean `Never`?"},
		{pod(`}],"restartPolicy":""}}`), "", ""},
		{pod(`}],"nodeSelector":{"gpu":true}}}`), "", "`spec.nodeSelector.gpu` must be a string, and is true: it needs quotes"},
		{pod(`}],"resources":{}}}`), "1.31", "`resources` is not a field of `spec`; it belongs in `spec.containers[]`"},
		{pod(`}],"resources":{}}}`), "1.32", ""},
		{pod(`}],"resources":{}}}`), "1.99", ""},
		{`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","creationTimestamp":"today"},"spec":{"containers":[{"name":"a","image":"a"}]}}`, "", "`metadata.creationTimestamp` is no time of the form `2006-01-02T15:04:05Z`"},
		{`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":null}`, "", ""},
		{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"?"}}`, "", "`binaryData.a` is not base64"},
		{`{"apiVersion":"v1","kind":"Route","metadata":{"name":"a"}}`, "", ""},
		{`{"apiVersion":"apps/v2","kind":"Deployment","metadata":{"name":"a"}}`, "", "Kubernetes has no kind `Deployment` in `apps/v2`; it is in `apps/v1`"},
		{`{"apiVersion":"batch/v1beta1","kind":"CronJob","metadata":{"name":"a"}}`, "", ""},
		{`{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"a"},"spec":{"capacity":{"storage":5}}}`, "", ""},
		{`{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"a"},"spec":{"capacity":{"storage":"5 Gi"}}}`, "", "`spec.capacity.storage` is no quantity that Kubernetes can read (such as `500m` or `1Gi`)"},
	} {
		list, _ := Problems(Question{Object: object(t, tt.object), Kubernetes: tt.kubernetes})
		var said []string
		for _, p := range list {
			said = append(said, p.Text)
		}
		if got := strings.Join(said, "; "); got != tt.want {
			t.Errorf("%s, Kubernetes %q:\n got %s\nwant %s", tt.object, tt.kubernetes, got, tt.want)
		}
	}
}

// TestNoValue: no text quotes what stands in a Secret, or anywhere but in an enum.
func TestNoValue(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"p":"hunter2"},"stringData":["hunter2"],"hunterr":"hunter2"}`,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":["hunter2"],"immutable":"hunter2"}`,
		`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"code":"hunter2","rule":"hunter2"}}`,
		`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"count":"hunter2","sum":"a"}}`,
	} {
		o := object(t, text)
		list, _ := Problems(Question{Object: o, Definitions: definitions(t, o), Budget: maxRun})
		if len(list) < 2 {
			t.Errorf("%s: %d problems", text, len(list))
		}
		for _, p := range list {
			if strings.Contains(p.Text+p.Key+p.Against, secret) {
				t.Errorf("%s: %+v", text, p)
			}
		}
	}
}

const widgets = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},"spec":{
"group":"example.com","scope":"Namespaced","names":{"kind":"Widget","plural":"widgets"},"versions":[{"name":"v1","served":true,"storage":true,
"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{
"code":{"type":"string","pattern":"^[0-9]+$"},"rule":{"type":"string","maxLength":3},
"count":{"type":"string","x-kubernetes-validations":[{"rule":"int(self) > 3"}]},
"sum":{"type":"string","x-kubernetes-validations":[{"rule":"self.size() > 3","messageExpression":"'not ' + self"}]}}}}}}}]}}`

func definitions(t testing.TB, o *model.Object) []*Definition {
	t.Helper()
	d := ReadDefinition(object(t, widgets))
	if d == nil {
		t.Fatal("the definition was not read")
	}
	if !d.Defines(o.ID) {
		return nil
	}
	return []*Definition{d}
}

// TestRules: what a rule says is its own words or its text, never made of values.
func TestRules(t *testing.T) {
	o := object(t, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"sum":"abc"}}`)
	list, cost := Problems(Question{Object: o, Definitions: definitions(t, o), Budget: maxRun})
	if len(list) != 1 || !strings.Contains(list[0].Text, "self.size() > 3") || strings.Contains(list[0].Text, "abc") || list[0].Field != "/spec/sum" {
		t.Errorf("%+v", list)
	}
	if cost <= 0 {
		t.Errorf("it cost %d", cost)
	}
	if d := definitions(t, o)[0]; d.Cost("v1") < 50*int64(len("self.size() > 3")) || d.Cost("v2") != 0 {
		t.Errorf("compiling costs %d, and %d for what is not there", d.Cost("v1"), d.Cost("v2"))
	}
	if list, _ := Problems(Question{Object: o, Definitions: definitions(t, o)}); len(list) != 1 || list[0].Sort != Unasked {
		t.Errorf("without a budget: %+v", list)
	}
}

// TestHostileDefinitions: what is too large or too deep is not read, and a rule
// that costs too much is not answered.
func TestHostileDefinitions(t *testing.T) {
	deep := strings.Repeat(`{"type":"object","properties":{"a":`, 400) + `{"type":"string"}` + strings.Repeat("}}", 400)
	wide := `{"type":"object","properties":{"a":{"type":"string"}` + strings.Repeat(`,"b":{"type":"object","properties":{}}`, 2) + `}}`
	for name, s := range map[string]string{"deep": deep, "wide": wide,
		"pattern": `{"type":"object","properties":{"spec":{"type":"string","pattern":"("}}}`,
		"rule":    `{"type":"object","properties":{"spec":{"type":"string"}},"x-kubernetes-validations":[{"rule":"self.nothing()"}]}`} {
		crd := object(t, strings.Replace(widgets, widgets[strings.Index(widgets, `{"type":"object"`):strings.LastIndex(widgets, "}}]}}")], s, 1))
		d := ReadDefinition(crd)
		if name == "deep" {
			if d != nil {
				t.Error("a definition 400 levels deep was read")
			}
			continue
		}
		o := object(t, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":"x"}`)
		if d == nil {
			t.Fatalf("%s was not read", name)
		}
		list, _ := Problems(Question{Object: o, Definitions: []*Definition{d}, Budget: maxRun})
		if name != "wide" && (len(list) != 1 || list[0].Sort != Unasked) {
			t.Errorf("%s: a broken definition says %+v", name, list)
		}
	}
}

// FuzzDefinition holds foreign objects against foreign definitions.
func FuzzDefinition(f *testing.F) {
	f.Add([]byte(widgets), []byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"code":1,"sum":"abc"}}`))
	f.Add([]byte(`{"spec":{"versions":[{"name":"v1","served":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`), []byte(`{"spec":[null,{"a":1e9}]}`))
	f.Add([]byte(`{}`), []byte(deployment))
	f.Fuzz(func(t *testing.T, crd, text []byte) {
		var fields map[string]any
		if len(crd) > 1<<16 || len(text) > 1<<16 || json.Unmarshal(text, &fields) != nil {
			return
		}
		id := model.ObjectID{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition", Name: "a"}
		q := Question{Object: model.NewObject(model.ObjectID{Group: "example.com", Version: "v1", Kind: "Widget"}, "", text, nil), Budget: maxRun}
		if d := readDefinition(model.NewObject(id, "", crd, nil)); d != nil {
			q.Definitions = []*Definition{d}
		}
		for _, kind := range []model.ObjectID{q.Object.ID, {Group: "apps", Version: "v1", Kind: "Deployment"}, id, {Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmRelease"}} {
			q.Object = model.NewObject(kind, "", text, nil)
			list, _ := Problems(q)
			for _, p := range list {
				if p.Text == "" || !utf8.ValidString(p.Text) {
					t.Errorf("%+v", p)
				}
			}
			q.Definitions = nil
		}
	})
}
