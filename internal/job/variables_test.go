package job_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestAVariableMayHoldIt puts a variable that cannot be seen in the place of one value or
// block after another (every fifth, or all with VARIABLES set). Whatever stood there may be
// in it: no check may say of it what it did not say before.
func TestAVariableMayHoldIt(t *testing.T) {
	world, err := os.ReadFile("testdata/variables/world.yaml")
	if err != nil {
		t.Fatal(err)
	}
	plain := inCluster(t, world)
	docs := documents(world)
	every, count := 5, 0 // all of them take half a minute
	if os.Getenv("VARIABLES") != "" {
		every = 1
	}
	for d, doc := range docs {
		for _, n := range inside(doc.Content[0], "") {
			if n.path == "/spec" && kindOf(doc) == "Kustomization" {
				continue // nothing is left of it to be followed
			}
			if count++; count%every != 0 {
				continue
			}
			before := *n.node
			*n.node = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: "${NOT_SEEN}"}
			changed := written(t, docs)
			*n.node = before
			said := inCluster(t, changed)
			for _, what := range slices.Sorted(maps.Keys(said)) {
				if !plain[what] && !strings.Contains(what, "render-failed") {
					t.Errorf("document %d, %s: %s", d, n.path, what)
				}
			}
		}
	}
}

type inner struct {
	node *yaml.Node
	path string
}

// inside lists what a document holds but what names an object.
func inside(n *yaml.Node, path string) (out []inner) {
	for i := range n.Content {
		at := path
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0:
			continue
		case n.Kind == yaml.MappingNode:
			at += "/" + n.Content[i-1].Value
		default:
			at += fmt.Sprint("/", i)
		}
		if !slices.Contains([]string{"/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace"}, at) {
			out = append(out, inner{n.Content[i], at})
		}
		out = append(out, inside(n.Content[i], at)...)
	}
	return out
}

func kindOf(doc *yaml.Node) string {
	var fields struct{ Kind string }
	_ = doc.Decode(&fields)
	return fields.Kind
}

func documents(text []byte) (out []*yaml.Node) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if d.Decode(&n) != nil {
			return out
		}
		out = append(out, &n)
	}
}

func written(t *testing.T, docs []*yaml.Node) []byte {
	var b bytes.Buffer
	for _, n := range docs {
		text, err := yaml.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n")
		b.Write(text)
	}
	return b.Bytes()
}

const entry = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/acme/fleet", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`

const apps = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}, postBuild: {substituteFrom: [{kind: Secret, name: vars}]}}
`

// inCluster reviews and audits what comes new into a cluster, and gives what is said.
func inCluster(t *testing.T, head []byte) map[string]bool {
	t.Helper()
	tree := func(world string) map[string]string {
		return map[string]string{"clusters/prod/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n", "clusters/prod/flux-system/gotk-sync.yaml": entry, "clusters/prod/apps.yaml": apps,
			"apps/none.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: none, namespace: none}\ndata: {v: \"${NOT_SEEN}\"}\n", "apps/world.yaml": world, "child/kustomization.yaml": "resources: [cm.yaml]\n", "child/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: child}\n"}
	}
	runner := sandbox.InProcess(engine.Handlers())
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: checks.All}
	was := tree("")
	delete(was, "apps/world.yaml")
	report, err := r.Review(t.Context(), job.Change{BaseSHA: "0", MergeBase: "0", HeadSHA: "1", Scope: "test", Governance: job.Governance{Gate: review.Standard},
		AsOf: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Base: modeltest.Tree(was), Head: modeltest.Tree(tree(string(head)))})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range report.Findings {
		if f.Status == review.Unknown {
			continue
		}
		object := ""
		if f.Object != nil {
			object = f.Object.String()
		}
		out[fmt.Sprintf("%s %s %s %s", f.Check, f.Status, object, f.Title)] = true
	}
	return out
}
