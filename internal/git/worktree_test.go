package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestWorkTreeIsWhatLiesOnDisk(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, ".gitignore", "ignored\n")
	write(t, dir, "same.yaml", "same")
	write(t, dir, "edited.yaml", "before")
	write(t, dir, "deleted.yaml", "x")
	write(t, dir, "dir/below.yaml", "below")
	if err := os.Symlink("same.yaml", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	commit(t, dir)
	write(t, dir, "edited.yaml", "after")
	write(t, dir, "new/untracked.yaml", "new")
	write(t, dir, "ignored", "x")
	os.Remove(filepath.Join(dir, "deleted.yaml"))
	outside := t.TempDir()
	write(t, outside, "below.yaml", "outside")
	os.RemoveAll(filepath.Join(dir, "dir"))
	if err := os.Symlink(outside, filepath.Join(dir, "dir")); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	head, err := r.Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	work, err := r.WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".gitignore", "dir", "edited.yaml", "link", "new/untracked.yaml", "same.yaml"}
	if !slices.Equal(work.Files(), want) {
		t.Errorf("files are %q, want %q", work.Files(), want)
	}
	if e, _ := work.Lookup("dir"); e.Mode != model.Symlink || e.Link != outside {
		t.Errorf("dir is %+v, want a symlink", e)
	}
	if _, err := work.Read(t.Context(), "dir/below.yaml"); !errors.Is(err, model.ErrOutside) {
		t.Errorf("read through a link that leaves: %v", err)
	}
	changed := []string{"deleted.yaml", "dir", "dir/below.yaml", "edited.yaml", "new/untracked.yaml"}
	if got := model.Changed(head, work); !slices.Equal(got, changed) {
		t.Errorf("changed are %q, want %q", got, changed)
	}
	for p, content := range map[string]string{"edited.yaml": "after", "new/untracked.yaml": "new", "same.yaml": "same", "link": "same"} {
		if got := read(t, work, p); got != content {
			t.Errorf("%s reads %q, want %q", p, got, content)
		}
	}
	e, _ := work.Lookup("edited.yaml")
	if id := sh(t, dir, "hash-object", "edited.yaml"); e.ID != id {
		t.Errorf("edited.yaml has id %s, git says %s", e.ID, id)
	}
}

func TestWorkTreeThatChangesWhileItIsRead(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "one")
	commit(t, dir)
	work, err := open(t, dir).WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "a", "two")
	if _, err := work.Read(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "changed while") {
		t.Errorf("read of a changed file: %v", err)
	}
}

func TestWorkTreeKeepsWhatASparseCheckoutLeavesOut(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "in/a", "a")
	write(t, dir, "out/b", "b")
	if err := os.Symlink("b", filepath.Join(dir, "out/link")); err != nil {
		t.Fatal(err)
	}
	commit(t, dir)
	sh(t, dir, "sparse-checkout", "set", "in")
	work, err := open(t, dir).WorkTree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, work, "out/link"); got != "b" {
		t.Errorf("out/link reads %q", got)
	}
}

func TestWorkTreeOfABareRepository(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bare.git")
	sh(t, "/", "init", "-q", "--bare", dir)
	if _, err := open(t, dir).WorkTree(t.Context()); !errors.Is(err, git.ErrBare) {
		t.Errorf("WorkTree of a bare repository: %v", err)
	}
}

func TestReadDoesNotFetchInSomebodyElsesPartialClone(t *testing.T) {
	dir := newWorkTree(t)
	write(t, dir, "a", "x")
	commit(t, dir)
	sh(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone.git")
	sh(t, "/", "clone", "-q", "--bare", "--filter=blob:none", "file://"+dir, clone)
	tree, err := open(t, clone).Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tree.Read(t.Context(), "a")
	var missing *git.MissingError
	if !errors.As(err, &missing) {
		t.Errorf("read of a blob that a partial clone lacks: %v", err)
	}
}
