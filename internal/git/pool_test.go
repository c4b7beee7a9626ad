package git

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOneAfterAnotherOneProcessServes: another git cat-file is started only for what is
// asked while one answers.
func TestOneAfterAnotherOneProcessServes(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "first"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %s", args, out)
		}
	}
	repo, err := Open(t.Context(), filepath.Join(dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	for range 3 {
		sha, err := repo.Resolve(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := repo.Tree(t.Context(), sha); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(repo.pool.idle); n != 1 {
		t.Errorf("%d processes run", n)
	}
}
