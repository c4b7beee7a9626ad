package job_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// asked counts the tasks of each kind that a runner does.
type asked struct {
	sandbox.Runner
	mu    sync.Mutex // lines are asked for by several at once
	tasks map[string]int
}

func (a *asked) Do(ctx context.Context, t sandbox.Task) (sandbox.Result, error) {
	a.mu.Lock()
	a.tasks[t.Kind]++
	a.mu.Unlock()
	return a.Runner.Do(ctx, t)
}

// cachedTwice reviews an archive's change twice over one cache in a directory, and
// gives what the second review asked of the sandbox.
func cachedTwice(t *testing.T, a *txtar.Archive, dir string) map[string]int {
	t.Helper()
	var said [2]bytes.Buffer
	var tasks map[string]int
	for i := range said {
		cache, err := render.OpenCache(dir, "a build", 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		runner := &asked{Runner: sandbox.InProcess(engine.Handlers()), tasks: map[string]int{}}
		r := seen(t, a, runner, cache)
		r.Stats = review.Stats{}
		if err := report.JSON(&said[i], r); err != nil {
			t.Fatal(err)
		}
		tasks = runner.tasks
	}
	if said[0].String() != said[1].String() {
		t.Errorf("with everything cached it says something else:\n%s\nand without:\n%s", said[1].String(), said[0].String())
	}
	return tasks
}

func TestWhatIsCachedSaysTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/seen/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) { cachedTwice(t, a, t.TempDir()) })
	}
}

const twoOverlays = `
-- base/base/kustomization.yaml --
resources: [web.yaml]
-- base/base/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {level: info}
-- base/prod/kustomization.yaml --
resources: [../base]
namePrefix: prod-
-- base/test/kustomization.yaml --
resources: [../base]
namePrefix: test-
-- head/base/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {level: debug}
`

func TestAReviewThatIsCachedAsksTheSandboxNothing(t *testing.T) {
	if tasks := cachedTwice(t, txtar.Parse([]byte(twoOverlays)), t.TempDir()); len(tasks) > 0 {
		t.Errorf("it asks for %v", tasks)
	}
}

// TestNothingGoesToDiskThatTellsASecret: what an answer quotes of files, paths that a
// Secret's value may stand in, and marks of credentials are asked for again.
func TestNothingGoesToDiskThatTellsASecret(t *testing.T) {
	for name, tt := range map[string]struct{ kind, archive string }{
		"the mark of a credential": {"cleartext", `
-- base/app/kustomization.yaml --
resources: [secret.yaml]
-- base/app/secret.yaml --
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2hunter2}
-- head/app/secret.yaml --
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2hunter2hunter2}
`},
		"the content of a file that an experiment needs": {"locate", `
-- base/app/kustomization.yaml --
resources: [web.yaml]
# password: hunter2hunter2
patches:
- target: {kind: Deployment}
  patch: '[{"op": "replace", "path": "/spec/replicas", "value": 5}]'
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
-- base/app/web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1}
-- head/app/kustomization.yaml --
resources: [web.yaml]
# password: hunter2hunter2
patches:
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
`},
		"a path that a Secret's value stands in": {"locate", `
-- base/clusters/prod/flux-system/gotk-sync.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/prod, prune: true, interval: 1m, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: "https://github.com/acme/shop", interval: 1m, ref: {branch: main}}
-- base/clusters/prod/secret.yaml --
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: flux-system}
stringData: {WHERE: hunter2hunter2}
-- base/clusters/prod/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  interval: 1m
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: Secret, name: s}]}
-- base/apps/web.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  path: ./web
  prune: true
  interval: 1m
  sourceRef: {kind: GitRepository, name: flux-system}
  components: ["../${WHERE}"]
-- base/web/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data: {level: info}
-- head/web/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data: {level: debug}
`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tasks := cachedTwice(t, txtar.Parse([]byte(tt.archive)), dir); tasks[tt.kind] == 0 {
				t.Error("it was not asked for again")
			}
			err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				content, err := os.ReadFile(path)
				if bytes.Contains(content, []byte("hunter2")) {
					t.Errorf("%s holds it: %q", path, content)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
