package git_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// sh runs the git program for a test, away from the developer's configuration.
func sh(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commit records everything in the work tree and gives the commit's id.
func commit(t testing.TB, dir string) string {
	t.Helper()
	sh(t, dir, "add", "-A")
	sh(t, dir, "commit", "-q", "--allow-empty", "-m", "commit")
	return sh(t, dir, "rev-parse", "HEAD")
}

func newWorkTree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	sh(t, dir, "init", "-q", "-b", "main")
	return dir
}

func open(t testing.TB, dir string) *git.Repo {
	t.Helper()
	r, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func read(t testing.TB, tree *model.Tree, path string) string {
	t.Helper()
	got, err := tree.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestResolve(t *testing.T) {
	dir := newWorkTree(t)
	first := commit(t, dir)
	sh(t, dir, "update-ref", "refs/heads/--help", first)
	sh(t, dir, "update-ref", "refs/remotes/origin/release", first)
	sh(t, dir, "tag", "-a", "-m", "v1", "v1")
	r := open(t, dir)
	for _, rev := range []string{"main", "HEAD", first[:10], "--help", "release", "v1", "refs/heads/main"} {
		if got, err := r.Resolve(t.Context(), rev); err != nil || got != first {
			t.Errorf("Resolve(%q) = %q, %v; want %s", rev, got, err, first)
		}
	}
	for _, rev := range []string{"", "nope", "--all", "--output=/tmp/x", "HEAD~7", "HEAD:", "a b", "x\ny"} {
		if got, err := r.Resolve(t.Context(), rev); !errors.Is(err, git.ErrNoRevision) {
			t.Errorf("Resolve(%q) = %q, %v; want ErrNoRevision", rev, got, err)
		}
	}
}

func TestMergeBase(t *testing.T) {
	dir := newWorkTree(t)
	base := commit(t, dir)
	sh(t, dir, "switch", "-q", "-c", "feature")
	head := commit(t, dir)
	sh(t, dir, "switch", "-q", "main")
	write(t, dir, "a", "main")
	main := commit(t, dir)
	sh(t, dir, "switch", "-q", "--orphan", "island")
	write(t, dir, "island", "x")
	island := commit(t, dir)
	r := open(t, dir)
	if got, err := r.MergeBase(t.Context(), main, head); err != nil || got != base {
		t.Errorf("MergeBase = %q, %v; want %s", got, err, base)
	}
	if _, err := r.MergeBase(t.Context(), main, island); !errors.Is(err, git.ErrNoMergeBase) || !strings.Contains(err.Error(), "unrelated") {
		t.Errorf("MergeBase of unrelated commits: %v", err)
	}
	for a, want := range map[string]bool{base: true, main: true, head: false} {
		if got, err := r.Ancestor(t.Context(), a, main); err != nil || got != want {
			t.Errorf("Ancestor(%s, main) = %v, %v; want %v", a, got, err, want)
		}
	}
}

func TestMergeBaseOfAShallowCloneSaysToFetchMore(t *testing.T) {
	dir := newWorkTree(t)
	commit(t, dir)
	sh(t, dir, "branch", "feature")
	write(t, dir, "a", "main")
	commit(t, dir)
	sh(t, dir, "switch", "-q", "feature")
	write(t, dir, "b", "feature")
	commit(t, dir)
	clone := t.TempDir()
	sh(t, clone, "clone", "-q", "--depth=1", "--no-single-branch", "file://"+dir, "c")
	_, err := open(t, filepath.Join(clone, "c")).MergeBase(t.Context(), "origin/main", "origin/feature")
	if !errors.Is(err, git.ErrNoMergeBase) || !strings.Contains(err.Error(), "full depth") {
		t.Errorf("MergeBase in a shallow clone: %v", err)
	}
}

func TestOpenRefusesWhatIsNoRepository(t *testing.T) {
	if _, err := git.Open(t.Context(), t.TempDir()); err == nil {
		t.Error("an empty directory was opened")
	}
	if _, err := git.Open(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a directory that is not there was opened")
	}
}

func TestOpenFindsBareRepositoriesAndSubdirectories(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "sub/a", "x")
	want := commit(t, dir)
	bare := filepath.Join(t.TempDir(), "bare.git")
	sh(t, dir, "clone", "-q", "--bare", dir, bare)
	for _, d := range []string{filepath.Join(dir, "sub"), bare, filepath.Join(dir, ".git")} {
		tree, err := open(t, d).Tree(t.Context(), "HEAD")
		if err != nil {
			t.Fatal(err)
		}
		if tree.Commit != want || read(t, tree, "sub/a") != "x" {
			t.Errorf("%s: read commit %s, want %s", d, tree.Commit, want)
		}
	}
}

// A repository's own configuration must not make git run anything: a review may
// be pointed at a directory that somebody else owns.
func TestNothingOfTheRepositoryIsRun(t *testing.T) {
	dir := newWorkTree(t)
	mark := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "a", "x")
	commit(t, dir)
	for _, key := range []string{"core.fsmonitor", "core.pager", "filter.x.clean", "filter.x.process", "diff.external", "alias.ls-tree"} {
		sh(t, dir, "config", key, script)
	}
	write(t, dir, ".gitattributes", "* filter=x diff=x\n")
	write(t, dir, "a", "y")
	for _, hook := range []string{"post-index-change", "reference-transaction", "post-checkout"} {
		if err := os.Symlink(script, filepath.Join(dir, ".git/hooks", hook)); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir)
	tree, err := r.Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	read(t, tree, "a")
	work, err := r.WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, work, "a"); got != "y" {
		t.Errorf("the work tree's file reads %q", got)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program named by the repository ran")
	}
}

func TestReplaceRefsAreNotFollowed(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "true")
	first := commit(t, dir)
	write(t, dir, "a", "forged")
	sh(t, dir, "replace", first, commit(t, dir))
	tree, err := open(t, dir).Tree(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, tree, "a"); got != "true" {
		t.Errorf("read %q through a replace ref", got)
	}
}

func TestCancelledContext(t *testing.T) {
	dir := newWorkTree(t)
	commit(t, dir)
	r := open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Tree(ctx, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("Tree with a cancelled context: %v", err)
	}
}
