package frozen

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Each file of the archive is two sides of an object; its name tells what becomes of it.
func TestUpdates(t *testing.T) {
	a, err := txtar.ParseFile("testdata/updates.txtar")
	if err != nil {
		t.Fatal(err)
	}
	words := map[Outcome]string{Refused: "refused", Unsure: "unsure", Kept: "kept"}
	for _, file := range a.Files {
		name, want, _ := strings.Cut(file.Name, ": ")
		t.Run(name, func(t *testing.T) {
			base, head, _ := strings.Cut(string(file.Data), "---\n")
			got := "allowed"
			for _, c := range review.Diff(snapshot(t, base), snapshot(t, head)) {
				for i, change := range Changes(c) {
					switch {
					case i == 0:
						got = words[change.Outcome] + " " + change.Path
					default:
						got += ", " + change.Path
					}
					if change.Why == "" != (change.Outcome == Refused) {
						t.Errorf("%s: why is %q", change.Path, change.Why)
					}
				}
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func snapshot(t *testing.T, text string) *model.Snapshot {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := model.NewObject(model.ObjectID{}, "", raw, nil)
	group, version := model.SplitAPIVersion(review.Text(o.Fields(), "apiVersion"))
	id := model.ObjectID{Group: group, Version: version, Kind: review.Text(o.Fields(), "kind"), Name: "a"}
	return &model.Snapshot{Targets: []model.Rendered{{Target: model.Target{ID: "kustomize:a"}, Status: model.StatusRendered, Objects: []*model.Object{model.NewObject(id, fmt.Sprint(raw), raw, nil)}}}}
}

// Every path leads somewhere in its type.
func TestPaths(t *testing.T) {
	for name, k := range kinds {
		if k.make == nil {
			continue
		}
		for _, f := range k.fields {
			at := reflect.TypeOf(k.make())
			for _, key := range keys(f.path) {
				if at.Kind() == reflect.Pointer {
					at = at.Elem()
				}
				if at.Kind() == reflect.Map {
					at = at.Elem()
					continue
				}
				v := member(reflect.New(at).Elem(), key)
				if !v.IsValid() {
					t.Fatalf("%s: %s leads nowhere in %s", name, f.path, at)
				}
				at = v.Type()
			}
		}
	}
}
