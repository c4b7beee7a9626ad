package source

import (
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// gitSite is git http-backend behind TLS, and the work tree that is pushed to it.
type gitSite struct {
	*httptest.Server
	work, ca string
}

func newGitSite(t *testing.T) *gitSite {
	t.Helper()
	root, dir := t.TempDir(), t.TempDir()
	s := &gitSite{work: filepath.Join(dir, "work"), ca: filepath.Join(dir, "ca.pem")}
	run(t, root, "init", "-q", "--bare", "-b", "main", filepath.Join(root, "acme/apps.git"))
	run(t, filepath.Join(root, "acme/apps.git"), "config", "uploadpack.allowFilter", "true")
	run(t, filepath.Join(root, "acme/apps.git"), "config", "uploadpack.allowAnySHA1InWant", "true")
	run(t, dir, "clone", "-q", filepath.Join(root, "acme/apps.git"), s.work)
	run(t, s.work, "checkout", "-q", "-b", "main")
	exe, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Skip("no git")
	}
	backend := &cgi.Handler{Path: filepath.Join(strings.TrimSpace(string(exe)), "git-http-backend"),
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/moved/"):
			http.Redirect(w, r, "/acme/"+strings.TrimPrefix(r.URL.RequestURI(), "/moved/"), http.StatusFound)
			return
		case strings.HasPrefix(r.URL.Path, "/private/"):
			if _, p, _ := r.BasicAuth(); p != "hush-hush" {
				w.Header().Set("WWW-Authenticate", "Basic realm=x")
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			r.URL.Path = strings.Replace(r.URL.Path, "/private/", "/acme/", 1)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(s.ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// push writes a file, commits and pushes; tags may follow.
func (s *gitSite) push(t *testing.T, text string, tags ...string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.work, "a.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, s.work, "add", ".")
	run(t, s.work, "commit", "-q", "-m", text)
	for _, tag := range tags {
		run(t, s.work, "tag", "-a", "-m", tag, tag)
	}
	run(t, s.work, "push", "-q", "--tags", "origin", "HEAD:refs/heads/main")
	return run(t, s.work, "rev-parse", "HEAD")
}

func (s *gitSite) fetcher(t *testing.T, o Options) *Fetcher {
	t.Helper()
	o.CAFile = s.ca
	f := newFetcher(t, o)
	f.guard.local[s.Listener.Addr().String()] = true
	return f
}

func TestAGitRepository(t *testing.T) {
	s := newGitSite(t)
	first := s.push(t, "one", "v1.0.0")
	f := s.fetcher(t, Options{})
	at := func(ref model.SourceRef) model.Artifact {
		ref.Kind, ref.URL = model.GitSource, s.URL+"/acme/apps.git"
		return fetchOne(t, f, "7/own", ref)
	}
	if a := at(model.SourceRef{}); content(t, a, "a.yaml") != "one" || a.Revision != "main@sha1:"+first {
		t.Errorf("the default branch is %s", a.Revision)
	}
	second := s.push(t, "two", "v1.1.0", "v2.0.0-rc.1")
	for name, tt := range map[string]struct {
		ref  model.SourceRef
		want string
		sha  string
	}{
		"branch": {model.SourceRef{Branch: "main"}, "two", second}, "tag": {model.SourceRef{Tag: "v1.0.0"}, "one", first},
		"range": {model.SourceRef{SemVer: "1.x"}, "two", second}, "commit": {model.SourceRef{Commit: first}, "one", first},
		"commit of a branch": {model.SourceRef{Branch: "main", Commit: first, Tag: "v1.1.0"}, "one", first}, "name": {model.SourceRef{Name: "refs/tags/v1.1.0"}, "two", second},
	} {
		t.Run(name, func(t *testing.T) {
			a := at(tt.ref)
			if got := content(t, a, "a.yaml"); got != tt.want || !strings.HasSuffix(a.Revision, tt.sha) {
				t.Errorf("%s: %q", a.Revision, got)
			}
		})
	}
	wantProblem(t, at(model.SourceRef{Branch: "none"}), model.SourceUnreachable, "has no none")
	wantProblem(t, at(model.SourceRef{SemVer: "9.x"}), model.SourceUnreachable, "no tag in the range")
	wantProblem(t, at(model.SourceRef{Branch: "--upload-pack=x"}), model.SourceRefused, "cannot be one")
}

func TestGitStaysOutside(t *testing.T) {
	s := newGitSite(t)
	s.push(t, "one")
	ref := func(url string) model.SourceRef {
		return model.SourceRef{Kind: model.GitSource, URL: url, Branch: "main"}
	}
	f := s.fetcher(t, Options{})
	wantProblem(t, fetchOne(t, f, "7/own", ref(s.URL+"/moved/apps.git")), model.SourceRefused, "redirect")
	// The name resolves to this machine, and only now: nothing was checked ahead.
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	f.guard.local = map[string]bool{}
	for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::ffff:127.0.0.1]:" + port} {
		wantProblem(t, fetchOne(t, f, "7/own", ref("https://"+host+"/acme/apps.git")), model.SourceRefused, "not public")
	}
	for _, url := range []string{"ssh://git@example.com/x", "git@example.com:x", "file:///etc", "http://example.com/x", "ext::sh -c x"} {
		if a := fetchOne(t, f, "7/own", ref(url)); a.Problem == nil {
			t.Errorf("%s is fetched", url)
		}
	}
}

func TestAPrivateGitRepository(t *testing.T) {
	s := newGitSite(t)
	s.push(t, "one")
	ref := model.SourceRef{Kind: model.GitSource, URL: s.URL + "/private/apps.git", Branch: "main", By: "flux-system/git"}
	f := s.fetcher(t, Options{Credentials: []Credential{{Host: s.Listener.Addr().String(), User: "robot", Password: "hush-hush", Scopes: []string{"7/own"}}}})
	if got := content(t, fetchOne(t, f, "7/own", ref), "a.yaml"); got != "one" {
		t.Error(got)
	}
	wantProblem(t, fetchOne(t, f, "8/own", ref), model.SourceUnreachable, "SEAWORTHY_SOURCE_CREDENTIALS_FILE")
}

func TestTheTunnelLeadsToOneHost(t *testing.T) {
	g := &guard{local: map[string]bool{}}
	u := parse(t, "https://example.com/x")
	tun, err := g.tunnel(u)
	if err != nil {
		t.Fatal(err)
	}
	defer tun.close()
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(parse(t, tun.url()))}}
	if res, err := client.Get("https://127.0.0.1:1/"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("%v %v", res, err)
	}
}

func parse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
