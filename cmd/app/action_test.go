package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runner is a job of GitHub Actions, as far as the scripts of the Action see one.
type runner struct {
	t    *testing.T
	dir  string
	repo string
	env  []string
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	for _, tool := range []string{"bash", "jq", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here, and on a runner it is")
		}
	}
	r := &runner{t: t, dir: t.TempDir(), repo: t.TempDir()}
	for _, name := range []string{"output", "path", "summary", "temp/"} {
		if strings.HasSuffix(name, "/") {
			r.ok(os.Mkdir(filepath.Join(r.dir, name), 0o700))
			continue
		}
		r.ok(os.WriteFile(filepath.Join(r.dir, name), nil, 0o600))
	}
	r.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TEMP=" + r.dir + "/temp",
		"GITHUB_OUTPUT=" + r.dir + "/output", "GITHUB_PATH=" + r.dir + "/path", "GITHUB_STEP_SUMMARY=" + r.dir + "/summary",
		"GITHUB_EVENT_PATH=" + r.dir + "/event.json", "GITHUB_SHA=HEAD", "INPUT_PATH=" + r.repo,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org"}
	return r
}

func (r *runner) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// run runs a script of the Action and gives what it said.
func (r *runner) run(script string, env ...string) (string, error) {
	cmd := exec.Command("bash", "../../deploy/action/"+script)
	cmd.Env = append(r.env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *runner) read(name string) string {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, name))
	r.ok(err)
	return string(content)
}

func (r *runner) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.repo, r.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *runner) event(v any) {
	r.t.Helper()
	text, err := json.Marshal(v)
	r.ok(err)
	r.ok(os.WriteFile(filepath.Join(r.dir, "event.json"), text, 0o600))
}

// sides commits the two sides of the demo's pull request.
func (r *runner) sides() (base, head string) {
	r.git("init", "-q", "-b", "main")
	var at []string
	for _, side := range []string{"base", "head"} {
		r.git("rm", "-rq", "--ignore-unmatch", ".")
		r.ok(os.CopyFS(r.repo, os.DirFS("../../testdata/demo/"+side)))
		r.git("add", "-A")
		r.git("commit", "-qm", side)
		at = append(at, r.git("rev-parse", "HEAD"))
	}
	return at[0], at[1]
}

func pullEvent(base, head string) any {
	return map[string]any{"pull_request": map[string]any{"base": map[string]any{"sha": base}, "head": map[string]any{"sha": head}}}
}

func TestActionReviewsAPullRequest(t *testing.T) {
	r := newRunner(t)
	base, head := r.sides()
	r.event(pullEvent(base, head))
	said, err := r.run("review")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{"status=1\n", "reviewed=true\n"} {
		if !strings.Contains(r.read("output"), want) {
			t.Errorf("the outputs are %q, and lack %q", r.read("output"), want)
		}
	}
	if !strings.Contains(said, "::error file=overlays/staging/kustomization.yaml,line=9,") || strings.Count(said, "::error ") != 4 {
		t.Errorf("it annotates\n%s", said)
	}
	if !strings.Contains(r.read("summary"), "setings.properties") {
		t.Errorf("the summary is\n%s", r.read("summary"))
	}
	for _, kind := range []string{"html", "sarif", "json", "md"} {
		if content := r.read("temp/seaworthy-report/review." + kind); len(content) < 500 {
			t.Errorf("review.%s is %q", kind, content)
		}
	}

	// A gate that never blocks, and no annotations.
	said, err = r.run("review", "INPUT_GATE=report", "INPUT_ANNOTATIONS=false")
	if err != nil || !strings.HasPrefix(lastLines(r.read("output"), 3), "status=0\n") || strings.Contains(said, "::error") {
		t.Errorf("with the gate report: %v %q\n%s", err, r.read("output"), said)
	}
}

func lastLines(text string, n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "") + "\n"
}

// TestActionSaysWhatToFetch: the checkout's default is a shallow clone.
func TestActionSaysWhatToFetch(t *testing.T) {
	r := newRunner(t)
	base, head := r.sides()
	shallow := t.TempDir()
	r.git("clone", "-q", "--depth=1", "file://"+r.repo, shallow)
	r.event(pullEvent(base, head))
	said, err := r.run("review", "INPUT_PATH="+shallow)
	if err != nil || !strings.Contains(said, "::error::seaworthy: resolve "+base+": no such commit in the repository: the clone is shallow: fetch with full depth") ||
		!strings.Contains(said, "fetch-depth: 0") || !strings.Contains(r.read("output"), "status=2\n") {
		t.Errorf("%v %q\n%s", err, r.read("output"), said)
	}
}

func TestActionKnowsItsEvents(t *testing.T) {
	r := newRunner(t)
	base, head := r.sides()
	for name, c := range map[string]struct {
		event any
		want  string
	}{
		"push":        {map[string]any{"before": base}, "status=1\n"},
		"merge queue": {map[string]any{"merge_group": map[string]any{"base_sha": base}}, "status=1\n"},
		"new branch":  {map[string]any{"before": strings.Repeat("0", 40)}, "status=2\n"},
		"by hand":     {map[string]any{}, "status=2\n"},
	} {
		r.ok(os.WriteFile(filepath.Join(r.dir, "output"), nil, 0o600))
		r.event(c.event)
		if said, err := r.run("review", "GITHUB_SHA="+head); err != nil || !strings.Contains(r.read("output"), c.want) {
			t.Errorf("%s: %v %q\n%s", name, err, r.read("output"), said)
		}
	}
}

// TestActionInstalls what it is told to, and nothing else.
func TestActionInstalls(t *testing.T) {
	r := newRunner(t)
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	packed := tar.NewWriter(zipped)
	program := "#!/bin/sh\necho this is $1\n"
	r.ok(packed.WriteHeader(&tar.Header{Name: "seaworthy", Mode: 0o755, Size: int64(len(program))}))
	_, err := packed.Write([]byte(program))
	r.ok(err)
	r.ok(packed.Close())
	r.ok(zipped.Close())
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/v0.1.0/seaworthy_0.1.0_linux_amd64.tar.gz" {
			http.NotFound(w, q)
			return
		}
		_, _ = w.Write(archive.Bytes())
	}))
	defer server.Close()
	authority := filepath.Join(r.dir, "ca.pem")
	r.ok(os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	env := []string{"CURL_CA_BUNDLE=" + authority, "SEAWORTHY_DOWNLOADS=" + server.URL, "INPUT_VERSION=v0.1.0"}

	said, err := r.run("install", append(env, fmt.Sprintf("INPUT_SHA256=%x", sha256.Sum256(archive.Bytes())))...)
	if err != nil || !strings.Contains(said, "this is --version") || strings.TrimSpace(r.read("path")) != r.dir+"/temp/seaworthy-v0.1.0" {
		t.Errorf("%v %q\n%s", err, r.read("path"), said)
	}
	said, err = r.run("install", append(env, "INPUT_SHA256="+strings.Repeat("0", 64))...)
	if err == nil || !strings.Contains(said, "::error::the archive's SHA-256 is") || strings.Contains(said, "this is") {
		t.Errorf("another archive: %v\n%s", err, said)
	}
	// Without a digest the attestation decides: here there is none to be had.
	r.ok(os.WriteFile(filepath.Join(r.dir, "gh"), []byte("#!/bin/sh\necho gh $@\nexit 1\n"), 0o755))
	said, err = r.run("install", append(env, "PATH="+r.dir+":"+os.Getenv("PATH"))...)
	if err == nil || !strings.Contains(said, "gh attestation verify") || strings.Contains(said, "this is") {
		t.Errorf("without an attestation: %v\n%s", err, said)
	}
	if said, err = r.run("install", append(env, "RUNNER_OS=Windows")...); err == nil || !strings.Contains(said, "::error::Seaworthy runs on Linux and macOS") {
		t.Errorf("on Windows: %v\n%s", err, said)
	}
}
