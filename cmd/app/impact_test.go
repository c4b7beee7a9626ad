package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// cluster is one of a repository name that reads acme/shop at a ref.
func (w *world) cluster(name, cluster, ref, path string) map[string]string {
	u, err := url.Parse(w.url)
	w.ok(err)
	return map[string]string{
		"clusters/" + cluster + "/flux-system/gotk-sync.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "ssh://git@` + u.Hostname() + `/` + name + `", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/` + cluster + `, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`,
		"clusters/" + cluster + "/shop.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shop, namespace: flux-system}
spec: {interval: 1m, url: "ssh://git@` + u.Hostname() + `/acme/shop", ref: {` + ref + `}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {interval: 10m, path: ` + path + `, prune: true, sourceRef: {kind: GitRepository, name: shop}}
`,
	}
}

// addRepository makes a repository with one commit.
func (w *world) addRepository(name string, public bool, files ...map[string]string) {
	w.t.Helper()
	dir := w.t.TempDir()
	for _, some := range files {
		for name, content := range some {
			p := filepath.Join(dir, name)
			w.ok(os.MkdirAll(filepath.Dir(p), 0o755))
			w.ok(os.WriteFile(p, []byte(content), 0o644))
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-q", "-m", "one"}} {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	_, err := w.AddRepository(w.t.Context(), standin.NewRepository{Name: name, From: dir, Public: public})
	w.ok(err)
}

// known waits until Seaworthy knows the installation's repositories.
func (w *world) known() {
	w.t.Helper()
	w.ok(w.Announce(w.t.Context(), "acme/shop"))
	w.until("it looked at the repositories", func() bool { return w.Count(http.MethodGet, `/acme/shop/pulls$`) > 0 })
}

// listing makes acme/shop list its consumers.
func (w *world) listing(globs string) {
	w.t.Helper()
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nconsumers: [" + globs + "]\n"})
	w.push("main")
}

// impact waits until the check run of a head says what its change does elsewhere.
func (w *world) impact(head string) standin.CheckRun {
	w.t.Helper()
	var run standin.CheckRun
	w.until("the check run tells the impact", func() bool {
		for _, r := range w.runs(head) {
			if r.Status == "completed" && strings.Contains(r.Summary, "**Elsewhere**") && !strings.Contains(r.Summary, "is being looked at") {
				run = r
				return true
			}
		}
		return false
	})
	return run
}

// What a pull request does in other repositories is told in counts, after the verdict,
// which stays; by name only of those that everybody can read. Nothing that is sent to
// GitHub names another.
func TestImpactIsToldInCounts(t *testing.T) {
	w := newWorld(t)
	w.ok(w.SetPublic("acme/shop", true))
	w.listing(`"acme/*"`)
	w.addRepository("acme/vault", false, w.cluster("acme/vault", "hush", "branch: main", "./prod"), w.cluster("acme/vault", "still", "tag: v1", "./prod"))
	w.addRepository("acme/cellar", false, w.cluster("acme/cellar", "dungeon", "branch: main", "./base"), map[string]string{"clusters/dungeon/more.yaml": "resources: [\n"})
	w.addRepository("acme/window", true, w.cluster("acme/window", "glass", "branch: main", "./prod"))
	w.addRepository("acme/unrelated", false, map[string]string{"a/kustomization.yaml": "resources: []\n"})
	w.addRepository("other/cave", false, w.cluster("other/cave", "bats", "branch: main", "./prod"))
	w.start(w.withPages)
	w.known()
	w.Forget()
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	first := w.completed(head, 1)[0]
	run := w.impact(head)
	if run.ID != first.ID || run.Conclusion != "success" || len(w.runs(head)) != 1 {
		t.Errorf("the verdict did not stay: %+v, now %+v", first, run)
	}
	for _, want := range []string{"**3 of 4 clusters in 3 dependent repositories would change.**", "2 follow the branch", "1 is pinned elsewhere", "acme/window`, glass: 1 of 1 target would change"} {
		if !strings.Contains(run.Summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, run.Summary)
		}
	}
	if !strings.Contains(run.Title, "elsewhere 3 of 4 clusters would change") {
		t.Errorf("the title is %q", run.Title)
	}
	for _, r := range w.Requests() {
		for _, name := range []string{"vault", "hush", "still", "cellar", "dungeon", "unrelated", "cave", "bats"} {
			if strings.Contains(r.Body, name) && !strings.Contains(r.Path, "access_tokens") {
				t.Errorf("%s %s names %s:\n%s", r.Method, r.Path, name, r.Body)
			}
		}
	}
}
