package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestTreeHoldsEveryMode(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "app/base/web.yaml", "kind: Deployment\n")
	write(t, dir, "app/run.sh", "true\n")
	write(t, dir, "odd/na\xffme \"q\"\t.yaml", "odd")
	if err := os.Chmod(filepath.Join(dir, "app/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"app/link": "base", "dangling": "../../etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	first := commit(t, dir)
	sh(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+first+",vendor/sub")
	sh(t, dir, "commit", "-q", "-m", "submodule")
	tree, err := open(t, dir).Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]model.Entry{
		"app":                       {Mode: model.Dir},
		"app/run.sh":                {Mode: model.File},
		"app/link":                  {Mode: model.Symlink, Link: "base"},
		"dangling":                  {Mode: model.Symlink, Link: "../../etc/passwd"},
		"vendor/sub":                {Mode: model.Submodule, ID: first},
		"odd/na\xffme \"q\"\t.yaml": {Mode: model.File},
	} {
		got, ok := tree.Lookup(p)
		if !ok || got.Mode != want.Mode || got.Link != want.Link || want.ID != "" && got.ID != want.ID || len(got.ID) != 40 {
			t.Errorf("Lookup(%q) = %+v, %v; want %+v", p, got, ok, want)
		}
	}
	if got := read(t, tree, "app/link/web.yaml"); got != "kind: Deployment\n" {
		t.Errorf("read %q through a link", got)
	}
	if _, err := tree.Read(t.Context(), "dangling"); !errors.Is(err, model.ErrOutside) {
		t.Errorf("read of a link that leaves the repository: %v", err)
	}
	if _, err := tree.Read(t.Context(), "vendor/sub"); !errors.Is(err, model.ErrNotExist) {
		t.Errorf("read of a submodule: %v", err)
	}
}

func TestTreeRefusesAForgedPath(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "x")
	commit(t, dir)
	id := sh(t, dir, "rev-parse", "HEAD:a")
	forge := exec.Command("git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	forge.Dir = dir
	raw := make([]byte, 20)
	if _, err := fmt.Sscanf(id, "%x", &raw); err != nil {
		t.Fatal(err)
	}
	forge.Stdin = strings.NewReader("100644 ../escape\x00" + string(raw))
	out, err := forge.Output()
	if err != nil {
		t.Fatal(err)
	}
	forged := sh(t, dir, "commit-tree", "-m", "x", strings.TrimSpace(string(out)))
	if _, err := open(t, dir).Tree(t.Context(), forged); err == nil || !strings.Contains(err.Error(), "impossible path") {
		t.Errorf("Tree of a forged tree: %v", err)
	}
}

func TestReadLeavesOutWhatIsTooLarge(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "small", "1234")
	write(t, dir, "large", "12345")
	commit(t, dir)
	r := open(t, dir)
	r.SetFileLimit(4)
	tree, err := r.Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, tree, "small"); got != "1234" {
		t.Errorf("small reads %q", got)
	}
	if _, err := tree.Read(t.Context(), "large"); !errors.Is(err, model.ErrTooLarge) {
		t.Errorf("large: %v", err)
	}
}

func TestReadNamesWhatIsMissing(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "x")
	commit(t, dir)
	r := open(t, dir)
	there, tree := sh(t, dir, "rev-parse", "HEAD:a"), sh(t, dir, "rev-parse", "HEAD^{tree}")
	none := strings.Repeat("0", 39) + "1"
	_, err := r.Read(t.Context(), []string{there, none, none})
	var missing *git.MissingError
	if !errors.As(err, &missing) || len(missing.IDs) != 1 || missing.IDs[0] != none {
		t.Errorf("Read of a missing object: %v", err)
	}
	for _, id := range []string{tree, "HEAD:a", "x\nflush", ""} {
		if _, err := r.Read(t.Context(), []string{id}); err == nil {
			t.Errorf("Read(%q) gave no error", id)
		}
	}
	if got, err := r.Read(t.Context(), []string{there}); err != nil || string(got[there]) != "x" {
		t.Errorf("Read after errors = %q, %v", got, err)
	}
}

func TestReadAfterCloseIsAnError(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "x")
	commit(t, dir)
	r := open(t, dir)
	r.Close()
	if _, err := r.Read(t.Context(), []string{sh(t, dir, "rev-parse", "HEAD:a")}); err == nil {
		t.Error("a closed repository was read")
	}
}

// manyFiles is a repository of n small files, made without touching n files.
func manyFiles(t testing.TB, n int) string {
	t.Helper()
	dir := newWorkTree(t)
	var in strings.Builder
	in.WriteString("commit refs/heads/main\ncommitter a <a@example.com> 1767225600 +0000\ndata 1\nx\n")
	for i := range n {
		content := fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n%d\ndata:\n  text: %s\n", i, strings.Repeat("lorem ipsum ", i%60))
		fmt.Fprintf(&in, "M 100644 inline d%d/e%d/f%d.yaml\ndata %d\n%s\n", i%40, i%400, i, len(content), content)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(in.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	return dir
}

func TestTwentyThousandFiles(t *testing.T) {
	const n = 20000
	dir := manyFiles(t, n)
	start := time.Now()
	r := open(t, dir)
	tree, err := r.Tree(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	listed := time.Since(start)
	ids := make([]string, 0, n)
	for _, p := range tree.Files() {
		e, _ := tree.Lookup(p)
		ids = append(ids, e.ID)
	}
	start = time.Now()
	got, err := tree.ReadBlobs(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files: tree %v, blobs %v", len(ids), listed, time.Since(start))
	if len(tree.Files()) != n || len(got) != n {
		t.Errorf("listed %d files and read %d, want %d", len(tree.Files()), len(got), n)
	}
	if text := read(t, tree, "d7/e7/f7.yaml"); !strings.Contains(text, "name: n7\n") {
		t.Errorf("d7/e7/f7.yaml reads %q", text)
	}
}

func TestReadersShareTheProcesses(t *testing.T) {
	dir := manyFiles(t, 500)
	r := open(t, dir)
	tree, err := r.Tree(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for g := range 16 {
		readers.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if g%4 == 0 {
				cancel() // one that gives up must not disturb the rest
			}
			for i, p := range tree.Files() {
				if i%16 != g {
					continue
				}
				content, err := tree.Read(ctx, p)
				if g%4 == 0 {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("read %s with a cancelled context: %v", p, err)
					}
					continue
				}
				name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(p), "f"), ".yaml")
				if err != nil || !strings.Contains(string(content), "name: n"+name+"\n") {
					t.Errorf("read %s: %q, %v", p, content, err)
				}
			}
		})
	}
	readers.Wait()
}

// TestTreeIsWhatGitLists: odd modes, names and directories that two commits share, as
// ls-tree has them.
func TestTreeIsWhatGitLists(t *testing.T) {
	dir := newWorkTree(t)
	for i := range 30 {
		write(t, dir, fmt.Sprintf("apps/a%d/deep/er/kustomization.yaml", i), fmt.Sprint(i%3))
		write(t, dir, fmt.Sprintf("apps/a%d.yaml", i), "x")
	}
	write(t, dir, "spaced name/na\xffme \"q\"\t\n.yaml", "odd")
	commit(t, dir)
	write(t, dir, "apps/a7/deep/er/more.yaml", "more")
	second := commit(t, dir)
	blob := sh(t, dir, "rev-parse", "HEAD:apps/a1.yaml")
	raw := make([]byte, 20)
	if _, err := fmt.Sscanf(blob, "%x", &raw); err != nil {
		t.Fatal(err)
	}
	var odd strings.Builder
	for _, mode := range []string{"100600", "100664", "100755", "0100644", "120777"} {
		odd.WriteString(mode + " m" + mode + "\x00" + string(raw))
	}
	forge := exec.Command("git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	forge.Dir, forge.Stdin = dir, strings.NewReader(odd.String())
	id, err := forge.Output()
	if err != nil {
		t.Fatal(err)
	}
	forged := sh(t, dir, "commit-tree", "-m", "x", strings.TrimSpace(string(id)))
	repo := open(t, dir)
	for _, sha := range []string{second + "~1", second, forged} {
		tree, err := repo.Tree(t.Context(), sha)
		if err != nil {
			t.Fatal(err)
		}
		list := exec.Command("git", "ls-tree", "-r", "-t", "-z", "--full-tree", sha)
		list.Dir = dir
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		records := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		modes := map[string]model.Mode{"100644": model.File, "100755": model.File, "040000": model.Dir, "120000": model.Symlink}
		files := 0
		for _, record := range records {
			head, p, _ := strings.Cut(record, "\t")
			fields := strings.Fields(head)
			if e, ok := tree.Lookup(p); !ok || e.ID != fields[2] || e.Mode != modes[fields[0]] {
				t.Errorf("%s: git lists %q, the tree has %+v", sha, record, e)
			}
			if fields[0] != "040000" {
				files++
			}
		}
		if files != len(tree.Files()) {
			t.Errorf("%s: git lists %d files, the tree has %d", sha, files, len(tree.Files()))
		}
	}
}

// TestATreeThatIsNotThere: a commit of which a part is missing is an error that says so.
func TestATreeThatIsNotThere(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a/b/c", "x")
	sha := commit(t, dir)
	id := sh(t, dir, "rev-parse", "HEAD:a/b")
	if err := os.Remove(filepath.Join(dir, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	var missing *git.MissingError
	if _, err := open(t, dir).Tree(t.Context(), sha); !errors.As(err, &missing) || missing.IDs[0] != id {
		t.Errorf("the error is %v", err)
	}
}
