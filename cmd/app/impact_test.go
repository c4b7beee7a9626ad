package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// consumers makes acme/shop public and lets repositories of three accounts of trust
// use it.
func (w *world) consumers() {
	w.t.Helper()
	w.ok(w.SetPublic("acme/shop", true))
	w.listing(`"acme/*"`)
	w.addRepository("acme/vault", false, w.cluster("acme/vault", "hush", "branch: main", "./prod"), w.cluster("acme/vault", "still", "tag: v1", "./prod"))
	w.addRepository("acme/cellar", false, w.cluster("acme/cellar", "dungeon", "branch: main", "./base"), map[string]string{"clusters/dungeon/more.yaml": "resources: [\n"})
	w.addRepository("acme/window", true, w.cluster("acme/window", "glass", "branch: main", "./prod"))
	w.addRepository("acme/unrelated", false, map[string]string{"a/kustomization.yaml": "resources: []\n"})
	w.addRepository("acme/hermit", false, w.cluster("acme/hermit", "hut", "branch: main", "./prod"), map[string]string{".github/seaworthy.yaml": "version: 1\nimpact: false\n"})
	w.addRepository("acme/well", false, w.cluster("acme/well", "deep", "branch: main", "./prod"))
	w.addRepository("other/cave", false, w.cluster("other/cave", "bats", "branch: main", "./prod"))
	w.fail(standin.Fault{Status: http.StatusForbidden, Times: 1 << 20}, `/acme/well\.git/`)
}

// secrets are what nobody may be told who cannot read the private ones.
var secrets = []string{"vault", "hush", "still", "cellar", "dungeon", "unrelated", "well", "deep", "cave", "bats", "hermit", "hut"}

// names reports what a text tells that it must not.
func names(text string) (out []string) {
	for _, name := range secrets {
		if regexp.MustCompile(`\b` + name + `\b`).MatchString(text) {
			out = append(out, name)
		}
	}
	return out
}

// What a pull request does in other repositories is told in counts, after the verdict,
// which stays; by name only of those that everybody can read. Nothing that is sent to
// GitHub names another, nor does a page for who cannot read it.
func TestImpactIsToldInCounts(t *testing.T) {
	w := newWorld(t)
	w.consumers()
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
	for _, want := range []string{"**3 of 4 clusters in 3 dependent repositories would change.**", "2 follow the branch", "1 is pinned elsewhere",
		"Of 1 of them it cannot be told", "1 further repository could not be read or rendered", "acme/window`, glass: 1 of 1 target would change"} {
		if !strings.Contains(run.Summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, run.Summary)
		}
	}
	if !strings.Contains(run.Title, "elsewhere 3 of 4 clusters would change") {
		t.Errorf("the title is %q", run.Title)
	}
	sent := 0
	for _, r := range w.Requests() {
		if r.Body == "" || strings.HasSuffix(r.Path, "/access_tokens") { // that a token is for a repository is for GitHub alone
			continue
		}
		sent++
		if told := names(r.Body); told != nil {
			t.Errorf("%s %s names %v:\n%s", r.Method, r.Path, told, r.Body)
		}
	}
	if sent < 3 {
		t.Errorf("only %d bodies were looked at", sent)
	}

	w.ok(w.SetRole("acme/window", "octocat", "read"))
	b := newBrowser(t)
	status, _, page := b.get(run.DetailsURL + "/elsewhere")
	if told := names(page); status != http.StatusOK || told != nil {
		t.Errorf("%d, it names %v to who cannot read them:\n%s", status, told, page)
	}
	if !strings.Contains(page, "3 of 4 clusters") || !strings.Contains(page, "acme/window") || !strings.Contains(page, "3 repositories that you cannot read") {
		t.Errorf("the page says\n%s", page)
	}
	if _, _, review := b.get(run.DetailsURL); !strings.Contains(review, "/elsewhere\">") {
		t.Error("the review's page does not lead there")
	}
	for id := range 14 {
		status, _, page := b.get(fmt.Sprintf("%s/elsewhere/%d", run.DetailsURL, id))
		if told := names(page); told != nil || status == http.StatusOK && !strings.Contains(page, "acme/window") {
			t.Errorf("the impact %d: %d, and names %v", id, status, told)
		}
	}

	w.SignInAs("warden")
	w.ok(w.SetRole("acme/shop", "warden", "read"))
	w.ok(w.SetRole("acme/vault", "warden", "read"))
	b = newBrowser(t)
	_, _, page = b.get(run.DetailsURL + "/elsewhere")
	for _, want := range []string{"acme/vault", "hush: 1 of 1 target would change, when this is merged", "still: 1 of 1 target would change, when it moves to this commit"} {
		if !strings.Contains(page, want) {
			t.Errorf("who can read it is not told %q:\n%s", want, page)
		}
	}
	link := regexp.MustCompile(`acme/vault</td>.*?href="([^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("it leads to no diff:\n%s", page)
	}
	if status, _, diff := b.get(w.app + link[1]); status != http.StatusOK || !strings.Contains(diff, "acme/vault") || !strings.Contains(diff, `<mark><span class="m">5</span></mark>`) {
		t.Errorf("%d, the diff is not there:\n%.2000s", status, diff)
	}
}

// A repository that was seen to read another is looked at although nobody lists it.
func TestImpactOnWhatWasSeen(t *testing.T) {
	w := newWorld(t)
	w.ok(w.SetPublic("acme/shop", true))
	w.addRepository("acme/vault", false, w.cluster("acme/vault", "hush", "branch: main", "./prod"))
	w.start()
	w.known()
	dir, err := w.GitDir("acme/vault")
	w.ok(err)
	out, err := exec.Command("git", "-C", dir, "rev-parse", "main").Output()
	w.ok(err)
	w.ok(w.Push(t.Context(), "acme/vault", "topic", dir, strings.TrimSpace(string(out))))
	_, err = w.OpenPull(t.Context(), standin.NewPull{Repo: "acme/vault", Title: "topic", Head: "topic", From: dir})
	w.ok(err)
	w.until("the other was reviewed", func() bool {
		runs, err := w.CheckRuns("acme/vault", "")
		w.ok(err)
		return len(runs) == 1 && runs[0].Status == "completed"
	})
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.impact(head); !strings.Contains(run.Summary, "**1 of 1 cluster in 1 dependent repository would change.**") || names(run.Summary) != nil {
		t.Errorf("the summary is\n%s", run.Summary)
	}
}

// A fork could ask by its change what is in repositories that it may not read.
func TestAForkHasNoImpact(t *testing.T) {
	w := newWorld(t)
	w.consumers()
	a := w.start()
	w.known()
	head := w.branch("scaled", "main", scales)
	_, err := w.OpenPull(t.Context(), standin.NewPull{Repo: "acme/shop", Title: "scaled", Head: "scaled", Fork: "stranger/shop", From: w.work})
	w.ok(err)
	run := w.completed(head, 1)[0]
	if strings.Contains(run.Summary, "Elsewhere") {
		t.Errorf("the summary is\n%s", run.Summary)
	}
	all, err := a.store.Impacts(t.Context(), 1)
	if err != nil || len(all) != 0 {
		t.Errorf("%d repositories are looked at: %v", len(all), err)
	}
}

// A review does not wait for what a change does elsewhere: that waits for it, and of a
// head that is not the newest nobody wants to know.
func TestImpactWaitsForReviews(t *testing.T) {
	w := newWorld(t)
	w.consumers()
	a := w.start()
	w.known()
	let := make(chan struct{})
	held := w.fail(standin.Fault{Wait: let, Times: 1}, `/acme/cellar\.git/info/refs`)
	old := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	w.completed(old, 1)
	w.wait(held)
	other := w.branch("broken", "main", breaks)
	w.pull("broken", "")
	w.completed(other, 1)
	head := w.branch("scaled", "main", map[string]string{"prod/kustomization.yaml": strings.Replace(scales["prod/kustomization.yaml"], "5", "6", 1)})
	w.completed(head, 1)
	close(let)
	if run := w.impact(head); !strings.Contains(run.Summary, "**3 of 4 clusters") {
		t.Errorf("the summary is\n%s", run.Summary)
	}
	all, err := a.store.Impacts(t.Context(), 1)
	w.ok(err)
	for _, i := range all {
		if i.Done && i.Name != "cellar" {
			t.Errorf("%s was looked at for a head that is not the newest", i.Name)
		}
	}
}
