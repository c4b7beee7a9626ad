package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// object makes an Object of YAML.
func object(t *testing.T, text string) *model.Object {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		APIVersion string
		Kind       string
		Metadata   struct{ Name, Namespace string }
		Data       map[string]string
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	group, version := model.SplitAPIVersion(fields.APIVersion)
	keys := map[string]model.Key{}
	for k, v := range fields.Data {
		var y map[string]any
		if strings.HasSuffix(k, ".yaml") && yaml.Unmarshal([]byte(v), &y) == nil {
			keys["/data/"+k] = model.Key{YAML: y}
		}
	}
	id := model.ObjectID{Group: group, Version: version, Kind: fields.Kind, Namespace: fields.Metadata.Namespace, Name: fields.Metadata.Name}
	return model.NewObject(id, string(raw), raw, keys)
}

func snapshot(targets map[string][]*model.Object) *model.Snapshot {
	s := &model.Snapshot{}
	for _, id := range []string{"a", "b", "c"} {
		if objects, ok := targets[id]; ok {
			s.Targets = append(s.Targets, model.Rendered{Target: model.Target{ID: id}, Status: model.StatusRendered, Objects: objects})
		}
	}
	return s
}

func say(changes []Change) (out []string) {
	for _, c := range changes {
		head := fmt.Sprintf("%d %s %s %v", c.Group, c.Change, c.Object, c.Targets)
		if c.OldName != "" {
			head += " was " + c.OldName
		}
		out = append(out, head)
		for _, f := range c.Fields {
			show := func(v Value) string {
				if !v.Set {
					return "-"
				}
				b, _ := v.MarshalJSON()
				return string(b)
			}
			out = append(out, "  "+f.Path+" "+show(f.Before)+" "+show(f.After))
		}
	}
	return out
}

func TestFields(t *testing.T) {
	pod := func(spec string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: " + spec + "\n"
	}
	for name, tt := range map[string]struct {
		base, head string
		want       []string
	}{
		"a scalar": {pod("{nodeName: a}"), pod("{nodeName: b}"), []string{`/spec/nodeName "a" "b"`}},
		"a subtree that came is one entry": {pod("{}"), pod("{securityContext: {runAsUser: 1, fsGroup: 2}}"),
			[]string{`/spec/securityContext - {"fsGroup":2,"runAsUser":1}`}},
		"containers pair by name": {pod("{containers: [{name: a, image: x}, {name: b, image: w}]}"),
			pod("{containers: [{name: new, image: m}, {name: b, image: z}, {name: a, image: x}]}"),
			[]string{`/spec/containers/0 - {"image":"m","name":"new"}`, `/spec/containers/1/image "w" "z"`}},
		"what is removed has base's index": {pod("{containers: [{name: a}, {name: b}]}"), pod("{containers: [{name: b}]}"),
			[]string{`/spec/containers/0 {"name":"a"} -`}},
		"the order of env is told": {pod("{containers: [{name: a, env: [{name: X, value: '1'}, {name: Q, value: '2'}]}]}"),
			pod("{containers: [{name: a, env: [{name: Q, value: '2'}, {name: X, value: '1'}]}]}"),
			[]string{`/spec/containers/0/env ["X","Q"] ["Q","X"]`}},
		"the order of containers is none": {pod("{containers: [{name: a}, {name: b}]}"), pod("{containers: [{name: b}, {name: a}]}"), nil},
		"ports with one number pair by index": {
			pod("{containers: [{name: a, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: TCP}]}]}"),
			pod("{containers: [{name: a, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: SCTP}]}]}"),
			[]string{`/spec/containers/0/ports/1/protocol "TCP" "SCTP"`}},
		"lists without a key pair by index": {pod("{containers: [{name: a, args: [x, q]}]}"), pod("{containers: [{name: a, args: [x, z, w]}]}"),
			[]string{`/spec/containers/0/args/1 "q" "z"`, `/spec/containers/0/args/2 - "w"`}},
		"numbers compare by value":  {pod("{priority: 1.0}"), pod("{priority: 1}"), nil},
		"a slash in a key":          {"apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a/b: x}}", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a/b: q}}", []string{`/metadata/labels/a~1b "x" "q"`}},
		"a map that becomes a text": {pod("{x: {a: 1}}"), pod("{x: a}"), []string{`/spec/x {"a":1} "a"`}},
		"YAML in a key": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v.yaml: \"# one\\nimage: {tag: a, x: 1}\"}",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v.yaml: \"image: {tag: b, x: 1}\"}", []string{`/data/v.yaml//image/tag "a" "b"`}},
		"an API version": {"apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: p}", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}", []string{`/apiVersion "policy/v1beta1" "policy/v1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			changes := Diff(snapshot(map[string][]*model.Object{"a": {object(t, tt.base)}}), snapshot(map[string][]*model.Object{"a": {object(t, tt.head)}}))
			var got []string
			for _, line := range say(changes) {
				if f, ok := strings.CutPrefix(line, "  "); ok {
					got = append(got, f)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestObjectsPair(t *testing.T) {
	cm := func(name, data string) *model.Object {
		return object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+"}\ndata: {k: "+data+"}")
	}
	base := snapshot(map[string][]*model.Object{
		"a": {cm("env-bcdfghkmt2", "old"), cm("gone", "x"), cm("same", "x")},
		"b": {cm("env-bcdfghkmt2", "old"), cm("same", "x")},
	})
	head := snapshot(map[string][]*model.Object{
		"a": {cm("env-tmkhgfdcb2", "new"), cm("came", "x"), cm("same", "x")},
		"b": {cm("env-tmkhgfdcb2", "new"), cm("same", "x")},
		"c": {cm("came", "x")},
	})
	base.Targets = append(base.Targets, model.Rendered{Target: model.Target{ID: "c"}, Status: model.StatusAbsent})
	want := []string{
		"1 added ConfigMap came [a c]",
		"2 modified ConfigMap env-tmkhgfdcb2 [a b] was env-bcdfghkmt2",
		`  /data/k "old" "new"`,
		"3 removed ConfigMap gone [a]",
	}
	if d := cmp.Diff(want, say(Diff(base, head))); d != "" {
		t.Error(d)
	}
}

func TestAFailureIsNoDeletion(t *testing.T) {
	o := object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}")
	for _, status := range []model.Status{model.StatusFailed, model.StatusIncomplete, model.StatusUnreached} {
		base := snapshot(map[string][]*model.Object{"a": {o}})
		head := snapshot(map[string][]*model.Object{"a": nil})
		head.Targets[0].Status = status
		if got := say(Diff(base, head)); got != nil {
			t.Errorf("%s: %v", status, got)
		}
	}
}

func TestSecretsAreToldAsChanged(t *testing.T) {
	secret := func(fp string) *model.Object {
		raw, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Secret", "data": map[string]any{"k": model.Redact(fp)}})
		if err != nil {
			t.Fatal(err)
		}
		return model.NewObject(model.ObjectID{Version: "v1", Kind: "Secret", Name: "s"}, fp, raw, nil)
	}
	got := say(Diff(snapshot(map[string][]*model.Object{"a": {secret("1")}}), snapshot(map[string][]*model.Object{"a": {secret("2")}})))
	want := []string{"1 modified Secret s [a]", `  /data/k "(redacted)" "(redacted)"`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestPartlyVisible: a target some of whose values cannot be seen is compared by
// all the others; one that shows nothing is not.
func TestPartlyVisible(t *testing.T) {
	web := func(level string) []*model.Object {
		return []*model.Object{object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {host: '${HOST}', level: "+level+"}\n")}
	}
	side := func(level, partial string) *model.Snapshot {
		s := snapshot(map[string][]*model.Object{"a": web(level)})
		s.Targets[0].Status, s.Targets[0].Partial = model.StatusIncomplete, partial
		s.Targets[0].Problem = &model.Problem{Class: model.SubstitutionUnresolved, Message: "`${HOST}` is not visible"}
		return s
	}
	want := []string{"1 modified ConfigMap web [a]", `  /data/level "info" "debug"`}
	if d := cmp.Diff(want, say(Diff(side("info", "HOST"), side("debug", "HOST")))); d != "" {
		t.Errorf("a partly visible target (-want +got):\n%s", d)
	}
	if got := say(Diff(side("info", ""), side("debug", ""))); len(got) > 0 {
		t.Errorf("a target that is not visible was compared: %v", got)
	}
}

// TestALongListMovesOn: without its first item, and with another at the end, a list has
// two changes, however long it is.
func TestALongListMovesOn(t *testing.T) {
	table := func(from int) *model.Object {
		rows := ""
		for i := from; i < from+5000; i++ {
			rows += fmt.Sprintf("  - {a: %d}\n", i)
		}
		return object(t, "apiVersion: example.org/v1\nkind: Table\nmetadata: {name: t}\nspec:\n  rows:\n"+rows)
	}
	changes := Diff(snapshot(map[string][]*model.Object{"a": {table(0)}}), snapshot(map[string][]*model.Object{"a": {table(1)}}))
	if len(changes) != 1 || len(changes[0].Fields) != 2 {
		t.Fatalf("%d changes of %d fields", len(changes), len(changes[0].Fields))
	}
}
