package job_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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
	world, err := os.ReadFile("testdata/variables/world.jsonl") // an object a line
	if err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for line := range bytes.Lines(world) {
		var o map[string]any
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	plain := inCluster(t, written(t, objects))
	every, count := 5, 0 // all of them take half a minute
	if os.Getenv("VARIABLES") != "" {
		every = 1
	}
	for _, o := range objects {
		for _, p := range places(o, "") {
			if p.path == "/spec" && o["kind"] == "Kustomization" {
				continue // nothing is left of it to be followed
			}
			if count++; count%every != 0 {
				continue
			}
			was := p.set("${NOT_SEEN}")
			said := inCluster(t, written(t, objects))
			p.set(was)
			for _, what := range slices.Sorted(maps.Keys(said)) {
				if !plain[what] && !strings.Contains(what, "render-failed") {
					t.Errorf("%s, %s: %s", o["kind"], p.path, what)
				}
			}
		}
	}
}

// place is a value inside an object.
type place struct {
	path string
	set  func(any) (was any)
}

// places lists what an object holds but what names it.
func places(value any, path string) (out []place) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := path + "/" + key
			if !slices.Contains([]string{"/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace"}, at) {
				out = append(out, place{at, func(to any) any { was := v[key]; v[key] = to; return was }})
			}
			out = append(out, places(v[key], at)...)
		}
	case []any:
		for i := range v {
			at := fmt.Sprint(path, "/", i)
			out = append(out, place{at, func(to any) any { was := v[i]; v[i] = to; return was }})
			out = append(out, places(v[i], at)...)
		}
	}
	return out
}

func written(t *testing.T, objects []map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, o := range objects {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n%s\n", text)
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
