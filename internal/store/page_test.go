package store_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

func TestPagesAreKeptByTenant(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	r := claim(t, s)
	if err := s.KeepPage(t.Context(), r, [][]byte{[]byte("old"), []byte("more"), []byte("most")}); err != nil {
		t.Fatal(err)
	}
	want := [][]byte{{0, 1, 0xff}, []byte("new")} // the parts before go
	if err := s.KeepPage(t.Context(), r, want); err != nil {
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
	if err := s.KeepPage(t.Context(), r, want); !errors.Is(err, store.ErrLost) {
		t.Errorf("of a review that is done: %v", err)
	}
}
