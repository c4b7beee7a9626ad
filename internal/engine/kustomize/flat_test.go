package kustomize

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

type contents map[string]string

func (c contents) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		out[id] = []byte(c[id])
	}
	return out, nil
}

// within does something with a task's files.
func within(t *testing.T, files map[string]string, do func(*sandbox.Files)) {
	t.Helper()
	entries := make([]model.Entry, 0, len(files))
	for name, content := range files {
		if to, ok := strings.CutPrefix(content, "link to "); ok {
			entries = append(entries, model.Entry{Path: name, ID: name, Mode: model.Symlink, Link: to})
			continue
		}
		entries = append(entries, model.Entry{Path: name, ID: name})
	}
	run := sandbox.InProcess(sandbox.Handlers{"do": func(_ json.RawMessage, views []*sandbox.Files) (any, error) {
		do(views[0])
		return nil, nil
	}})
	if _, err := run.Do(t.Context(), sandbox.Task{Kind: "do", Trees: []*model.Tree{model.NewTree("", entries, contents(files))}}); err != nil {
		t.Fatal(err)
	}
}

// built is a build's output, or its error, and what it noted on the way.
type built struct {
	text, err string
	origins   map[[32]byte]string
}

func buildOf(files *sandbox.Files, made map[string]string, flat bool) (out built, used bool) {
	fsys := NewFS(files)
	for p, content := range made {
		fsys.Made[p] = []byte(content)
	}
	f := &flattening{allowed: map[string]bool{}, refused: map[string]bool{}, off: !flat}
	build := func() {
		m, err := run(fsys, path.Join(Mount, "over"), krusty.ReorderOptionNone)
		if err != nil {
			out.err = err.Error()
			return
		}
		if f.late != nil {
			m, _ = f.late.inOrder(m)
		}
		for _, r := range m {
			out.text += fmt.Sprintln(r.MustString())
		}
	}
	fsys.flattening = f
	build()
	out.origins = fsys.Origins
	return out, f.used
}

func forgetFlats() {
	flats.Lock()
	defer flats.Unlock()
	flats.uses, flats.bases, flats.bytes = map[string]int{}, map[string][]*base{}, 0
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the name
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:1.10
        args: ["--ratio=1.0", "yes", '1e3', 0x10, 1_000, null, ~]
        env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: a}}}]
`

var plainBase = map[string]string{
	"base/kustomization.yaml": "resources: [web.yaml, more]\nlabels:\n- pairs: {part-of: shop}\n  includeSelectors: true\nreplicas:\n- {name: web, count: 3}\ncommonAnnotations: {note: \"true\"}\n",
	"base/web.yaml":           web,
	"base/more/Kustomization": "resources: [all.yaml]\n",
	"base/more/all.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  a: |\n    one\n\n      two\n  b: \"1.10\"\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}\n",
	"over/kustomization.yaml": "namespace: team\nnamePrefix: a-\nresources: [../base]\nconfigMapGenerator:\n- {name: made, literals: [x=y], files: [f.txt]}\npatches:\n- {patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 5}}'}\n",
	"over/f.txt":              "text",
}

// TestFlatBases: whatever a repository has, builds with flat bases give what builds
// without give, and note the same.
func TestFlatBases(t *testing.T) {
	for name, tt := range map[string]struct {
		change map[string]string // of plainBase; "" removes
		made   map[string]string
		flat   string // the directories that could be taken as files
		unused bool   // and are not
	}{
		"labels, replicas, annotations, a base in the base": {flat: "base"},
		"a component over it": {flat: "base", change: map[string]string{"over/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\n",
			"part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"}},
		"replacements":                         {flat: "base", change: map[string]string{"over/kustomization.yaml": "resources: [../base]\nreplacements:\n- source: {kind: ConfigMap, name: settings, fieldPath: data.b}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [metadata.annotations.b]\n    options: {create: true}\n"}},
		"a base that sets an image":            {flat: "base/more", change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml, more]\nimages:\n- {name: example.com/web, newTag: \"1.20\"}\n"}},
		"a component among the resources":      {change: map[string]string{"base/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [web.yaml]\n"}},
		"a base that patches":                  {change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml]\npatches:\n- {patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}'}\n"}},
		"a base with a prefix":                 {flat: "base/more", change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml, more]\nnamePrefix: b-\n"}},
		"a base with a namespace":              {flat: "base/more", change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml, more]\nnamespace: b\n"}},
		"an object with a namespace":           {flat: "base/more", change: map[string]string{"base/web.yaml": strings.Replace(web, "name: web # the name", "name: web\n  namespace: n", 1)}},
		"a base that generates":                {change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n- {name: settings, literals: [a=b]}\n"}},
		"an object that wants a hash":          {change: map[string]string{"base/more/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {kustomize.config.k8s.io/needs-hash: \"true\"}}\n"}},
		"an object that wants a hash, escaped": {change: map[string]string{"base/more/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {\"kustomize.con\\x66ig.k8s.io/needs-hash\": \"true\"}}\n"}},
		"objects that remember another name": {flat: "base/more", change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml, more]\ncommonAnnotations: {internal.config.kubernetes.io/previousNames: old, internal.config.kubernetes.io/previousNamespaces: default, internal.config.kubernetes.io/previousKinds: ConfigMap}\n",
			"base/web.yaml": strings.Replace(web, "name: settings", "name: old", 1)}},
		"an object of the build alone":    {change: map[string]string{"base/more/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {config.kubernetes.io/local-config: \"true\"}}\n"}},
		"origins are asked for":           {change: map[string]string{"over/kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]\n"}},
		"variables":                       {change: map[string]string{"over/kustomization.yaml": "resources: [../base]\nvars:\n- {name: V, objref: {apiVersion: v1, kind: ConfigMap, name: settings}}\n"}},
		"transformers":                    {change: map[string]string{"over/kustomization.yaml": "resources: [../base]\ntransformers: [t.yaml]\n", "over/t.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]\n"}},
		"an anchor in the kustomization":  {change: map[string]string{"over/kustomization.yaml": "resources: &r [../base]\ncomponents: []\n"}, flat: "base"},
		"the base twice":                  {change: map[string]string{"over/kustomization.yaml": "resources: [../base, ../base]\n"}, flat: "base base/more"},
		"a base that is broken":           {change: map[string]string{"base/web.yaml": "a: [\n"}},
		"a base that is empty":            {change: map[string]string{"base/kustomization.yaml": "{}\n"}},
		"a base that names a way back":    {change: map[string]string{"base/kustomization.yaml": "resources: [web.yaml, ../over]\n"}},
		"a base above it":                 {change: map[string]string{"over/kustomization.yaml": "resources: [in/side]\n", "over/in/side/kustomization.yaml": "resources: [../../../top]\n", "top/kustomization.yaml": "resources: [../over/in, ../base/more]\n", "over/in/kustomization.yaml": "resources: [c.yaml]\n", "over/in/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"}, flat: "over/in top", unused: true},
		"an ambiguous path":               {change: map[string]string{"over/kustomization.yaml": "resources: [x..y/../../base]\n"}},
		"a generator that names the base": {flat: "base/more", change: map[string]string{"over/kustomization.yaml": "resources: [../base]\nconfigMapGenerator:\n- {name: made, files: [k=../base]}\n"}},
		"a base behind a symlink":         {change: map[string]string{"over/kustomization.yaml": "resources: [../alias]\n", "alias": "link to base"}, flat: "alias"},
		"a file of it is replaced":        {flat: "base base/more", made: map[string]string{"base/web.yaml": strings.Replace(web, "replicas: 2", "replicas: 9", 1)}},
		"the kustomization over it is":    {made: map[string]string{"over/kustomization.yaml": "resources: [../base]\nnamePrefix: made-\n"}, flat: "base"},
		"numbers, dates and folded text":  {flat: "base", change: map[string]string{"base/more/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  a: >\n    one\n    two\n\n    three\n  b: 2001-01-01\n  c: 1.0\n  d: 0o17\n  \"e\": !!str 5\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			forgetFlats()
			files := maps.Clone(plainBase)
			maps.Copy(files, tt.change)
			var used bool
			for i := range flatAfter + 3 {
				within(t, files, func(views *sandbox.Files) {
					want, _ := buildOf(views, tt.made, false)
					got, u := buildOf(views, tt.made, true)
					if used = u; u && got.err != "" {
						return // it is built again
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("build %d, flat: %v\n%s\n%s\nas ever:\n%s\n%s", i, u, got.err, got.text, want.err, want.text)
					}
				})
			}
			var flat []string
			for dir, versions := range flats.bases {
				if versions[0].text != nil {
					flat = append(flat, dir)
				}
			}
			slices.Sort(flat)
			if got := strings.Join(flat, " "); got != tt.flat || used != (got != "" && !tt.unused) {
				t.Errorf("%q is flat, used: %v", got, used)
			}
		})
	}
}

func TestPlainPath(t *testing.T) {
	for _, entry := range []string{"base", "../base", "../../a/b-c/d_e.f/", "./base", "bases/1"} {
		if !plainPath(entry) {
			t.Errorf("%q is none", entry)
		}
	}
	for _, entry := range []string{"", ".", "..", "/base", "github.com/acme/base", "../GitHub.com/acme/base", "git::base", "user@host/base", "https://host/base", "a/../b", "a..b/c", "a//b", "base?ref=x", "a b", ".hidden"} {
		if plainPath(entry) {
			t.Errorf("%q is one", entry)
		}
	}
}

// TestAFlatBaseIsOfItsFilesAlone: another task's files are others, and a build that
// fails says what it says without flat bases.
func TestAFlatBaseIsOfItsFilesAlone(t *testing.T) {
	forgetFlats()
	build := func(files map[string]string) (out string) {
		within(t, files, func(views *sandbox.Files) {
			m, err := Build(NewFS(views), path.Join(Mount, "over"), krusty.ReorderOptionNone)
			if err != nil {
				out = err.Error()
				return
			}
			for _, r := range m {
				out += r.MustString()
			}
		})
		return out
	}
	for range flatAfter + 2 {
		build(plainBase)
	}
	other := maps.Clone(plainBase)
	other["base/more/all.yaml"] = strings.Replace(other["base/more/all.yaml"], "1.10", "1.30", 1)
	if out := build(other); !strings.Contains(out, "1.30") {
		t.Errorf("another task had this one's base:\n%s", out)
	}
	if out := build(plainBase); !strings.Contains(out, "1.10") {
		t.Errorf("the first is lost:\n%s", out)
	}
	twice := maps.Clone(plainBase)
	twice["over/kustomization.yaml"] = "resources: [../base, ../base]\n"
	if out := build(twice); !strings.Contains(out, "recursed merging from path") {
		t.Errorf("the error is not the one of the author's files: %s", out)
	}
	gone := maps.Clone(plainBase)
	delete(gone, "base/web.yaml")
	if out := build(gone); !strings.Contains(out, "base/web.yaml") {
		t.Errorf("a file that is gone: %s", out)
	}
	if n := len(flats.bases["base"]); n < 2 || n > flatVersions {
		t.Errorf("%d bases are kept", n)
	}
}
