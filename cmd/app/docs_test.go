package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheSampleOfAnAudit: what docs/audit.md shows of an audit is what the program says
// of the demo's head, down to its critical gaps. UPDATE=1 writes it anew.
func TestTheSampleOfAnAudit(t *testing.T) {
	const page, command = "../../docs/audit.md", "$ seaworthy audit --repo testdata/demo/head\n"
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/demo/head")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	f := auditFlags{repo: dir, rev: "HEAD", format: "text", offline: true, noCache: true, now: "2026-01-01T00:00:00Z"}
	var out bytes.Buffer
	var status exitStatus
	if err := f.run(t.Context(), &out); !errors.As(err, &status) || status.code != exitFailure {
		t.Fatalf("the demo's head is to be not approved: %v\n%s", err, out.String())
	}
	said, rest, cut := strings.Cut(out.String(), "\nHIGH-1 ")
	if !cut || rest == "" {
		t.Fatalf("no gap of high severity:\n%s", out.String())
	}
	said = regexp.MustCompile(`(?m) +\d+\.\d s$`).ReplaceAllString(said, "        0.1 s") + "…\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(text), command)
	shown, after, closed := strings.Cut(after, "```\n")
	if !ok || !closed {
		t.Fatalf("%s shows no audit", page)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(page, []byte(before+command+said+"```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(shown, said); d != "" {
		t.Errorf("%s shows another audit than the program makes; UPDATE=1 go test ./cmd/app -run %s:\n%s", page, t.Name(), d)
	}
}
