package refused

import (
	"encoding/json"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// held is what Kubernetes says of an object, and who says it here.
type held struct {
	Kind string
	Says string
	By   string // "" where Kubernetes takes it
	Set  map[string]any
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = yaml.UnmarshalStrict(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// with is an object with a field set otherwise.
func with(t *testing.T, at any, pointer []string, value any) any {
	t.Helper()
	if len(pointer) == 0 {
		return value
	}
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(pointer[0])
	switch at := at.(type) {
	case nil:
		return map[string]any{key: with(t, nil, pointer[1:], value)}
	case map[string]any:
		if value == nil && len(pointer) == 1 {
			delete(at, key)
		} else {
			at[key] = with(t, at[key], pointer[1:], value)
		}
		return at
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil {
			t.Fatal(err)
		}
		at[i] = with(t, at[i], pointer[1:], value)
		return at
	}
	t.Fatalf("nothing can be set below %v", at)
	return nil
}

// told is what is refused of the object of a kind with some fields set otherwise.
func told(t *testing.T, kind string, set map[string]any) []string {
	t.Helper()
	var objects map[string]map[string]any
	read(t, "objects.yaml", &objects)
	fields := objects[kind]
	for pointer, value := range set {
		with(t, fields, strings.Split(pointer, "/")[1:], value)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	group, version := model.SplitAPIVersion(fields["apiVersion"].(string))
	var out []string
	Object(model.NewObject(model.ObjectID{Group: group, Version: version, Kind: kind, Name: "web"}, "", raw, nil), func(field, why string) {
		out = append(out, field+" "+why)
	})
	return out
}

// What Kubernetes takes is never refused, and what it refuses is, where nobody else tells.
func TestHeldAgainstKubernetes(t *testing.T) {
	var cases []held
	read(t, "held.yaml", &cases)
	for _, c := range cases {
		if strings.HasPrefix(c.Says, "DECODE") {
			continue // only a child sees what a Secret holds
		}
		got := told(t, c.Kind, c.Set)
		switch {
		case c.By == "" && len(got) > 0:
			t.Errorf("%s with %v is taken, and told: %q", c.Kind, c.Set, got)
		case c.By == "manifest-refused" && len(got) == 0:
			t.Errorf("%s with %v is not told: %s", c.Kind, c.Set, c.Says)
		}
	}
	var objects map[string]any
	read(t, "objects.yaml", &objects)
	for kind := range objects {
		if got := told(t, kind, nil); len(got) > 0 {
			t.Errorf("a sound %s is refused: %q", kind, got)
		}
	}
}

// What a variable decides is not known.
func TestVariablesAreNotRefused(t *testing.T) {
	var cases []held
	read(t, "held.yaml", &cases)
	for _, c := range cases {
		for pointer, value := range c.Set {
			if kind := reflect.ValueOf(value).Kind(); len(c.Set) > 1 || c.By != "manifest-refused" || kind != reflect.String && kind != reflect.Float64 {
				continue
			}
			if got := told(t, c.Kind, map[string]any{pointer: "${VALUE}"}); len(got) > 0 {
				t.Errorf("%s with a variable at %s is told: %q", c.Kind, pointer, got)
			}
		}
	}
}

// A null is as good as absent, and a name that a variable decides may be any.
func TestWhatIsNotThere(t *testing.T) {
	for name, c := range map[string]struct {
		kind string
		set  map[string]any
	}{
		"a null beside a source of a variable": {"Deployment", map[string]any{"/spec/template/spec/containers/0/env/0": map[string]any{"name": "A",
			"valueFrom": map[string]any{"configMapKeyRef": map[string]any{"name": "a", "key": "a"}, "secretKeyRef": nil}}}},
		"a null beside a source of files": {"Deployment", map[string]any{"/spec/template/spec/volumes/0": map[string]any{"name": "tmp",
			"projected": map[string]any{"sources": []any{map[string]any{"secret": map[string]any{"name": "a"}, "configMap": nil}}}}}},
		"a null beside an address":  {"NetworkPolicy", map[string]any{"/spec/ingress/0/from/0/podSelector": map[string]any(nil)}},
		"claims that a variable is": {"StatefulSet", map[string]any{"/spec/volumeClaimTemplates": "${CLAIMS}", "/spec/template/spec/containers/0/volumeMounts/0/name": "data"}},
		"a claim of any name": {"StatefulSet", map[string]any{
			"/spec/volumeClaimTemplates": []any{map[string]any{"metadata": map[string]any{"name": "${CLAIM}"},
				"spec": map[string]any{"accessModes": []any{"ReadWriteOnce"}, "resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}}}}},
			"/spec/template/spec/containers/0/volumeMounts/0/name": "data"}},
	} {
		if got := told(t, c.kind, c.set); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}
