package kustomize

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// long are the keys of a long map, with some of their own among them.
func long(indent, prefix, value string, more ...string) string {
	var b strings.Builder
	for i := range longMap + 100 {
		fmt.Fprintf(&b, "%s%s%d: %s\n", indent, prefix, i, value)
		if i == 1000 {
			for _, line := range more {
				fmt.Fprintf(&b, "%s%s\n", indent, line)
			}
		}
	}
	return b.String()
}

// TestLongMaps: with the keys of a long map set aside a build gives what it gives with
// them, to the style of their values; what could be read otherwise stays where it is.
func TestLongMaps(t *testing.T) {
	head := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: long}\n"
	for name, tt := range map[string]struct {
		doc   string
		aside int
	}{
		"data at the end":          {head + "data:\n" + long("  ", "k", "v"), 1},
		"data in front":            {"data:\n" + long("    ", "k", "v") + "# about the rest\n" + head, 1},
		"no line end":              {strings.TrimRight(head+"data:\n"+long("  ", "k", "v"), "\n"), 1},
		"line ends of Windows":     {strings.ReplaceAll(head+"data:\n"+long("  ", "k", "v"), "\n", "\r\n"), 1},
		"two maps of a Secret":     {strings.Replace(head, "ConfigMap", "Secret", 1) + "stringData:\n" + long("  ", "k", "v") + "immutable: true\ndata:\n" + long("  ", "b", "dmFsdWU=") + "type: Opaque\n", 2},
		"all kinds of scalars":     {head + "data:\n" + long("  ", "k", "v", "a: 'x'", `b: "\x41 config"`, "c: 1", "d: yes", "e:", "f: ~", "g: 2001-01-01", "h: |", "  one", "", "    two", "i: >-", "  three", "  four", "j: !!binary dmFsdWU=", "0x10: hex", "\"quoted: \": z", "? asked", ": answer"), 1},
		"text that ends in lines":  {head + "data:\n" + long("  ", "k", "v") + "  last: |+\n    one\n\n\nimmutable: true\n", 1},
		"comments":                 {head + "data: # all\n  # first\n" + long("  ", "k", "v # why", "# between"), 1},
		"line ends of Unicode":     {head + "data:\n" + long("  ", "k", "\"a\u0085b\u2028c\""), 1},
		"the same in front":        {"data:\n" + long("  ", "k", "\"a\u0085b\u2028c\"") + head, 0},
		"a text like a comment":    {"data:\n" + long("  ", "k", "v") + "  last: |\n   one\n   # two\n# a comment\n" + head, 1},
		"a value of another shape": {head + "data:\n" + long("  ", "k", "v", "a: {b: c}"), 0},
		"a key twice":              {head + "data:\n" + long("  ", "k", "v", "k7: again"), 0},
		"an anchor":                {head + "data:\n" + long("  ", "k", "v", "a: &a x", "b: *a"), 0},
		"a merge":                  {head + "immutable: &a false\ndata:\n" + long("  ", "k", "v", "<<: {x: y}"), 0},
		"a key that is null":       {head + "data:\n" + long("  ", "k", "v", "null: x"), 0},
		"in one line":              {head + "data: {" + strings.ReplaceAll(long("", "k", "v"), "\n", ", ") + "}\n", 0},
		"another kind":             {strings.Replace(head, "v1", "example.org/v1", 1) + "data:\n" + long("  ", "k", "v"), 0},
		"a field of another name":  {head + "more:\n" + long("  ", "k", "v"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if _, aside := setAside(strings.ReplaceAll(tt.doc, "\r\n", "\n")); len(aside) != tt.aside {
				t.Errorf("%d maps are set aside, want %d", len(aside), tt.aside)
			}
			for _, all := range []string{tt.doc, fmt.Sprintf(setting, "first") + "---\n" + strings.TrimRight(tt.doc, "\n") + "\n---\n" + fmt.Sprintf(setting, "last")} {
				within(t, map[string]string{"over/kustomization.yaml": "resources: [all.yaml]\nlabels: [{pairs: {a: b}}]\ncommonAnnotations: {c: d}\nimages: [{name: v, newTag: w}]\n", "over/all.yaml": all}, func(view *sandbox.Files) {
					text := func(objects []*resource.Resource) (out string) {
						for _, o := range objects {
							out += o.MustString() + "---\n"
						}
						return out
					}
					whole, err := run(NewFS(view), path.Join(Mount, "over"), krusty.ReorderOptionNone)
					if err != nil {
						t.Fatal(err)
					}
					parts, ok := NewFS(view).inParts(path.Join(Mount, "over"), krusty.ReorderOptionNone)
					if got, want := text(parts), text(whole); !ok || got != want {
						t.Errorf("in parts: %v, %d bytes; the whole: %d\n%s", ok, len(got), len(want), firstDifference(got, want))
					}
				})
			}
		})
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %q, want %q", i+1, x[i], y[i])
		}
	}
	return ""
}

// TestALongMapIsSeen: twenty thousand keys are set aside by themselves.
func TestALongMapIsSeen(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "  k%d: v\n", i)
	}
	within(t, map[string]string{"over/kustomization.yaml": "resources: [all.yaml]\n", "over/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: long}\ndata:\n" + b.String()}, func(view *sandbox.Files) {
		count := &parts{}
		fsys := NewFS(view)
		fsys.parts = count
		if _, err := run(fsys, path.Join(Mount, "over"), krusty.ReorderOptionNone); err == nil || !count.many {
			t.Fatal("the long map was not seen")
		}
		objects, err := Build(NewFS(view), path.Join(Mount, "over"), krusty.ReorderOptionNone)
		if err != nil || len(objects) != 1 || len(objects[0].GetDataMap()) != 20_000 {
			t.Errorf("%d objects: %v", len(objects), err)
		}
	})
}

func TestAFileMayEndInSpaces(t *testing.T) {
	file := "kind: ConfigMap\ndata:\n" + strings.Repeat("  # a line\n", longMap) + "   "
	if hasLongMap([]byte(file)) {
		t.Error("comments are no keys")
	}
}
