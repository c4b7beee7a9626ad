package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// platform is a repository that customers' clusters consume at a tag.
var platform = map[string]string{
	"services/web/kustomization.yaml": "resources: [web.yaml]\n",
	"services/web/web.yaml":           strings.Replace(shop["base/web.yaml"], "replicas: 2", "replicas: 2 # of the platform", 1),
}

// fleet is a cluster that consumes the platform; %s is the platform's URL.
func fleet(platform, tag string) map[string]string {
	return map[string]string{
		"clusters/prod/flux-system/gotk-sync.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/acme/shop", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`,
		"clusters/prod/platform.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: platform, namespace: flux-system}
spec:
  interval: 1m
  url: ` + platform + `
  ref:
    tag: ` + tag + `
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  interval: 10m
  path: ./services/web
  prune: true
  targetNamespace: shop
  sourceRef: {kind: GitRepository, name: platform}
`,
	}
}

// addPlatform makes acme/platform with the tags v1 and v2, which differ in the
// image.
func (w *world) addPlatform(public bool, file string) (sshURL string) {
	w.t.Helper()
	dir := w.t.TempDir()
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	write := func(name, content string) {
		p := filepath.Join(dir, name)
		w.ok(os.MkdirAll(filepath.Dir(p), 0o755))
		w.ok(os.WriteFile(p, []byte(content), 0o644))
	}
	git("init", "-q", "-b", "main")
	for name, content := range platform {
		write(name, content)
	}
	if file != "" {
		write(".github/seaworthy.yaml", file)
	}
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("branch", "release-1")
	write("services/web/web.yaml", strings.Replace(platform["services/web/web.yaml"], "web:1.0.0", "web:2.0.0", 1))
	git("commit", "-q", "-a", "-m", "two")
	_, err := w.AddRepository(w.t.Context(), standin.NewRepository{Name: "acme/platform", From: dir, Public: public})
	w.ok(err)
	u, err := url.Parse(w.url)
	w.ok(err)
	return "ssh://git@" + u.Hostname() + "/acme/platform"
}

// TestARefBumpShowsWhatItBrings: a pull request that moves a ref shows the
// rendered difference between the two refs, with the ref's line.
func TestARefBumpShowsWhatItBrings(t *testing.T) {
	for _, c := range []struct {
		name, file string
		want       string // in the check run
	}{
		{"the platform lists its consumers", "version: 1\nconsumers: [\"acme/*\"]\n", "image: registry.example.com/web:2.0.0"},
		{"the platform lists nobody", "", "image: registry.example.com/web:2.0.0"}, // the base reads it already
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			at := w.addPlatform(false, c.file)
			bump := func(branch string) map[string]string {
				files := fleet(at, "x")
				files["clusters/prod/platform.yaml"] = strings.Replace(files["clusters/prod/platform.yaml"], "tag: x", "branch: "+branch, 1)
				return files
			}
			w.branch("main", "main", bump("release-1"))
			head := w.branch("bump", "main", bump("main"))
			w.pull("bump", "")
			run := w.completed(head, 1)[0]
			if !strings.Contains(run.Summary+run.Text, c.want) {
				t.Errorf("the check run says nothing of %q: %s\n%s\n%s", c.want, run.Title, run.Summary, run.Text)
			}
		})
	}
}

// TestANewNeighbourMustAgree: what no base names yet is read only where the
// other repository lists this one, and never shown to more people.
func TestANewNeighbourMustAgree(t *testing.T) {
	for _, c := range []struct {
		name, file, want string
	}{
		{"listed", "version: 1\nconsumers: [\"acme/*\"]\n", "Deployment shop/web"},
		{"not listed", "version: 1\nconsumers: [\"acme/other\"]\n", "does not list acme/shop under `consumers:`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			at := w.addPlatform(false, c.file)
			files := fleet(at, "x")
			files["clusters/prod/platform.yaml"] = strings.Replace(files["clusters/prod/platform.yaml"], "tag: x", "branch: main", 1)
			head := w.branch("consume", "main", files)
			w.pull("consume", "")
			run := w.completed(head, 1)[0]
			if !strings.Contains(run.Summary+run.Text, c.want) {
				t.Errorf("the check run says nothing of %q: %s\n%s\n%s", c.want, run.Title, run.Summary, run.Text)
			}
		})
	}
}
