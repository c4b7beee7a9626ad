package standin

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// gitEnv keeps the machine's and the user's configuration out of it.
var gitEnv = []string{
	"PATH=/usr/local/bin:/usr/bin:/bin",
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_AUTHOR_NAME=GitHub", "GIT_AUTHOR_EMAIL=noreply@github.com", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@github.com",
	"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
	"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = gitEnv
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// makeBare makes a repository with the settings that GitHub's have.
func makeBare(ctx context.Context, dir, from string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	args := []string{"init", "--quiet", "--bare", "--initial-branch=main", dir}
	if from != "" {
		args = []string{"clone", "--quiet", "--bare", "--no-hardlinks", from, dir}
	}
	if _, err := git(ctx, filepath.Dir(dir), args...); err != nil {
		return err
	}
	for _, key := range []string{"uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"} {
		if _, err := git(ctx, dir, "config", key, "true"); err != nil {
			return err
		}
	}
	return nil
}

var gitURL = pattern.New(`^/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)$`)

// gitPath tells git's own URLs from the API's.
func gitPath(path string) (repo, service string, ok bool) {
	m := gitURL.FindStringSubmatch(path)
	if m == nil || strings.HasPrefix(path, "/repos/") {
		return "", "", false
	}
	return m[1], m[2], true
}

// serveGit answers fetches; pushes are refused, the App has no contents: write.
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request, name, service string) {
	dir, status := s.openGit(r, name)
	switch {
	case status == http.StatusMovedPermanently:
		http.Redirect(w, r, dir+"/"+service+"?"+r.URL.RawQuery, status)
		return
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Invalid username or password.", status)
		return
	case status != http.StatusOK:
		http.Error(w, "Repository not found.", status)
		return
	case service == "git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack":
		http.Error(w, "Write access to repository not granted.", http.StatusForbidden)
		return
	}
	// net/http/cgi refuses chunked bodies, which git sends when they are large.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "cannot read the body", http.StatusBadRequest)
		return
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	r.URL.Path = "/" + filepath.Base(dir) + "/" + service
	backend := &cgi.Handler{
		Path: filepath.Join(execPath(), "git-http-backend"),
		Env:  append([]string{"GIT_PROJECT_ROOT=" + filepath.Dir(dir), "GIT_HTTP_EXPORT_ALL=1"}, gitEnv...),
	}
	backend.ServeHTTP(w, r)
}

// openGit checks basic authentication. Without any, GitHub asks for it even for
// what does not exist; with a token that may not, it says "not found".
func (s *Server) openGit(r *http.Request, name string) (dir string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	repo, err := s.repo(name)
	if old := s.moved(name); err != nil && old != nil {
		return "/" + old.fullName() + ".git", http.StatusMovedPermanently
	}
	_, password, ok := basicAuth(r)
	if !ok {
		if err == nil && !repo.private {
			return repo.dir, http.StatusOK
		}
		return "", http.StatusUnauthorized
	}
	g, authErr := s.grantOf(password)
	switch {
	case authErr != nil:
		return "", http.StatusUnauthorized
	case err != nil || !g.sees(repo):
		return "", http.StatusNotFound
	case g.need("contents:read") != nil:
		return "", http.StatusForbidden
	}
	return repo.dir, http.StatusOK
}

func basicAuth(r *http.Request) (user, password string, ok bool) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	if !ok {
		return "", "", false
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", "", false
	}
	user, password, ok = strings.Cut(string(plain), ":")
	return user, password, ok && user == "x-access-token"
}

var execPath = sync.OnceValue(func() string {
	out, err := git(context.Background(), "/", "--exec-path")
	if err != nil {
		return ""
	}
	return out
})

// blob reads an object as it is.
func blob(ctx context.Context, dir, id string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", "cat-file", "blob", id)
	cmd.Dir = dir
	cmd.Env = gitEnv
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return out, nil
}
