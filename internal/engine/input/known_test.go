package input

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// An input is built once by a process for all tasks that are told the same of its files,
// and none is given what was built of others, or for another redactor.
func TestAnInputIsBuiltOnceOfTheSameFiles(t *testing.T) {
	kept.inputs = nil
	built := 0
	// read gives a Secret's key by way of an input that reads two files: the second is
	// named by the first.
	read := func(files map[string]string, key string, decoy bool) (value string, fed bool, trace sandbox.Trace) {
		run := sandbox.InProcess(sandbox.Handlers{"do": func(_ json.RawMessage, views []*sandbox.Files) (any, error) {
			secrets := redact.New([]byte(key), false)
			secrets.Decoy = decoy
			set := New([]task.Build{{Dir: "apps"}}, views[:1], secrets, func(_ task.Build, met *redact.Redactor) ([]map[string]any, error) {
				built++
				name, err := views[0].Read("names")
				if err != nil {
					return nil, err
				}
				content, err := views[0].Read(string(name))
				met.Hide("met on the way")
				return []map[string]any{{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"}, "stringData": map[string]any{"k": string(content)}}}, err
			})
			input := 0
			data, ok, err := set.Keys(task.Values{Kind: "Secret", Name: "s", Input: &input})
			if err != nil || !ok {
				return nil, fmt.Errorf("%v %v", ok, err)
			}
			if said := secrets.Text("met on the way"); said == "met on the way" {
				t.Error("what the input met is forgotten")
			}
			value, fed = data["k"], secrets.Fed
			return nil, nil
		}})
		result, err := run.Do(t.Context(), sandbox.Task{Kind: "do", Trees: []*model.Tree{modeltest.Tree(files)}})
		if err != nil {
			t.Fatal(err)
		}
		return value, fed, result.Trace
	}
	first := map[string]string{"names": "a", "a": "one-value", "b": "other-value"}
	for _, tt := range []struct {
		name   string
		files  map[string]string
		key    string
		decoy  bool
		want   string
		builds int
	}{
		{"the first", first, "k", false, "one-value", 1},
		{"the same files", first, "k", false, "one-value", 1},
		{"one that is not read differs", map[string]string{"names": "a", "a": "one-value", "b": "changed"}, "k", false, "one-value", 1},
		{"a value differs", map[string]string{"names": "a", "a": "new-value"}, "k", false, "new-value", 2},
		{"another file is named", map[string]string{"names": "b", "a": "one-value", "b": "other-value"}, "k", false, "other-value", 3},
		{"the first again", first, "k", false, "one-value", 3},
		{"another key of fingerprints", first, "other", false, "one-value", 4},
		{"for decoys", first, "k", true, "one-value", 5},
	} {
		value, fed, trace := read(tt.files, tt.key, tt.decoy)
		if value != tt.want || !fed || built != tt.builds {
			t.Errorf("%s: %q, a Secret went in: %v; %d builds, want %q and %d", tt.name, value, fed, built, tt.want, tt.builds)
		}
		seen := map[string]bool{}
		for _, a := range trace {
			seen[a.Path] = true
		}
		if len(seen) != 2 {
			t.Errorf("%s: the trace is %v", tt.name, trace)
		}
	}
	if len(kept.inputs) > keptInputs {
		t.Errorf("%d inputs are kept", len(kept.inputs))
	}
}
