package kustomize

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// crowd are more objects than one part has, of kinds that a build sorts.
func crowd(n int, more ...string) string {
	var docs []string
	for i := range n {
		switch i % 5 {
		case 0:
			docs = append(docs, fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d%d # a name\nspec:\n  selector: {matchLabels: {app: d%d}}\n  template:\n    metadata: {labels: {app: d%d}}\n    spec: {containers: [{name: c, image: \"example.com/web:1\", envFrom: [{configMapRef: {name: c%d}}]}], serviceAccountName: s%d}\n", i, i, i, i-4, i+2))
		case 1:
			docs = append(docs, fmt.Sprintf("# about it\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: n%d}\ndata:\n  text: |\n    one\n\n    two\n  more: |+\n    three\n\n", i, i%3))
		case 2:
			docs = append(docs, fmt.Sprintf("{apiVersion: v1, kind: ServiceAccount, metadata: {name: s%d}}\n", i))
		case 3:
			docs = append(docs, fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: n%d}\n", i))
		case 4:
			docs = append(docs, fmt.Sprintf("kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: b%d}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: s%d, namespace: default}]\n", i, i-2))
		}
	}
	half := len(docs) / 2
	docs = append(append(append([]string{}, docs[:half]...), more...), docs[half:]...)
	return strings.Join(docs, "---\n")
}

const setting = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: b}\n"

func utf16le(s string) string {
	out := "\xff\xfe"
	for _, c := range utf16.Encode([]rune(s)) {
		out += string([]byte{byte(c), byte(c >> 8)})
	}
	return out
}

// TestParts: whatever is built in parts is what one build gives, in its order, and
// asks the tree for the same; where it could be another, nothing is built in parts.
func TestParts(t *testing.T) {
	list := "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l2}}\n"
	plain := map[string]string{
		"over/kustomization.yaml": "resources: [all.yaml, list.yaml, ../base, empty.yaml]\nlabels:\n- pairs: {part-of: shop}\n  includeSelectors: true\n- pairs: {tier: web}\n  includeTemplates: true\ncommonAnnotations: {note: \"1.0\"}\nimages:\n- {name: example.com/web, newTag: \"2\"}\n",
		"over/all.yaml":           crowd(80),
		"over/list.yaml":          list,
		"over/empty.yaml":         "# nothing\n",
		"base/kustomization.yml":  "resources: [more.yaml]\ncommonLabels: {base: \"yes\"}\n",
		"base/more.yaml":          strings.ReplaceAll(crowd(30), "name: ", "name: m-"),
	}
	with := func(doc string) map[string]string { return map[string]string{"over/all.yaml": crowd(80, doc)} }
	over := func(fields string) map[string]string {
		return map[string]string{"over/kustomization.yaml": "resources: [all.yaml, list.yaml, ../base]\n" + fields}
	}
	for name, tt := range map[string]struct {
		change map[string]string
		made   map[string]string
		whole  bool // it is not for parts
	}{
		"labels, annotations, images, a base, a list alone": {},
		"nothing but files":                     {change: over("")},
		"a kustomization that is made up":       {made: map[string]string{"over/kustomization.yaml": string(Over([]string{"all.yaml", "../base/more.yaml"}))}},
		"line ends of Windows":                  {change: map[string]string{"over/all.yaml": strings.ReplaceAll(crowd(80), "\n", "\r\n")}},
		"a comment behind the separator":        {change: map[string]string{"over/all.yaml": strings.ReplaceAll(crowd(80), "---\n", "--- # next\n")}},
		"two separators, and one at either end": {change: map[string]string{"over/all.yaml": "---\n" + strings.ReplaceAll(crowd(80), "---\n", "---\n---\n---\n") + "---\n"}},
		"no line end at the end":                {change: map[string]string{"over/all.yaml": strings.TrimRight(crowd(81), "\n")}},
		"an anchor and its aliases":             {change: with("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n anchored}\ndata: &d {a: *n}\nbinaryData: {<<: *d}\n")},
		"List as a word":                        {change: with("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {AllowList: a List}\n")},
		"a backslash":                           {change: with("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {a: \"\\n\"}\n")},
		"ids that the order takes for one":      {change: with(fmt.Sprintf(setting, "tie") + "---\n" + fmt.Sprintf(setting, "tie, namespace: \"~X\""))},
		"a Namespace of another group":          {change: with("apiVersion: example.org/v1\nkind: Namespace\nmetadata: {name: other}\n")},
		"a kind that sorts last":                {change: with("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: w}\n")},
		"folded and quoted text":                {change: with("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  a: >-\n    one\n    two\n  b: 'x'\n  c: !!str 5\n  d: 0x10\n")},
		"a symlink":                             {change: map[string]string{"over/all.yaml": "link to ../base/more.yaml", "over/kustomization.yaml": "resources: [all.yaml, list.yaml]\n", "base/more.yaml": crowd(80)}},
		"a list among others":                   {change: with(list), whole: true},
		"a list whose kind is escaped":          {change: with(strings.Replace(list, "kind: List", `kind: "Li\x73t"`, 1)), whole: true},
		"a list of a kind":                      {change: with("apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l3}}\n"), whole: true},
		"an id twice":                           {change: with(fmt.Sprintf(setting, "m-c1, namespace: n1")), whole: true},
		"an id twice, by the default namespace": {change: with(fmt.Sprintf(setting, "l1, namespace: default")), whole: true},
		"a file twice":                          {change: map[string]string{"base/kustomization.yml": "resources: [more.yaml, ../over/all.yaml]\n"}, whole: true},
		"a base twice":                          {change: map[string]string{"over/kustomization.yaml": "resources: [../base, all.yaml, ../base]\n"}, whole: true},
		"an object of the build alone":          {change: with(fmt.Sprintf(setting, "local, annotations: {config.kubernetes.io/local-config: \"true\"}")), whole: true},
		"an object of the build alone, twice":   {change: with(strings.Repeat("---\n"+fmt.Sprintf(setting, "local, annotations: {config.kubernetes.io/local-config: \"true\"}"), 2)), whole: true},
		"an object that wants a hash":           {change: with(fmt.Sprintf(setting, "hashed, annotations: {kustomize.config.k8s.io/needs-hash: \"true\"}")), whole: true},
		"an object that wants a hash, escaped":  {change: with(fmt.Sprintf(setting, `hashed, annotations: {"kustomize.con\x66ig.k8s.io/needs-hash": "true"}`)), whole: true},
		"an object that remembers another name": {change: with(fmt.Sprintf(setting, `renamed, annotations: {internal.config.kubernetes.io/previousNames: c1, internal.config.kubernetes.io/previousNamespaces: default, internal.config.kubernetes.io/previousKinds: ConfigMap}`)), whole: true},
		"all objects remember another name":     {change: over("commonAnnotations: {internal.config.kubernetes.io/previousNames: c1, internal.config.kubernetes.io/previousNamespaces: default, internal.config.kubernetes.io/previousKinds: ConfigMap}\n"), whole: true},
		"the same, escaped":                     {change: over(`commonAnnotations: {"internal.conf\x69g.kubernetes.io/previousNames": c1}` + "\n"), whole: true},
		"the same, by an alias":                 {change: over("metadata: {name: &p internal.config.kubernetes.io/previousNames}\ncommonAnnotations: {*p : c1}\n"), whole: true},
		"a label that writes elsewhere":         {change: over("labels:\n- pairs: {name: x}\n  fields: [{path: metadata, kind: Namespace}]\n"), whole: true},
		"a label by an alias":                   {change: over("metadata: {annotations: &l {pairs: {name: x}, fields: [{path: metadata, kind: Namespace}]}}\nlabels: [*l]\n"), whole: true},
		"UTF-16":                                {change: map[string]string{"over/list.yaml": utf16le(fmt.Sprintf(setting, `hashed, annotations: {kustomize.config.k8s.io/needs-hash: "true"}`))}, whole: true},
		"text behind the separator":             {change: map[string]string{"over/all.yaml": strings.Replace(crowd(80), "---\n", "--- text\n", 1)}, whole: true},
		"an item that is null":                  {change: with("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [null]}\n")},
		"an object without a name":              {change: with("apiVersion: v1\nkind: Service\nspec: {}\n"), whole: true},
		"no YAML":                               {change: with("a: [\n"), whole: true},
		"a file that is not there":              {change: map[string]string{"base/kustomization.yml": "resources: [more.yaml, gone.yaml]\n"}, whole: true},
		"a circle":                              {change: map[string]string{"base/kustomization.yml": "resources: [more.yaml, ../over]\n"}, whole: true},
		"a namespace":                           {change: over("namespace: team\n"), whole: true},
		"a prefix":                              {change: over("namePrefix: a-\n"), whole: true},
		"a prefix in the base":                  {change: map[string]string{"base/kustomization.yml": "resources: [more.yaml]\nnameSuffix: -b\n"}, whole: true},
		"replicas":                              {change: over("replicas: [{name: d0, count: 3}]\n"), whole: true},
		"a patch":                               {change: over("patches:\n- {target: {kind: Deployment}, patch: '[{op: add, path: /spec/paused, value: true}]'}\n"), whole: true},
		"a generator":                           {change: over("configMapGenerator: [{name: made, literals: [a=b]}]\n"), whole: true},
		"a replacement":                         {change: over("replacements:\n- source: {kind: Deployment, name: d0, fieldPath: metadata.name}\n  targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.a]}]\n"), whole: true},
		"an order":                              {change: over("sortOptions: {order: fifo}\n"), whole: true},
		"a component":                           {change: map[string]string{"over/kustomization.yaml": "resources: [all.yaml]\ncomponents: [../part]\n", "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"}, whole: true},
		"origins":                               {change: over("buildMetadata: [originAnnotations]\n"), whole: true},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(plain)
			maps.Copy(files, tt.change)
			for _, order := range []krusty.ReorderOption{krusty.ReorderOptionNone, krusty.ReorderOptionUnspecified} {
				within(t, files, func(view *sandbox.Files) {
					build := func(parts bool) (out built, asked *sandbox.Heard, ok bool) {
						fsys := NewFS(view)
						for p, content := range tt.made {
							fsys.Made[p] = []byte(content)
						}
						asked, end := view.Hear()
						defer end()
						var objects []*resource.Resource
						var err error
						if parts {
							objects, ok = fsys.inParts(path.Join(Mount, "over"), order)
						} else if objects, err = run(fsys, path.Join(Mount, "over"), order); err != nil {
							out.err = err.Error()
						}
						for _, r := range objects {
							out.text += fmt.Sprintln(r.MustString())
						}
						out.origins = fsys.Origins
						return out, asked, ok
					}
					got, again, ok := build(true)
					if ok == tt.whole {
						t.Fatalf("in parts: %v", ok)
					}
					if tt.whole {
						return
					}
					want, asked, _ := build(false)
					switch {
					case !reflect.DeepEqual(got, want):
						t.Errorf("in parts:\n%s\nthe whole:\n%s%s", got.text, want.text, want.err)
					case !reflect.DeepEqual(asked, again):
						t.Errorf("the tree was asked for other files")
					}
				})
			}
		})
	}
}

// TestManyObjectsAreBuiltInParts: a build takes to parts by itself where there are many
// objects, which takes a tenth of the time, and where they fail its error is that of
// the whole.
func TestManyObjectsAreBuiltInParts(t *testing.T) {
	build := func(all string, how func(*FS, string, krusty.ReorderOption) ([]*resource.Resource, error)) (n int, took time.Duration, err error) {
		within(t, map[string]string{"over/kustomization.yaml": "resources: [all.yaml]\n", "over/all.yaml": all}, func(view *sandbox.Files) {
			start := time.Now()
			built, failed := how(NewFS(view), path.Join(Mount, "over"), krusty.ReorderOptionNone)
			n, took, err = len(built), time.Since(start), failed
		})
		return n, took, err
	}
	n, fast, err := build(crowd(1200), Build)
	if n != 1200 || err != nil {
		t.Fatal(n, err)
	}
	if _, slow, err := build(crowd(1200), run); err != nil || fast > slow/2 {
		t.Errorf("%v in parts, %v as a whole: %v", fast, slow, err)
	}
	if _, _, err = build(crowd(400, fmt.Sprintf(setting, "c1, namespace: n1")), Build); err == nil || !strings.Contains(err.Error(), "may not add resource with an already registered id: ConfigMap.v1.[noGrp]/c1.n1") {
		t.Errorf("an id twice: %v", err)
	}
	if _, _, err = build(crowd(400, "a: [\n"), Build); err == nil || !strings.Contains(err.Error(), "MalformedYAMLError") {
		t.Errorf("no YAML: %v", err)
	}
}
