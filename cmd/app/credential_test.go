package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/credential/credentialtest"
	"github.com/seaworthy-dev/seaworthy/internal/github"
)

// TestNoOutputShowsACredential puts a credential of every form that the checks name
// into ConfigMaps, variables, values and binary data of a pull request, and looks
// for them in every form of report, and in what the log would say.
func TestNoOutputShowsACredential(t *testing.T) {
	repo, out := t.TempDir(), t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", repo, "-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, said)
		}
	}
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(repo, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	write("kustomization.yaml", "resources: [a.yaml]\n")
	write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {level: info}\n")
	git("add", "-A")
	git("commit", "-qm", "base")
	var cm, web strings.Builder
	cm.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata:\n  level: info\n")
	web.WriteString("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n      - name: app\n        image: nginx:1.27.3\n        args:\n")
	names := slices.Sorted(maps.Keys(credentialtest.Samples))
	for i, what := range names {
		sample := credentialtest.Samples[what]
		fmt.Fprintf(&cm, "  k%d.conf: |\n    setting %s\n", i, strings.ReplaceAll(sample, "\n", "\n    "))
		if !strings.Contains(sample, "\n") {
			fmt.Fprintf(&web, "        - 'run %s'\n", sample)
		}
	}
	cm.WriteString("binaryData:\n")
	for i, what := range names {
		fmt.Fprintf(&cm, "  b%d: %s\n", i, base64.StdEncoding.EncodeToString([]byte("setting "+credentialtest.Samples[what])))
	}
	write("a.yaml", cm.String())
	write("web.yaml", web.String())
	write("kustomization.yaml", "resources: [a.yaml, web.yaml]\n")
	git("add", "-A")
	git("commit", "-qm", "head")
	for _, command := range [][]string{{"review", "--base", "HEAD~1", "--head", "HEAD"}, {"audit"}} {
		for _, format := range []string{"text", "json", "markdown", "sarif"} {
			file := filepath.Join(out, command[0]+"."+format)
			status := run(t.Context(), append(command, "--repo", repo, "--offline", "--no-cache", "--format", format, "--out", file))
			if status > exitFailure {
				t.Fatalf("%s --format %s ended with %d", command[0], format, status)
			}
			said, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, what := range names {
				sample := credentialtest.Samples[what]
				secret := sample[len(sample)/2:]
				if strings.Contains(string(said), secret) || strings.Contains(string(said), base64.StdEncoding.EncodeToString([]byte("setting "+sample))) {
					t.Errorf("%s --format %s shows %s", command[0], format, what)
				}
			}
		}
	}
	for _, what := range names {
		sample := credentialtest.Samples[what]
		if strings.Contains(github.Redact("GitHub said "+sample+" to us"), sample[len(sample)/2:]) {
			t.Errorf("the log shows %s", what)
		}
	}
}
