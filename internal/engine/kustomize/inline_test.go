package kustomize

import (
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

var withComponent = map[string]string{
	"over/kustomization.yaml": "namePrefix: a-\nresources:\n- web.yaml # the first\ncomponents: [../part]\nconfigMapGenerator:\n- {name: made, literals: [x=yes]}\nreplicas:\n- {name: web, count: 3}",
	"over/web.yaml":           web,
	"part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [settings.yaml, more/policy.yaml]\n",
	"part/settings.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: \"1\"}\n",
	"part/more/policy.yaml":   "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec: {podSelector: {}}\n",
}

const componentHead = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

// TestInlinedComponents: builds that show a component's files among the resources give
// the objects that builds without give, and note the same.
func TestInlinedComponents(t *testing.T) {
	over := func(text string) map[string]string { return map[string]string{"over/kustomization.yaml": text} }
	part := func(text string) map[string]string {
		return map[string]string{"part/kustomization.yaml": componentHead + text}
	}
	for name, tt := range map[string]struct {
		change map[string]string // of withComponent
		made   map[string]string
		as     bool // it is built as ever
	}{
		"files of a component":                {},
		"no resources of its own":             {change: over("components:\n- ../part\n\n# the end\n")},
		"resources in the last line":          {change: over("components: [../part]\nresources: [web.yaml]")},
		"Windows' ends of lines":              {change: over("resources:\r\n- web.yaml\r\ncomponents:\r\n- ../part\r\nnamePrefix: b-\r\n")},
		"a document's begin":                  {change: over("---\nnamePrefix: b-\nresources: [web.yaml]\ncomponents: [../part]\n")},
		"a second document":                   {as: true, change: over("resources: [web.yaml]\ncomponents: [../part]\n---\n")},
		"the component twice":                 {change: over("resources: [web.yaml]\ncomponents: [../part, ../part/]\n")},
		"one that brings what is there":       {change: over("resources: [web.yaml, ../part/settings.yaml]\ncomponents: [../part]\n")},
		"JSON":                                {change: over(`{"resources":["web.yaml"],"components":["../part"],"replicas":[{"name":"web","count":12345678}]}`)},
		"JSON with a field twice":             {as: true, change: over(`{"resources":["web.yaml"],"components":["../part"],"resources":["web.yaml"]}`)},
		"in braces, and no JSON":              {as: true, change: over("{resources: [web.yaml], components: [../part]}\n")},
		"a component with a patch after it":   {change: map[string]string{"over/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../part, ../other]\n", "other/kustomization.yaml": componentHead + "namePrefix: o-\n"}},
		"a component with a patch before it":  {as: true, change: map[string]string{"over/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../other, ../part]\n", "other/kustomization.yaml": componentHead + "namePrefix: o-\n"}},
		"a generator that merges into it":     {as: true, change: over("components: [../part]\nconfigMapGenerator:\n- {name: settings, behavior: merge, literals: [b=c]}\n")},
		"a generator that makes the same":     {change: over("components: [../part]\nconfigMapGenerator:\n- {name: settings, literals: [b=c]}\n")},
		"a component with labels":             {as: true, change: part("resources: [settings.yaml]\nlabels:\n- pairs: {a: b}\n")},
		"a component with a base":             {as: true, change: map[string]string{"part/kustomization.yaml": componentHead + "resources: [more]\n", "part/more/kustomization.yaml": "resources: [policy.yaml]\n"}},
		"a component without resources":       {as: true, change: part("resources: []\n")},
		"a component's file that is not":      {as: true, change: part("resources: [none.yaml]\n")},
		"a component's file that is broken":   {as: true, change: map[string]string{"part/settings.yaml": "a: [\n"}},
		"a component that is a kustomization": {as: true, change: map[string]string{"part/kustomization.yaml": "resources: [settings.yaml]\n"}},
		"a kustomization among two":           {as: true, change: map[string]string{"part/Kustomization": componentHead}},
		"an entry that is no text":            {as: true, change: over("resources: [1.0]\ncomponents: [../part]\n")},
		"an entry that YAML 1.1 reads":        {as: true, change: map[string]string{"over/kustomization.yaml": "resources: [yes]\ncomponents: [../part]\n", "over/yes": web, "over/true": web}},
		"an anchor":                           {as: true, change: over("resources: &r [web.yaml]\ncomponents: [../part]\ncommonAnnotations: {a: &a b, c: *a}\n")},
		"a field twice":                       {as: true, change: over("resources: [web.yaml]\ncomponents: [../part]\nresources: [web.yaml]\n")},
		"a component behind a symlink":        {as: true, change: map[string]string{"over/kustomization.yaml": "components: [../alias]\n", "alias": "link to part"}},
		"the component's file is made":        {as: true, made: map[string]string{"part/kustomization.yaml": componentHead + "resources: [settings.yaml]\n"}},
		"the kustomization over it is made":   {made: over("components: [../part]\n")},
		"a patch that deletes what it brings": {change: over("resources: [web.yaml]\ncomponents: [../part]\npatches:\n- {patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, $patch: delete}'}\n")},
		"a generator in a base with it":       {as: true, change: map[string]string{"over/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": "components: [../part]\nconfigMapGenerator:\n- {name: made, literals: [x=y]}\n"}},
		"a list among a component's objects":  {as: true, change: map[string]string{"over/kustomization.yaml": "components: [../part]\nsecretGenerator:\n- {name: made, literals: [x=y]}\n", "part/settings.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}\n"}},
		"variables":                           {as: true, change: over("components: [../part]\nvars: []\n")},
		"a component in a base":               {change: map[string]string{"over/kustomization.yaml": "resources: [../base]\nnameSuffix: -z\n", "base/kustomization.yaml": "components: [../part]\nnamespace: b\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			forgetFlats()
			files := maps.Clone(withComponent)
			maps.Copy(files, tt.change)
			within(t, files, func(views *sandbox.Files) {
				want, _ := buildOf(views, tt.made, false)
				got, used := buildOf(views, tt.made, true)
				if used == tt.as {
					t.Errorf("used: %v", used)
				}
				if used && got.err != "" && want.err != "" {
					return // it is built again
				}
				got.err, want.err = pointers.ReplaceAllString(got.err, ""), pointers.ReplaceAllString(want.err, "")
				if !reflect.DeepEqual(got, want) {
					t.Errorf("inlined: %v\n%s\n%s\nas ever:\n%s\n%s", used, got.err, got.text, want.err, want.text)
				}
			})
		})
	}
}

var pointers = regexp.MustCompile(`0x[0-9a-f]+`)

// TestInlinedComponentsInOrder: objects come in Kustomize's order, also where one of the
// last is taken out again.
func TestInlinedComponentsInOrder(t *testing.T) {
	for name, patch := range map[string]string{
		"as they are":         "",
		"one brought is gone": "patches:\n- {patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, $patch: delete}'}\n",
		"one made is gone":    "patches:\n- {patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, $patch: delete}'}\n",
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(withComponent)
			files["over/kustomization.yaml"] += "\n" + patch
			within(t, files, func(views *sandbox.Files) {
				var got, want []string
				for out, build := range map[*[]string]func(*FS, string, krusty.ReorderOption) ([]*resource.Resource, error){&got: Build, &want: run} {
					objects, err := build(NewFS(views), path.Join(Mount, "over"), krusty.ReorderOptionNone)
					if err != nil {
						t.Fatal(err)
					}
					for _, o := range objects {
						*out = append(*out, o.CurId().String())
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			})
		})
	}
}
