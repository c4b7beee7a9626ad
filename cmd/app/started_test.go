package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestGettingStarted follows docs/getting-started.md from its top: what it asks for is
// done, and what it shows of the program is what that says. UPDATE=1 writes it anew.
func TestGettingStarted(t *testing.T) {
	const page = "../../docs/getting-started.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for name, value := range map[string]string{"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": os.DevNull, "XDG_CACHE_HOME": filepath.Join(dir, "cache")} {
		t.Setenv(name, value)
	}
	took := regexp.MustCompile(`\d+\.\d s\n`)
	blocks := regexp.MustCompile("(?sm)^```(sh|console)\n(.*?)^```\n")
	asked := 0
	now := blocks.ReplaceAllStringFunc(string(text), func(block string) string {
		m := blocks.FindStringSubmatch(block)
		if m[1] == "sh" {
			cmd := exec.Command("sh", "-ec", m[2])
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, m[2], out)
			}
			if strings.Contains(m[2], "cd shop") {
				t.Chdir(filepath.Join(dir, "shop"))
			}
			return block
		}
		command, _, _ := strings.Cut(m[2], "\n")
		asked++
		return "```console\n" + command + "\n" + took.ReplaceAllString(said(t, command), "0.1 s\n") + "```\n"
	})
	if asked == 0 {
		t.Fatal("it shows nothing of the program")
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(absolute, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(text), now); d != "" {
		t.Errorf("%s shows something else than the program says; UPDATE=1 go test ./cmd/app -run %s:\n%s", page, t.Name(), d)
	}
}

// said is what a command of the program writes.
func said(t *testing.T, command string) string {
	t.Helper()
	words := strings.Fields(strings.TrimPrefix(command, "$ seaworthy "))
	made := map[string]func() *cobra.Command{"review": reviewCommand, "render": renderCommand}[words[0]]
	if made == nil {
		t.Fatalf("%q is not followed here", command)
	}
	c := made()
	c.SilenceUsage, c.SilenceErrors = true, true
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs(words[1:])
	var status exitStatus
	if err := c.ExecuteContext(t.Context()); err != nil && !(errors.As(err, &status) && status.code == exitFailure) {
		t.Fatalf("%s: %v", command, err)
	}
	return out.String()
}
