package git_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
)

// While git talks to the server, no process of this machine shows the token in
// its arguments or environment; afterwards no file holds it.
func TestTheTokenIsNotToBeSeen(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	arrived, seen := make(chan bool), make(chan bool)
	s.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			arrived <- true
			<-seen
		}
		return false
	})
	m := &git.Mirrors{Dir: t.TempDir()}
	done := make(chan error, 1)
	go func() {
		r, err := m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main"}))
		if err == nil {
			r.Close()
		}
		done <- err
	}()
	secrets := []string{token, base64.StdEncoding.EncodeToString([]byte("x-access-token:" + token))}
	helpers := 0
	for running := true; running; {
		select {
		case <-arrived:
			helpers += lookForSecrets(t, secrets)
			seen <- true
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		}
	}
	if helpers == 0 {
		t.Error("git's HTTP helper was not seen: the test looks at the wrong moment")
	}
	noFileHolds(t, m.Dir, secrets)
}

// lookForSecrets goes through all processes, and counts git's HTTP helpers.
func lookForSecrets(t *testing.T, secrets []string) int {
	t.Helper()
	helpers := 0
	for _, name := range []string{"cmdline", "environ"} {
		files, err := filepath.Glob("/proc/[0-9]*/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				continue // it ended meanwhile
			}
			if name == "cmdline" && bytes.Contains(content, []byte("remote-http")) {
				helpers++
			}
			for _, secret := range secrets {
				if bytes.Contains(content, []byte(secret)) {
					t.Errorf("%s shows the token", f)
				}
			}
		}
	}
	return helpers
}

func noFileHolds(t *testing.T, dir string, secrets []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(p)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds the token", p)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFetchErrorsSayWhoseTheyAre(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		is     error
		owner  fault.Owner
	}{
		"401":          {status(401), git.ErrNotVisible, fault.Operator},
		"403":          {status(403), git.ErrNotVisible, fault.Operator},
		"404":          {status(404), git.ErrNotVisible, fault.Operator},
		"429":          {status(429), nil, fault.GitHub},
		"500":          {status(500), nil, fault.GitHub},
		"503":          {status(503), nil, fault.GitHub},
		"redirect":     {redirect, git.ErrRenamed, fault.GitHub},
		"no answer":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, fault.GitHub},
		"not git":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>\n<body>We are down\n") }, nil, fault.GitHub},
		"cut in pack":  {cutAfterRefs, nil, fault.GitHub},
		"500 for pack": {failAfterRefs, nil, fault.GitHub},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.push(t, "refs/heads/main")
			s.intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if (name == "cut in pack" || name == "500 for pack") && r.Method == http.MethodGet {
					return false
				}
				tt.answer(w, r)
				return true
			})
			m := &git.Mirrors{Dir: t.TempDir()}
			_, err := m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main"}))
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || fault.OwnerOf(err) != tt.owner {
				t.Errorf("Fetch: %v (owner %s), want %v of %s", err, fault.OwnerOf(err), tt.is, tt.owner)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the error shows the token: %v", err)
			}
			s.intercept(nil)
			fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
		})
	}
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/o/new.git/info/refs?"+r.URL.RawQuery, http.StatusMovedPermanently)
}

func cutAfterRefs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	fmt.Fprint(w, "000dpackfile\n")
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func failAfterRefs(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "no", http.StatusBadGateway)
}

func TestFetchFromAServerThatIsDown(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	s.Close()
	_, err := (&git.Mirrors{Dir: t.TempDir()}).Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main"}))
	if fault.OwnerOf(err) != fault.GitHub {
		t.Errorf("Fetch: %v, want GitHub's fault", err)
	}
}

func TestFetchStopsWithItsContext(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	ctx, cancel := context.WithCancel(t.Context())
	s.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done() // until the killed helper's connection ends
		return true
	})
	_, err := (&git.Mirrors{Dir: t.TempDir()}).Fetch(ctx, s.request(git.Want{Ref: "refs/heads/main"}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Fetch with a cancelled context: %v", err)
	}
}

func TestFetchRefusesOtherTransports(t *testing.T) {
	dir := newWorkTree(t)
	commit(t, dir)
	for _, url := range []string{dir, "file://" + dir, "ssh://git@example.com/o/r.git", "git@example.com:o/r.git",
		"ext::sh -c true", "http://example.com/o/r.git", "git://localhost/o/r.git", "https://user:password@example.com/o/r.git", "--upload-pack=x"} {
		q := git.FetchRequest{Tenant: "1", Repository: "1", URL: url, Token: token, Wants: []git.Want{{Ref: "refs/heads/main"}}}
		if _, err := (&git.Mirrors{Dir: t.TempDir()}).Fetch(t.Context(), q); err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("Fetch from %s: %v", url, err)
		}
	}
	for _, ref := range []string{"main", "--all", "refs/heads/a:refs/heads/b", "refs/heads/*", "refs/heads/a b", "+refs/heads/a"} {
		q := git.FetchRequest{Tenant: "1", Repository: "1", URL: "https://localhost/o/r.git", Wants: []git.Want{{Ref: ref}}}
		if _, err := (&git.Mirrors{Dir: t.TempDir()}).Fetch(t.Context(), q); err == nil || !strings.Contains(err.Error(), "is no ref") {
			t.Errorf("Fetch of %s: %v", ref, err)
		}
	}
}

func TestFetchIsBounded(t *testing.T) {
	s := newServer(t)
	random := make([]byte, 3<<20)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	write(t, s.work, "large", string(random))
	head := s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir(), MaxFetch: 1 << 20}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	tree, err := r.Tree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Read(t.Context(), "large"); !errors.Is(err, git.ErrTooLarge) {
		t.Errorf("read of 3 MiB with a bound of 1 MiB: %v", err)
	}
}

func TestFetchTrustsTheConfiguredCA(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	tls := httptest.NewTLSServer(s.Config.Handler)
	defer tls.Close()
	q := s.request(git.Want{Ref: "refs/heads/main"})
	q.URL = tls.URL + "/o/r.git"
	m := &git.Mirrors{Dir: t.TempDir()}
	if _, err := m.Fetch(t.Context(), q); fault.OwnerOf(err) != fault.Operator {
		t.Errorf("Fetch from an unknown CA: %v (owner %s)", err, fault.OwnerOf(err))
	}
	q.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})
	if err := os.WriteFile(q.CAFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	fetch(t, m, q)
}
