package git_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/git"
)

const token = "ghs_1234567_eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJnaXRodWIifQ.c2lnbmF0dXJl-test"

// server is a real git server: git http-backend, behind the token.
type server struct {
	*httptest.Server
	repo string // the bare repository o/r.git
	work string // a work tree whose origin it is

	mu       sync.Mutex
	requests []string // "POST /o/r.git/git-upload-pack"
	before   func(http.ResponseWriter, *http.Request) bool
}

func newServer(t testing.TB) *server {
	t.Helper()
	root := t.TempDir()
	s := &server{repo: filepath.Join(root, "o/r.git"), work: newWorkTree(t)}
	sh(t, root, "init", "-q", "--bare", "-b", "main", s.repo)
	sh(t, s.repo, "config", "uploadpack.allowFilter", "true")
	sh(t, s.repo, "config", "uploadpack.allowAnySHA1InWant", "true")
	sh(t, s.work, "remote", "add", "origin", s.repo)
	exe, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(exe)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"},
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		before := s.before
		s.mu.Unlock()
		if before != nil && before(w, r) {
			return
		}
		if r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("x-access-token:"+token)) {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		// net/http/cgi refuses chunked bodies, which git sends when they are large.
		body, _ := io.ReadAll(r.Body)
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// push records the work tree and pushes it to a ref.
func (s *server) push(t testing.TB, ref string) string {
	t.Helper()
	id := commit(t, s.work)
	sh(t, s.work, "push", "-q", "-f", "origin", "HEAD:"+ref)
	return id
}

// intercept sets what happens before each request; f reports whether it answered.
func (s *server) intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// posts counts the requests that ask for objects.
func (s *server) posts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasPrefix(r, "POST ") {
			n++
		}
	}
	return n
}

func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (s *server) request(wants ...git.Want) git.FetchRequest {
	return git.FetchRequest{Tenant: "1", Repository: "42", URL: s.URL + "/o/r.git", Token: token, Wants: wants}
}

func fetch(t testing.TB, m *git.Mirrors, q git.FetchRequest) *git.Repo {
	t.Helper()
	r, err := m.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}
