package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

func TestPagesAreKeptByTenant(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	r := claim(t, s)
	if err := s.KeepPage(t.Context(), r, "{}", [][]byte{[]byte("old"), []byte("more"), []byte("most")}); err != nil {
		t.Fatal(err)
	}
	want := [][]byte{{0, 1, 0xff}, []byte("new")} // the parts before go
	if err := s.KeepPage(t.Context(), r, "{}", want); err != nil {
		t.Fatal(err)
	}
	if err := s.Progress(t.Context(), r, "rendering"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Review(t.Context(), r.ID); err != nil || got.Progress != "rendering" {
		t.Errorf("the progress is %q, %v", got.Progress, err)
	}
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for part, data := range want {
		if got, err := s.Page(t.Context(), *r, part); err != nil || !bytes.Equal(got, data) {
			t.Errorf("part %d is %q, %v", part, got, err)
		}
	}
	other := *r
	other.Tenant = 2
	for name, err := range map[string]error{
		"a part that is not there": func() error { _, err := s.Page(t.Context(), *r, 2); return err }(),
		"another tenant":           func() error { _, err := s.Page(t.Context(), other, 0); return err }(),
	} {
		if !errors.Is(err, store.ErrNoPage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.KeepPage(t.Context(), r, "{}", want); !errors.Is(err, store.ErrLost) {
		t.Errorf("of a review that is done: %v", err)
	}
}

func TestWhatIsOpen(t *testing.T) {
	s := newStore(t)
	done := func(number int, head string) {
		order(t, s, pull(1, number, head))
		r := claim(t, s)
		if err := s.KeepPage(t.Context(), r, head, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	done(1, "a")
	done(1, "b")
	done(2, "c")
	done(3, "d")
	if _, err := s.Cancel(t.Context(), pull(1, 2, "c")); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		open, err := s.OpenPulls(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		var out string
		for _, r := range open {
			out += fmt.Sprint(r.Number, r.Digest, " ")
		}
		return out
	}
	if got, want := said(), "3d 1b "; got != want {
		t.Errorf("open are %q, want %q", got, want)
	}
	order(t, s, pull(1, 2, "c")) // it is opened again
	if got, want := said(), "3d 2c 1b "; got != want {
		t.Errorf("open are %q, want %q", got, want)
	}
	for _, owner := range []string{"acme", "ACME"} {
		known, err := s.RepositoriesOf(t.Context(), owner)
		if err != nil || len(known) != 1 || known[0].Repository != 10 || known[0].Name != "shop" {
			t.Errorf("repositories of %s: %+v, %v", owner, known, err)
		}
	}
	if _, err := s.Known(t.Context(), 11); !errors.Is(err, store.ErrNoReview) {
		t.Errorf("a repository that nobody knows: %v", err)
	}
}

func TestAuditPages(t *testing.T) {
	s := newStore(t)
	p := pull(1, 0, "a")
	for _, digest := range []string{"first", "second"} {
		if _, err := s.KeepAuditPage(t.Context(), p, digest, []byte(digest+"!")); err != nil {
			t.Fatal(err)
		}
	}
	p.Number = 7
	asked, err := s.KeepAuditPage(t.Context(), p, "asked", []byte("asked!"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Audits(t.Context(), p.Repository)
	if err != nil || len(all) != 2 || all[0].Digest != "second" {
		t.Fatalf("the audits are %+v, %v", all, err)
	}
	one, data, err := s.AuditPage(t.Context(), all[1].ID)
	if err != nil || string(data) != "first!" || one.Repository != p.Repository || one.Tenant != 1 {
		t.Errorf("the first is %+v %q, %v", one, data, err)
	}
	if one, data, err := s.AuditPage(t.Context(), asked); err != nil || one.Number != 7 || string(data) != "asked!" {
		t.Errorf("that of the pull request is %+v %q, %v", one, data, err)
	}
	if _, _, err := s.AuditPage(t.Context(), 4711); !errors.Is(err, store.ErrNoPage) {
		t.Errorf("one that is not there: %v", err)
	}
}

// Pages go after their time, whose reviews stay.
func TestPagesGo(t *testing.T) {
	s := open(t, store.Options{Dir: t.TempDir(), URL: storetest.URL(t), KeepPages: time.Millisecond})
	order(t, s, pull(1, 1, "a"))
	r := claim(t, s)
	if err := s.KeepPage(t.Context(), r, "{}", [][]byte{[]byte("page")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	none := func(context.Context) error { return nil }
	work, err := s.Start(t.Context(), store.Tasks{Review: none, Parallel: 1, Limit: time.Minute, Cancel: func([]int64) {}, Lost: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	defer work.Stop(t.Context(), func() {})
	for late := time.After(30 * time.Second); ; {
		if _, err := s.Page(t.Context(), *r, 0); errors.Is(err, store.ErrNoPage) {
			break
		}
		select {
		case <-late:
			t.Fatal("the page is still there")
		case <-time.After(10 * time.Millisecond): // looking after the store tells nobody
		}
	}
	if _, err := s.Review(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
}
