package git_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/git"
)

func TestFetchReadsAForksHead(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", "base")
	base := s.push(t, "refs/heads/main")
	write(t, s.work, "a", "head")
	head := s.push(t, "refs/pull/7/head")
	m := &git.Mirrors{Dir: t.TempDir()}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}, git.Want{Ref: "refs/pull/7/head", SHA: head}))
	if got := r.At("refs/heads/main"); got != base {
		t.Errorf("main is at %s, want %s", got, base)
	}
	if got, err := r.MergeBase(t.Context(), base, head); err != nil || got != base {
		t.Errorf("MergeBase = %s, %v; want %s", got, err, base)
	}
	for sha, want := range map[string]string{base: "base", head: "head"} {
		tree, err := r.Tree(t.Context(), sha)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, tree, "a"); got != want {
			t.Errorf("a at %s reads %q, want %q", sha, got, want)
		}
	}
}

func TestBlobsComeInOneRequest(t *testing.T) {
	s := newServer(t)
	for i := range 300 {
		write(t, s.work, fmt.Sprintf("f%d", i), fmt.Sprint("content ", i))
	}
	head := s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir()}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main", SHA: head}))
	tree, err := r.Tree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range tree.Files() {
		e, _ := tree.Lookup(p)
		ids = append(ids, e.ID)
	}
	s.forget()
	if err := r.Prefetch(t.Context(), ids[:200]); err != nil {
		t.Fatal(err)
	}
	fetched := s.posts()
	if fetched == 0 || fetched > 2 { // ls-refs, fetch
		t.Errorf("200 blobs took %d requests", fetched)
	}
	s.forget()
	if err := r.Prefetch(t.Context(), ids[:200]); err != nil || s.posts() != 0 {
		t.Errorf("what is there was fetched again: %d requests, %v", s.posts(), err)
	}
	got, err := tree.ReadBlobs(t.Context(), ids)
	if err != nil || len(got) != 300 {
		t.Fatalf("read %d blobs, %v", len(got), err)
	}
	if s.posts() != fetched {
		t.Errorf("100 missing blobs took %d requests, want %d", s.posts(), fetched)
	}
	s.forget()
	if got := read(t, tree, "f299"); got != "content 299" || s.posts() != 0 {
		t.Errorf("f299 reads %q after %d requests", got, s.posts())
	}
}

func TestFetchIsIncremental(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", "one")
	first := s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir()}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	tree, err := r.Tree(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	read(t, tree, "a")
	write(t, s.work, "b", "two")
	second := s.push(t, "refs/heads/main")
	r2 := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main", SHA: second}))
	s.forget()
	tree, err = r2.Tree(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, tree, "a"); got != "one" || s.posts() != 0 {
		t.Errorf("a reads %q after %d requests: the mirror was not kept", got, s.posts())
	}
}

func TestFetchOfAHeadThatMoved(t *testing.T) {
	s := newServer(t)
	first := s.push(t, "refs/heads/main")
	s.push(t, "refs/pull/7/head")
	write(t, s.work, "a", "x")
	second := s.push(t, "refs/heads/main")
	sh(t, s.work, "push", "-q", "origin", "HEAD:refs/pull/7/head")
	m := &git.Mirrors{Dir: t.TempDir()}
	_, err := m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/pull/7/head", SHA: first}))
	var moved *git.MovedError
	if !errors.As(err, &moved) || moved.Ref != "refs/pull/7/head" || moved.Want != first || moved.Got != second {
		t.Errorf("Fetch of an old head: %v", err)
	}
	fetch(t, m, s.request(git.Want{Ref: "refs/heads/main", SHA: first, Behind: true}))
	_, err = m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main", SHA: strings.Repeat("1", 40), Behind: true}))
	if !errors.As(err, &moved) || moved.Got != second {
		t.Errorf("Fetch of a base that was rewritten: %v", err)
	}
	_, err = m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main"}, git.Want{Ref: "refs/heads/gone"}))
	if !errors.As(err, &moved) || moved.Ref != "refs/heads/gone" || moved.Got != "" {
		t.Errorf("Fetch of a ref that is gone: %v", err)
	}
}

// A branch "a" gives way to "a/b": with refs kept under their own names the
// second could not be stored.
func TestFetchOfABranchBelowAnOlderOne(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/a")
	m := &git.Mirrors{Dir: t.TempDir()}
	fetch(t, m, s.request(git.Want{Ref: "refs/heads/a"}))
	sh(t, s.work, "push", "-q", "origin", ":refs/heads/a", "HEAD:refs/heads/a/b")
	fetch(t, m, s.request(git.Want{Ref: "refs/heads/a/b"}))
}

func TestDamagedMirrorIsMadeAnew(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", "x")
	head := s.push(t, "refs/heads/main")
	for name, damage := range map[string]func(dir string){
		"packs cut short": func(dir string) { eachPack(t, dir, func(p string) { os.Truncate(p, 20) }) },
		"packs gone":      func(dir string) { eachPack(t, dir, func(p string) { os.Remove(p) }) },
		"no HEAD":         func(dir string) { os.Remove(filepath.Join(mirrorDir(t, dir), "HEAD")) },
		"bad config":      func(dir string) { os.WriteFile(filepath.Join(mirrorDir(t, dir), "config"), []byte("[["), 0o600) },
		"all gone":        func(dir string) { os.RemoveAll(dir) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &git.Mirrors{Dir: t.TempDir()}
			fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"})).Close()
			damage(m.Dir)
			r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main", SHA: head}))
			tree, err := r.Tree(t.Context(), head)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, tree, "a"); got != "x" {
				t.Errorf("a reads %q", got)
			}
		})
	}
}

func TestDamageFoundByAReaderIsMendedByTheNextFetch(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", strings.Repeat("x", 100))
	head := s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir()}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	tree, err := r.Tree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := tree.Lookup("a")
	if err := r.Prefetch(t.Context(), []string{e.ID}); err != nil {
		t.Fatal(err)
	}
	r.Close()
	r = fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	eachPack(t, m.Dir, func(p string) {
		content, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := 12; i < len(content)-20; i++ {
			content[i] ^= 0x5a
		}
		os.Chmod(p, 0o600)
		os.WriteFile(p, content, 0o600)
	})
	if _, err := r.Read(t.Context(), []string{e.ID}); !errors.Is(err, git.ErrBroken) {
		t.Errorf("Read of a damaged mirror: %v", err)
	}
	r.Close()
	r = fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	if got, err := r.Read(t.Context(), []string{e.ID}); err != nil || len(got[e.ID]) != 100 {
		t.Errorf("Read after the next Fetch: %d bytes, %v", len(got[e.ID]), err)
	}
}

func TestMirrorRemovedWhileItIsRead(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", "x")
	head := s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir()}
	r := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"}))
	tree, err := r.Tree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(m.Dir)
	if _, err := tree.Read(t.Context(), "a"); !errors.Is(err, git.ErrBroken) {
		t.Errorf("read of a removed mirror: %v", err)
	}
}

func TestTenantsDoNotShareMirrors(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir()}
	q := s.request(git.Want{Ref: "refs/heads/main"})
	fetch(t, m, q)
	q.Tenant, q.Token = "../2", "wrong"
	if _, err := m.Fetch(t.Context(), q); !errors.Is(err, git.ErrNotVisible) {
		t.Errorf("Fetch by another tenant: %v", err)
	}
	dirs, _ := filepath.Glob(filepath.Join(m.Dir, "*"))
	if len(dirs) != 2 {
		t.Errorf("mirrors of two tenants lie in %q", dirs)
	}
}

func TestManyFetchesAtOnce(t *testing.T) {
	s := newServer(t)
	write(t, s.work, "a", "x")
	head := s.push(t, "refs/heads/main")
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			m := &git.Mirrors{Dir: dir} // as another process would
			r, err := m.Fetch(t.Context(), s.request(git.Want{Ref: "refs/heads/main", SHA: head}))
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			tree, err := r.Tree(t.Context(), head)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := tree.Read(t.Context(), "a"); err != nil || string(got) != "x" {
				t.Errorf("a reads %q, %v", got, err)
			}
		})
	}
	all.Wait()
}

func TestLeastRecentlyUsedMirrorsGo(t *testing.T) {
	s := newServer(t)
	s.push(t, "refs/heads/main")
	m := &git.Mirrors{Dir: t.TempDir(), MaxBytes: 1} // none fits
	q := s.request(git.Want{Ref: "refs/heads/main"})
	held := fetch(t, m, q)
	for _, repository := range []string{"43", "44"} {
		q.Repository = repository
		fetch(t, m, q).Close()
	}
	if n := mirrors(t, m.Dir); n != 2 {
		t.Errorf("%d mirrors are left, want the one in use and the newest", n)
	}
	if _, err := held.Tree(t.Context(), held.At("refs/heads/main")); err != nil {
		t.Errorf("a mirror in use was removed: %v", err)
	}
	held.Close()
	q.Repository = "45"
	fetch(t, m, q).Close()
	if n := mirrors(t, m.Dir); n != 1 {
		t.Errorf("%d mirrors are left, want the newest", n)
	}
}

func TestManyPacksAreJoined(t *testing.T) {
	s := newServer(t)
	m := &git.Mirrors{Dir: t.TempDir()}
	var last string
	for i := range 53 {
		write(t, s.work, "a", fmt.Sprint(i))
		last = s.push(t, "refs/heads/main")
		fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"})).Close()
	}
	packs := 0
	eachPack(t, m.Dir, func(string) { packs++ })
	if packs > 10 {
		t.Errorf("%d packs are left", packs)
	}
	tree, err := fetch(t, m, s.request(git.Want{Ref: "refs/heads/main"})).Tree(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, tree, "a"); got != "52" {
		t.Errorf("a reads %q", got)
	}
}

func mirrors(t *testing.T, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*/*/mirror.git"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func mirrorDir(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*/*/mirror.git"))
	if err != nil || len(found) != 1 {
		t.Fatalf("mirrors are %q, %v; want one", found, err)
	}
	return found[0]
}

func eachPack(t *testing.T, dir string, f func(string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".pack") {
			os.Chmod(p, 0o600)
			f(p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
