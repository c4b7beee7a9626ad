package github_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

const secret = "webhook secret"

// appKey is made once: that takes longer than most tests.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// world is a GitHub with one repository, acme/shop, and an App on it.
type world struct {
	*standin.Server
	url          string
	work         string // a work tree of the repository
	installation int64
	app          *github.App
	client       *github.Client
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s, err := standin.New(standin.Options{Dir: t.TempDir(), AppID: 42, WebhookSecret: secret, Key: appKey()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close) // before the server's, which waits for what hangs
	w := &world{Server: s, url: server.URL, work: t.TempDir()}
	w.git(t, "init", "-q", "-b", "main")
	w.commit(t, "a.yaml", "base")
	if w.installation, err = s.AddRepository(t.Context(), standin.NewRepository{Name: "acme/shop", From: w.work}); err != nil {
		t.Fatal(err)
	}
	w.app = w.newApp(t, w.url)
	w.client = w.app.Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: "shop"})
	return w
}

func (w *world) newApp(t testing.TB, url string) *github.App {
	t.Helper()
	app, err := github.New(github.Config{AppID: w.AppID(), PrivateKey: w.PrivateKeyPEM(), APIURL: url})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func (w *world) git(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) commit(t testing.TB, name, content string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.work, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	w.git(t, "add", "-A")
	w.git(t, "commit", "-q", "--allow-empty", "-m", "commit")
	return w.git(t, "rev-parse", "HEAD")
}

// openPull opens a pull request of a new branch with one commit.
func (w *world) openPull(t testing.TB, n standin.NewPull) (number int, head string) {
	t.Helper()
	n.Repo, n.Head = "acme/shop", strings.ReplaceAll(strings.ToLower(t.Name()), "/", "-")
	w.git(t, "switch", "-q", "-C", n.Head, "main")
	head = w.commit(t, "b.yaml", "head")
	if n.Fork == "" {
		if err := w.Push(t.Context(), n.Repo, n.Head, w.work, n.Head); err != nil {
			t.Fatal(err)
		}
	}
	n.From = w.work
	number, err := w.OpenPull(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return number, head
}

func (w *world) runs(t testing.TB, sha string) []standin.CheckRun {
	t.Helper()
	runs, err := w.CheckRuns("acme/shop", sha)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func (w *world) fail(f standin.Fault, path string) <-chan struct{} {
	f.Path = regexp.MustCompile(path)
	return w.Fail(f)
}
