package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// afterRestart is how long an accepted review may take after the process that
// had it was killed.
const afterRestart = time.Minute

// TestKilledAtAnyMoment kills the real process with SIGKILL while GitHub holds
// back one of its requests, starts it again, and expects one completed check
// run with each annotation once.
func TestKilledAtAnyMoment(t *testing.T) {
	const annotations = 120 // three requests' worth
	for name, at := range map[string]struct {
		method, path string
		nth          int // of the matching requests; the first is 1
		after        bool
	}{
		"before it asks for the pull request":   {"GET", `/pulls/1$`, 1, false},
		"before the check run is made":          {"POST", `/check-runs$`, 1, false},
		"when the check run was made":           {"POST", `/check-runs$`, 1, true},
		"before a token is made":                {"POST", `/access_tokens$`, 2, false},
		"in the fetch of commits":               {"POST", `git-upload-pack$`, 1, false},
		"in the fetch of blobs":                 {"POST", `git-upload-pack$`, 2, false},
		"before any annotation":                 {"PATCH", `/check-runs/`, 1, false},
		"when fifty annotations were there":     {"PATCH", `/check-runs/`, 1, true},
		"when a hundred annotations were there": {"PATCH", `/check-runs/`, 2, true},
		"before the check run is completed":     {"PATCH", `/check-runs/`, 3, false},
		"when the check run was completed":      {"PATCH", `/check-runs/`, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if w.database != "" {
				t.Parallel() // they wait for a dead replica's silence
			}
			head := w.branch("topic", "main", brokenOverlays(annotations))
			p := w.spawn()
			w.SetWebhookURL(p.url + "/webhook")
			for range at.nth - 1 {
				w.fail(standin.Fault{Method: at.method}, at.path)
			}
			hit := w.fail(standin.Fault{Method: at.method, Hang: !at.after, HangAfter: at.after}, at.path)
			w.pull("topic", "")
			w.wait(hit)
			p.kill()
			start := time.Now()
			w.spawn()
			run := w.completed(head, 1)[0]
			if took := time.Since(start); took > afterRestart {
				t.Errorf("it took %s", took)
			}
			expectOnce(t, run, annotations)
		})
	}
}

func expectOnce(t *testing.T, run standin.CheckRun, annotations int) {
	t.Helper()
	if run.Conclusion != "failure" || len(run.Annotations) != annotations {
		t.Errorf("the check run is %s, %q, with %d annotations; want failure with %d", run.Conclusion, run.Title, len(run.Annotations), annotations)
	}
	seen := map[string]bool{}
	for _, a := range run.Annotations {
		if seen[a.Path] {
			t.Errorf("%s is annotated twice", a.Path)
		}
		seen[a.Path] = true
	}
}

// TestThreeDeaths: a review that kills whoever does it ends, and says so.
func TestThreeDeaths(t *testing.T) {
	w := newWorld(t)
	head := w.branch("topic", "main", breaks)
	p := w.spawn()
	w.SetWebhookURL(p.url + "/webhook")
	hit := w.fail(standin.Fault{Hang: true, Times: 3}, `/acme/shop\.git/info/refs`)
	w.pull("topic", "")
	for range 3 {
		w.wait(hit)
		p.kill()
		p = w.spawn()
	}
	if run := w.completed(head, 1)[0]; run.Conclusion != "action_required" || run.Title != "Could not finish: a defect of Seaworthy" {
		t.Errorf("the check run is %+v", run)
	}
}

// TestDeathsOverTheTelling: a verdict that kills whoever tells it is given up, too.
func TestDeathsOverTheTelling(t *testing.T) {
	w := newWorld(t)
	if w.database != "" {
		t.Skip("six times a dead replica's silence take minutes")
	}
	head := w.branch("topic", "main", breaks)
	p := w.spawn()
	w.SetWebhookURL(p.url + "/webhook")
	hit := w.fail(standin.Fault{Method: "PATCH", Hang: true, Times: 6}, `/check-runs/`)
	w.pull("topic", "")
	for range 6 {
		w.wait(hit)
		p.kill()
		p = w.spawn()
	}
	if run := w.completed(head, 1)[0]; run.Conclusion != "action_required" || run.Title != "Could not finish: a defect of Seaworthy" {
		t.Errorf("the check run is %+v", run)
	}
}

// TestKilledOverAnImpact: what a change does elsewhere is told once, whoever dies over
// it, and the verdict stays.
func TestKilledOverAnImpact(t *testing.T) {
	for name, at := range map[string]standin.Fault{
		"while it looks":             {Method: "GET", Hang: true, Path: regexp.MustCompile(`/acme/vault\.git/info/refs`)},
		"before it tells":            {Method: "GET", Hang: true, Path: regexp.MustCompile(`/commits/[0-9a-f]+/check-runs$`)},
		"when GitHub was told of it": {Method: "PATCH", HangAfter: true, Path: regexp.MustCompile(`/check-runs/`)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if w.database != "" {
				t.Parallel() // they wait for a dead replica's silence
			}
			w.consumers()
			p := w.spawn()
			w.SetWebhookURL(p.url + "/webhook")
			w.known()
			head := w.branch("scaled", "main", scales)
			if at.Method == "PATCH" {
				w.fail(standin.Fault{Method: "PATCH"}, `/check-runs/`) // the verdict goes through
			}
			hit := w.Fail(at)
			w.pull("scaled", "")
			first := w.completed(head, 1)[0]
			w.wait(hit)
			p.kill()
			w.spawn()
			run := w.impact(head)
			if run.ID != first.ID || run.Conclusion != first.Conclusion || !strings.Contains(run.Summary, "**3 of 4 clusters") || strings.Count(run.Summary, "**Elsewhere**") != 1 {
				t.Errorf("the check run is %+v, was %+v", run, first)
			}
		})
	}
}

// brokenOverlays are directories that do not build, each at a line of its own.
func brokenOverlays(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("overlays/%03d/kustomization.yaml", i)] = fmt.Sprintf("resources:\n  - ../../base\n  - missing-%d.yaml\n", i)
	}
	return out
}

// process is Seaworthy as a process of its own.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	url string

	errors lockedBuffer // lines of the log
}

// spawn starts `seaworthy serve` and waits until it serves.
func (w *world) spawn(more ...string) *process {
	w.t.Helper()
	exe, err := os.Executable()
	w.ok(err)
	cmd := &exec.Cmd{Path: exe, Args: []string{"seaworthy", "serve"}, Env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.t.TempDir(),
		"SEAWORTHY_APP_ID=42", "SEAWORTHY_PRIVATE_KEY=" + string(w.PrivateKeyPEM()), "SEAWORTHY_WEBHOOK_SECRET=" + webhookSecret,
		"SEAWORTHY_GITHUB_URL=" + w.url, "SEAWORTHY_DATA_DIR=" + w.data, "SEAWORTHY_LISTEN=127.0.0.1:0",
		"SEAWORTHY_DATABASE_URL=" + w.database, "SEAWORTHY_WORKERS=2"}, more...)}
	out, err := cmd.StderrPipe()
	w.ok(err)
	w.ok(cmd.Start())
	p := &process{t: w.t, cmd: cmd}
	address := make(chan string, 1)
	go func() {
		defer close(address)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var line struct{ Level, Message, Listen string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "serving" {
				address <- line.Listen
			}
			if line.Level == "error" {
				p.errors.Write(append(lines.Bytes(), '\n'))
			}
		}
	}()
	w.t.Cleanup(p.kill)
	select {
	case at := <-address:
		if at == "" {
			w.t.Fatal("seaworthy serve ended at once")
		}
		p.url = "http://" + at
	case <-time.After(patience):
		w.t.Fatal("seaworthy serve does not serve")
	}
	return p
}

// kill is SIGKILL, and waiting for it; twice is once.
func (p *process) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()
}
