package decode

import (
	"reflect"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// TestPrinted holds what is made of nodes against what Kustomize prints of them: it writes
// some values again in a way that reads otherwise. Who reads the file itself does not.
func TestPrinted(t *testing.T) {
	for _, text := range []string{
		"v: {a: , b: 1}", "v: {a: }", "v: {a}", "v: {? a}", "v: [{name: a, emptyDir: }]", "v: {a: &x , b: 1}", "v: {a: {b: }}",
		"v: {a: ~}", "v: {a: null}", "v: {a: ''}", "v: {a: !!null }", "v:\n  a:\n  b: 1", "v:\n-\n- a", "v: [~]",
		"v: |+\n  a\n\n# c", "v: |+\n  a\n\n\n# c\n", "v: |+\n  a\n\n# c\nw: 1", "v: |+\n  a\n\nw: 1", "l:\n- |+\n  a\n\n# c\n- b", "v: |\n  a\n\n# c", "v: >+\n  a\n\n# c", "v: >\n  a\n  b\n",
	} {
		files := filesys.MakeFsInMemory()
		for name, content := range map[string]string{"kustomization.yaml": "resources: [o.yaml]\n", "o.yaml": "apiVersion: e/v1\nkind: O\nmetadata: {name: o}\n" + text + "\n"} {
			if err := files.WriteFile(name, []byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		printed, err := built.AsYaml()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		file, err := files.ReadFile("o.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []struct {
			what string
			text []byte
			read func() (map[string]any, error)
		}{
			{"printed", printed, func() (map[string]any, error) { return first(Printed(built.Resources())) }},
			{"read", file, func() (map[string]any, error) { return first(All(built.Resources())) }},
		} {
			want, err := YAML(of.text)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if got, err := of.read(); err != nil || !reflect.DeepEqual(any(got), want) {
				t.Errorf("%s %q: %v %v, want %v", of.what, text, got, err, want)
			}
		}
	}
}

func first(list []map[string]any, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	return list[0], nil
}
