// Command differential holds Seaworthy against the kustomize binary. Without a
// base it builds every kustomization of a commit with both; with one it builds
// both sides of every change since then and compares targets, objects and
// fields with what the review says. Every difference is printed.
package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"github.com/sourcegraph/conc/pool"
	"sigs.k8s.io/yaml"
)

func main() {
	t := tool{}
	base := flag.String("base", "", "compare the changes since this commit; empty compares the builds of head alone")
	head := flag.String("head", "HEAD", "commit to build, or the last of the range")
	flag.StringVar(&t.repo, "repo", ".", "repository")
	flag.StringVar(&t.kustomize, "kustomize", "bin/kustomize", "the kustomize binary")
	helm, _ := exec.LookPath("helm") // "" where there is none
	flag.StringVar(&t.helm, "helm", helm, "the helm binary that kustomize renders charts of the repository with; without one they are a difference")
	flag.StringVar(&t.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.Parse()
	different, err := t.run(*base, *head)
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(2)
	}
	if different > 0 {
		os.Exit(1)
	}
}

func (t tool) run(base, head string) (different int, err error) {
	if base == "" {
		sum, err := t.builds(head)
		fmt.Println(sum)
		return sum.different, err
	}
	sum, err := t.replay(base, head)
	fmt.Println(sum)
	return sum.different, err
}

type tool struct{ repo, kustomize, helm, seaworthy string }

type summary struct{ targets, both, neither, different int }

func (s summary) String() string {
	return fmt.Sprintf("%d kustomizations: %d equal, %d build in neither, %d different", s.targets, s.both, s.neither, s.different)
}

// builds compares the renders of every kustomization of a commit.
func (t tool) builds(rev string) (summary, error) {
	dir, err := os.MkdirTemp("", "differential-")
	if err != nil {
		return summary{}, err
	}
	defer os.RemoveAll(dir)
	if err := t.extract(rev, dir); err != nil {
		return summary{}, err
	}
	dirs, err := kustomizations(dir)
	if err != nil {
		return summary{}, err
	}
	ours, err := t.render(rev, dirs)
	if err != nil {
		return summary{}, err
	}
	theirs := make([]map[string]any, len(dirs))
	work := pool.New().WithMaxGoroutines(2)
	for i, d := range dirs {
		work.Go(func() { theirs[i] = t.build(filepath.Join(dir, d)) })
	}
	work.Wait()
	s := summary{targets: len(dirs)}
	for i, d := range dirs {
		switch o, k := ours[d], theirs[i]; {
		case o == nil && k == nil:
			s.neither++
		case o == nil || k == nil:
			s.different++
			fmt.Printf("%s: kustomize builds: %v, seaworthy builds: %v\n", d, k != nil, o != nil)
		case !reflect.DeepEqual(o, k):
			s.different++
			fmt.Printf("%s: %s\n", d, firstDifference(k, o))
		default:
			s.both++
		}
	}
	return s, nil
}

func (t tool) extract(rev, dir string) error {
	out, err := exec.Command("git", "-C", t.repo, "archive", rev).Output()
	if err != nil {
		return fmt.Errorf("git archive %s: %w", rev, err)
	}
	r := tar.NewReader(bytes.NewReader(out))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.Clean("/"+h.Name))
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(to, 0o755)
		case tar.TypeSymlink:
			err = os.Symlink(h.Linkname, to)
		case tar.TypeReg:
			var content []byte
			if content, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(to, content, 0o644)
			}
		}
		if err != nil {
			return err
		}
	}
}

func kustomizations(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch d.Name() {
		case "kustomization.yaml", "kustomization.yml", "Kustomization":
			rel, err := filepath.Rel(root, filepath.Dir(p))
			if err != nil {
				return err
			}
			if len(dirs) == 0 || dirs[len(dirs)-1] != rel {
				dirs = append(dirs, rel)
			}
		}
		return nil
	})
	return dirs, err
}

// build gives kustomize's objects by identity; nil when it fails.
func (t tool) build(dir string) map[string]any {
	args := []string{"build", "--load-restrictor", "LoadRestrictionsNone"}
	if t.helm != "" {
		args = append(args, "--enable-helm", "--helm-command", t.helm)
	}
	cmd := exec.Command(t.kustomize, append(args, dir)...)
	cmd.Env = []string{"PATH=/nonexistent", "HOME=/nonexistent", "HTTPS_PROXY=http://127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1"}
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return parse(out)
}

func (t tool) render(rev string, dirs []string) (map[string]map[string]any, error) {
	args := []string{"render", "--repo", t.repo, "--rev", rev, "--render", "plain", "--reveal"}
	for _, d := range dirs {
		args = append(args, "--target", "kustomize:"+filepath.ToSlash(d))
	}
	cmd := exec.Command(t.seaworthy, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
		return nil, fmt.Errorf("seaworthy render: %w: %s", err, stderr.String())
	}
	found := map[string]map[string]any{}
	for _, part := range strings.Split("\n"+string(out), "\n# kustomize:") {
		name, body, _ := strings.Cut(part, "\n")
		if name != "" {
			found[path.Clean(name)] = parse([]byte(body))
		}
	}
	return found, nil
}

// parse reads a stream of objects as kubectl does.
func parse(stream []byte) map[string]any {
	out := map[string]any{}
	for _, doc := range strings.Split("\n"+string(stream), "\n---") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		var o map[string]any
		// Splitting took the last line's end, which a block scalar may need.
		if err := yaml.Unmarshal([]byte(doc+"\n"), &o); err != nil {
			out[fmt.Sprintf("unreadable %d: %v", len(out), err)] = doc
			continue
		}
		meta, _ := o["metadata"].(map[string]any)
		key := fmt.Sprint(o["apiVersion"], " ", o["kind"], " ", meta["namespace"], " ", meta["name"])
		for out[key] != nil {
			key += " again"
		}
		out[key] = o
	}
	return out
}

func firstDifference(want, got map[string]any) string {
	keys := map[string]bool{}
	for k := range want {
		keys[k] = true
	}
	for k := range got {
		keys[k] = true
	}
	sorted := make([]string, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	sort.Strings(sorted)
	for _, k := range sorted {
		if !reflect.DeepEqual(want[k], got[k]) {
			a, _ := json.Marshal(want[k]) // decoded YAML always marshals
			b, _ := json.Marshal(got[k])
			i := 0
			for i < min(len(a), len(b)) && a[i] == b[i] {
				i++
			}
			from := max(0, i-60)
			return fmt.Sprintf("%s\n  kustomize …%s\n  seaworthy …%s", k, cut(a, from), cut(b, from))
		}
	}
	return "order"
}

func cut(b []byte, from int) string {
	if from > len(b) {
		from = len(b)
	}
	return string(b[from:min(len(b), from+160)])
}
