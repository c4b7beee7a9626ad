package helm

import (
	"reflect"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// TestNodesAreAsKustomizeReadsThem: what is left out of reading changes nothing, whatever
// the document holds.
func TestNodesAreAsKustomizeReadsThem(t *testing.T) {
	for name, tt := range map[string]struct {
		doc   string
		plain bool
	}{
		"plain":                  {"# head\nkind: A\nmetadata: {name: a, labels: {b: \"c\"}} # tail\nspec:\n- x: |\n    text\n  y: [1, 2.50, ~, true]\n- {}\n- []\n", true},
		"a list":                 {"kind: List\napiVersion: v1\nitems:\n- {kind: A, metadata: {name: a}}\n- {kind: B, metadata: {name: b}}\n", true},
		"a list with an alias":   {"kind: List\napiVersion: v1\nitems:\n- &a {kind: A, metadata: {name: a}}\n- *a\n", false},
		"an anchor":              {"kind: A\nmetadata: {name: &n a}\nspec: {name: *n}\n", false},
		"an anchor alone":        {"kind: A\nmetadata: {name: &n a}\n", false},
		"a merge":                {"kind: A\nbase: &b {x: 1, y: 2}\nspec: {<<: *b, y: 3}\n", false},
		"a merge of nothing":     {"kind: A\nspec: {<<: {x: 1}, y: 3}\n", false},
		"a quoted merge":         {"kind: A\nspec: {\"<<\": {x: 1}, y: 3}\n", false},
		"a key twice":            {"kind: A\nspec: {x: 1, y: 2, x: 3}\n", false},
		"a key of nothing":       {"kind: A\nspec: {~: 1, null: 2, y: 2}\n", false},
		"an empty key":           {"kind: A\nspec: {\"\": 1, y: 2}\n", true},
		"a map for a key":        {"kind: A\nspec: {? {a: b} : 1, y: 2}\n", false},
		"a number and its text":  {"kind: A\nspec: {1: a, \"1\": b}\n", false},
		"several documents":      {"kind: A\nspec: {x: 1}\n---\n# nothing\n---\nkind: B\nspec: {x: &a 1, y: *a}\n", false},
		"none":                   {"# nothing\n", true},
		"a list at the top":      {"- a\n- b\n", true},
		"what is no YAML":        {"kind: [\n", true},
		"lines that end windows": {"kind: A\r\nspec:\r\n  x: 1\r\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			want, wantErr := kio.FromBytes([]byte(tt.doc))
			got, err := nodesOf(tt.doc)
			if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Fatalf("%v, want %v", err, wantErr)
			}
			if err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%s\nwant\n%s", text(t, got), text(t, want))
			}
			for _, n := range got {
				if !plain(n.YNode(), 0) && tt.plain {
					t.Errorf("it is not plain")
				}
			}
		})
	}
}

func text(t *testing.T, nodes []*kyaml.RNode) string {
	t.Helper()
	out, err := kio.StringAll(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
