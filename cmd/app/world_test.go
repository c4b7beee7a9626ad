package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// patience bounds what a test waits for; what it waits for comes by a signal.
const patience = 90 * time.Second

// appKey is made once: that takes longer than most tests.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// world is a GitHub with the repository acme/shop and Seaworthy's App on it.
type world struct {
	*standin.Server
	t    testing.TB
	url  string
	work string // a work tree of the repository
	data string // Seaworthy's data directory
	app  string // where Seaworthy that was started last is reached

	database string // PostgreSQL's URL, "" for SQLite

	firstAudit time.Duration   // when a repository has its first audit; 0 leaves it
	catchUp    time.Duration   // how often it is looked for what was missed; 0 is never
	waits      []time.Duration // between tries; nil is none to speak of
}

// app is Seaworthy, running.
type app struct {
	*service
	t    testing.TB
	url  string
	stop context.CancelFunc
	done chan error
}

const webhookSecret = "webhook secret"

var shop = map[string]string{
	"base/kustomization.yaml": "resources:\n  - web.yaml\n",
	"base/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
`,
	"prod/kustomization.yaml": "namespace: shop\nresources:\n  - ../base\n",
}

// breaks is a change after which prod does not build: prod/kustomization.yaml
// names a file on line 4 that is not there.
var breaks = map[string]string{"prod/kustomization.yaml": "namespace: shop\nresources:\n  - ../base\n  - missing.yaml\n"}

// scales is a change that builds.
var scales = map[string]string{"prod/kustomization.yaml": "namespace: shop\nresources:\n  - ../base\nreplicas:\n  - {name: web, count: 5}\n"}

func newWorld(t testing.TB, set ...func(*standin.Options)) *world {
	t.Helper()
	o := standin.Options{Dir: t.TempDir(), AppID: 42, WebhookSecret: webhookSecret, Key: appKey()}
	for _, f := range set {
		f(&o)
	}
	s, err := standin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close) // before the server's, which waits for what hangs
	w := &world{Server: s, t: t, url: server.URL, work: t.TempDir(), data: t.TempDir(), database: storetest.URL(t)}
	w.git("init", "-q", "-b", "main")
	w.commit(shop)
	if _, err = s.AddRepository(t.Context(), standin.NewRepository{Name: "acme/shop", From: w.work}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files and commits them; it gives the commit.
func (w *world) commit(files map[string]string) string {
	w.t.Helper()
	for name, content := range files {
		path := filepath.Join(w.work, name)
		w.ok(os.MkdirAll(filepath.Dir(path), 0o755))
		w.ok(os.WriteFile(path, []byte(content), 0o644))
	}
	w.git("add", "-A")
	w.git("commit", "-q", "--allow-empty", "-m", "change")
	return w.git("rev-parse", "HEAD")
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// branch makes a branch from another with a change, and pushes it; it gives the
// head.
func (w *world) branch(name, from string, files map[string]string) string {
	w.t.Helper()
	w.git("switch", "-q", "-C", name, from)
	head := w.commit(files)
	w.push(name)
	return head
}

func (w *world) push(name string) {
	w.t.Helper()
	w.ok(w.Push(w.t.Context(), "acme/shop", name, w.work, name))
}

// pull opens a pull request of a branch into a base, main when it is "".
func (w *world) pull(head, base string) int {
	w.t.Helper()
	n, err := w.OpenPull(w.t.Context(), standin.NewPull{Repo: "acme/shop", Title: head, Head: head, Base: base, From: w.work})
	w.ok(err)
	return n
}

func (w *world) environment() config.Environment {
	w.t.Helper()
	e, err := config.ReadEnvironment([]string{
		"SEAWORTHY_APP_ID=42", "SEAWORTHY_PRIVATE_KEY=" + string(w.PrivateKeyPEM()), "SEAWORTHY_WEBHOOK_SECRET=" + webhookSecret,
		"SEAWORTHY_GITHUB_URL=" + w.url, "SEAWORTHY_DATA_DIR=" + w.data, "SEAWORTHY_LISTEN=127.0.0.1:0", "SEAWORTHY_WORKERS=2",
		"SEAWORTHY_DATABASE_URL=" + w.database,
	})
	w.ok(err)
	return e
}

// start runs Seaworthy in this process until the test ends, and sends GitHub's
// events to it.
func (w *world) start(set ...func(*config.Environment)) *app {
	w.t.Helper()
	e := w.environment()
	listener, err := net.Listen("tcp", e.Listen)
	w.ok(err)
	w.app = "http://" + listener.Addr().String()
	for _, f := range set {
		f(&e)
	}
	ctx, stop := context.WithCancel(context.Background())
	log := zerolog.New(zerolog.NewTestWriter(w.t)).Level(zerolog.InfoLevel)
	s, err := newService(ctx, e, log)
	w.ok(err)
	if s.queue != nil {
		if s.queue.Waits = w.waits; w.waits == nil {
			s.queue.Waits = []time.Duration{time.Millisecond, time.Millisecond}
		}
		s.queue.CatchUp = w.catchUp
		if w.firstAudit > 0 {
			s.queue.FirstAudit = w.firstAudit
		}
	}
	a := &app{service: s, t: w.t, url: w.app, stop: stop, done: make(chan error, 1)}
	go func() { a.done <- s.run(ctx, listener) }()
	w.t.Cleanup(a.end)
	w.SetWebhookURL(a.url + "/webhook")
	return a
}

// end stops Seaworthy and waits for it.
func (a *app) end() {
	if a.done == nil {
		return
	}
	a.stop()
	if err := <-a.done; err != nil {
		a.t.Error(err)
	}
	a.close()
	a.done = nil
}

// until waits for a condition on GitHub's state, which changes by requests only.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	late := time.After(patience)
	for {
		next := w.Answered()
		if holds() {
			return
		}
		select {
		case <-next:
		case <-late:
			runs, _ := w.CheckRuns("acme/shop", "")
			w.t.Fatalf("it did not come to this: %s\ncheck runs: %+v", what, runs)
		}
	}
}

// runs are the check runs on a commit; "" is any.
func (w *world) runs(sha string) []standin.CheckRun {
	w.t.Helper()
	runs, err := w.CheckRuns("acme/shop", sha)
	w.ok(err)
	return runs
}

// completed waits until a commit has n completed check runs and no other, and
// gives them.
func (w *world) completed(sha string, n int) []standin.CheckRun {
	w.t.Helper()
	w.until(fmt.Sprintf("%d completed check runs on %s", n, sha), func() bool {
		runs := w.runs(sha)
		for _, r := range runs {
			if r.Status != "completed" {
				return false
			}
		}
		return len(runs) == n
	})
	return w.runs(sha)
}

func (w *world) fail(f standin.Fault, path string) <-chan struct{} {
	f.Path = regexp.MustCompile(path)
	return w.Fail(f)
}

// wait waits for a fault to be met.
func (w *world) wait(hit <-chan struct{}) {
	w.t.Helper()
	select {
	case <-hit:
	case <-time.After(patience):
		w.t.Fatal("the request that was waited for did not come")
	}
}

// reviews gives a pull request's reviews once Seaworthy has stopped.
func (w *world) reviews(a *app, number int) []store.Review {
	w.t.Helper()
	a.end()
	s, err := store.Open(w.t.Context(), store.Options{Dir: w.data, URL: w.database})
	w.ok(err)
	defer s.Close()
	id, err := w.RepositoryID("acme/shop")
	w.ok(err)
	all, err := s.Reviews(w.t.Context(), id, number)
	w.ok(err)
	return all
}

var anyCheckRun = regexp.MustCompile(`/check-runs`)

func (w *world) setPermissions(p standin.Permissions) {
	w.t.Helper()
	id, err := w.InstallationID("acme")
	w.ok(err)
	w.ok(w.SetPermissions(id, p))
}
