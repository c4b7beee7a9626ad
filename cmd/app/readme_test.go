package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// blocks gives what a page of this repository shows in a language.
func blocks(t *testing.T, page, language string) (out []string) {
	t.Helper()
	content, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range regexp.MustCompile("(?sm)^ *```"+language+"\n(.*?)^ *```").FindAllStringSubmatch(string(content), -1) {
		out = append(out, b[1])
	}
	return out
}

// TestReadmeReviews: what README shows of reviews is what the program says of the
// repositories of testdata/readme, in their order.
func TestReadmeReviews(t *testing.T) {
	shown := blocks(t, "README.md", "console")
	took := regexp.MustCompile(` +\d+\.\d s$`)
	for i, name := range []string{"kustomize", "argocd"} {
		a, err := txtar.ParseFile("testdata/readme/" + name + ".txtar")
		if err != nil || i >= len(shown) {
			t.Fatalf("%s: %v, and %d reviews are shown", name, err, len(shown))
		}
		dir := t.TempDir()
		for _, side := range []string{"base", "head"} {
			for _, f := range a.Files {
				if file, ok := strings.CutPrefix(f.Name, side+"/"); ok {
					at := filepath.Join(dir, file)
					if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, f.Data, 0o600)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if side == "head" {
				break // not committed
			}
			for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"remote", "add", "origin", "https://github.com/acme/argo"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"}} {
				cmd := exec.Command("git", args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
		}
		f := reviewFlags{repo: dir, base: "main", head: workTree, format: "text", diff: "short", render: "auto", offline: true, noCache: true}
		var out bytes.Buffer
		var status exitStatus
		if err := f.run(t.Context(), &out); !errors.As(err, &status) || status.code != exitFailure {
			t.Fatalf("%s is to be blocked: %v\n%s", name, err, out.String())
		}
		said := strings.Split(out.String(), "\n")
		for line := range strings.Lines(shown[i]) {
			line = took.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
			if !strings.HasPrefix(line, "$ ") && !slices.ContainsFunc(said, func(s string) bool { return took.ReplaceAllString(s, "") == line }) {
				t.Errorf("%s: README shows %q, which the review does not say", name, line)
			}
		}
		if t.Failed() {
			t.Log(out.String())
		}
	}
}

// TestReadmeHelm: what `helm install` is told is taken by the chart. The
// registry itself is not asked in a test.
func TestReadmeHelm(t *testing.T) {
	for _, page := range []string{"README.md", "deploy/chart/README.md"} {
		command := ""
		for _, b := range blocks(t, page, "sh") {
			if strings.HasPrefix(b, "helm install") {
				command = b
			}
		}
		values := map[string]any{"image": map[string]any{"digest": "sha256:" + strings.Repeat("0", 64)}}
		for _, set := range regexp.MustCompile(`--set (\S+?)=(\S+)`).FindAllStringSubmatch(command, -1) {
			at := values
			path := strings.Split(set[1], ".")
			for _, key := range path[:len(path)-1] {
				if at[key] == nil {
					at[key] = map[string]any{}
				}
				at = at[key].(map[string]any)
			}
			at[path[len(path)-1]] = any(set[2])
			if set[2] == "true" {
				at[path[len(path)-1]] = true
			}
		}
		text, err := yaml.Marshal(values)
		if err != nil || len(values) < 3 {
			t.Fatalf("%s: %v %v", page, values, err)
		}
		r := installed(t, string(text), "1.36")
		made := map[string]bool{}
		for _, c := range r.Changes {
			made[c.Object.Kind] = true
		}
		for _, kind := range []string{"Deployment", "Ingress", "PersistentVolumeClaim"} {
			if !made[kind] {
				t.Errorf("%s: no %s is made: %v", page, kind, slices.Sorted(maps.Keys(made)))
			}
		}
	}
}

// TestReadmeAction: what workflows are told to give is an input of the Action,
// and the history is fetched.
func TestReadmeAction(t *testing.T) {
	content, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Default string }
	}
	if err := yaml.UnmarshalStrict(content, &action, yaml.DisallowUnknownFields); err != nil && action.Inputs == nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "docs/action.md"} {
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]any
				}
			}
		}
		for _, b := range blocks(t, page, "yaml") {
			if strings.Contains(b, "\njobs:") {
				if err := yaml.Unmarshal([]byte(b), &workflow); err != nil {
					t.Fatal(err)
				}
			}
		}
		used := 0
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				name, version, _ := strings.Cut(step.Uses, "@")
				switch name {
				case "actions/checkout":
					if step.With["fetch-depth"] != float64(0) {
						t.Errorf("%s: the checkout is shallow", page)
					}
				case "seaworthy-dev/seaworthy":
					used++
					if want := action.Inputs["version"].Default; version != want {
						t.Errorf("%s uses %s, and the Action runs %s", page, version, want)
					}
					for input := range step.With {
						if _, ok := action.Inputs[input]; !ok {
							t.Errorf("%s: the Action has no input %s", page, input)
						}
					}
				}
			}
		}
		if used != 1 {
			t.Errorf("%s uses the Action %d times", page, used)
		}
	}
	// The table has every input.
	table, err := os.ReadFile("../../docs/action.md")
	if err != nil {
		t.Fatal(err)
	}
	for input := range action.Inputs {
		if !strings.Contains(string(table), "`"+input+"`") {
			t.Errorf("docs/action.md says nothing of %s", input)
		}
	}
}

// TestReadmeDocker: the variables that `docker run` sets are ours. The image
// itself is run by deploy/image/test.
func TestReadmeDocker(t *testing.T) {
	ran := 0
	for _, page := range []string{"README.md", "docs/install.md"} {
		for _, b := range blocks(t, page, "sh") {
			if !strings.HasPrefix(b, "docker run") {
				continue
			}
			ran++
			for _, set := range regexp.MustCompile(`--env (\w+)=(\S+)`).FindAllStringSubmatch(b, -1) {
				if _, err := config.ReadEnvironment([]string{set[1] + "=" + set[2]}); err != nil {
					t.Errorf("%s: %v", page, err)
				}
			}
		}
	}
	if ran != 2 {
		t.Errorf("%d pages show docker run", ran)
	}
}

// TestInstallPolicy: the policy that docs/install.md shows for Kyverno is one, with
// no field of a wrong type.
func TestInstallPolicy(t *testing.T) {
	shown := ""
	for _, b := range blocks(t, "docs/install.md", "yaml") {
		if strings.Contains(b, "ImageValidatingPolicy") {
			shown = b
		}
	}
	r := reviewed(t, map[string]string{"a/kustomization.yaml": "resources: [all.yaml]\n", "a/all.yaml": shown}, "1.36")
	if len(r.Changes) != 1 || r.Changes[0].Object.Kind != "ImageValidatingPolicy" {
		t.Errorf("it shows %v", r.Changes)
	}
	for _, f := range r.Findings {
		if f.Status != review.Waived {
			t.Errorf("%s %s: %s", f.Status, f.Check, f.Message)
		}
	}
}

// TestReleaseNamesOneVersion: everything that names a release names the same.
func TestReleaseNamesOneVersion(t *testing.T) {
	dir := t.TempDir()
	for _, part := range []string{"deploy", "action.yml", "CHANGELOG.md"} {
		from := filepath.Join("../..", part)
		if info, err := os.Stat(from); err == nil && info.IsDir() {
			if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if part == "CHANGELOG.md" {
			content = []byte("# Changelog\n\n## Unreleased\n\nlater\n\n## v0.1.0 (2026-12-01)\n\nthe first\n\n## v0.0.1\n\nbefore\n")
		}
		if err := os.WriteFile(filepath.Join(dir, part), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(script, tag string) (string, error) {
		out, err := exec.Command("bash", filepath.Join(dir, "deploy/release", script), tag).CombinedOutput()
		return string(out), err
	}
	if said, err := run("check", "v0.1.0"); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := run("notes", "v0.1.0"); err != nil || strings.TrimSpace(said) != "the first" {
		t.Errorf("the notes are %q, %v", said, err)
	}
	said, err := run("check", "v0.2.0")
	for _, want := range []string{"deploy/chart/Chart.yaml does not name v0.2.0", "action.yml does not", "deploy/overlays/sqlite/kustomization.yaml does not", `no section "## v0.2.0"`} {
		if err == nil || !strings.Contains(said, want) {
			t.Errorf("of another version it says %q, %v; want %q", said, err, want)
		}
	}
}
