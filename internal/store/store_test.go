package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	return open(t, store.Options{Dir: t.TempDir(), URL: storetest.URL(t)})
}

func pull(tenant int64, number int, head string) store.Pull {
	return store.Pull{Tenant: tenant, Repository: tenant * 10, Owner: "acme", Name: "shop", Number: number,
		BaseRef: "main", DefaultBranch: "main", HeadSHA: head}
}

func order(t *testing.T, s *store.Store, p store.Pull) store.Taken {
	t.Helper()
	taken, err := s.Open(t.Context(), store.Order{Pull: p, Delivery: "d"})
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func claim(t *testing.T, s *store.Store) *store.Review {
	t.Helper()
	r, err := s.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTenantsAreServedInTurn(t *testing.T) {
	s := newStore(t)
	for n := range 4 {
		order(t, s, pull(1, n+1, "a"))
	}
	order(t, s, pull(2, 1, "a"))
	order(t, s, pull(3, 1, "a"))
	var turns []int64
	for r := claim(t, s); r != nil; r = claim(t, s) {
		turns = append(turns, r.Tenant)
	}
	if got, want := fmt.Sprint(turns), "[1 2 3 1 1 1]"; got != want {
		t.Errorf("the tenants were served %s, want %s", got, want)
	}
}

func TestADeliveryIsTakenOnce(t *testing.T) {
	s := newStore(t)
	p := pull(1, 1, "a")
	for i, want := range []store.Taken{{Opened: true}, {Known: true}} {
		got, err := s.Accept(t.Context(), store.Delivery{ID: "one", Event: "pull_request", Order: &store.Order{Pull: p, Delivery: "one"}})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("delivery %d: %+v, %v; want %+v", i+1, got, err, want)
		}
	}
}

func TestTheNewestHeadSupersedes(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	running := claim(t, s)
	if taken := order(t, s, pull(1, 1, "a")); taken.Opened {
		t.Error("the same head opened a second review")
	}
	if taken := order(t, s, pull(1, 1, "b")); fmt.Sprint(taken.Cancel) != fmt.Sprint([]int64{running.ID}) {
		t.Errorf("running reviews to cancel: %v", taken.Cancel)
	}
	order(t, s, pull(1, 1, "c")) // b was queued
	if err := s.Requeue(t.Context(), running, store.Retry{}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Reviews(t.Context(), 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []store.State{store.Superseded, store.Superseded, store.Queued} {
		if all[i].State != want {
			t.Errorf("review of %s is %s, want %s", all[i].HeadSHA, all[i].State, want)
		}
	}
}

func TestAttemptsAreNumberedByHeadAndBase(t *testing.T) {
	s := newStore(t)
	for _, step := range []struct {
		p     store.Pull
		again bool
		want  string
	}{
		{pull(1, 1, "a"), false, "10/a/main/1"},
		{pull(1, 1, "b"), false, "10/b/main/1"},
		{pull(1, 1, "a"), false, "10/a/main/2"}, // it came back
		{pull(1, 1, "a"), true, "10/a/main/3"},
		{pull(1, 2, "a"), false, "10/a/main/4"}, // another pull request with the head
	} {
		if _, err := s.Open(t.Context(), store.Order{Pull: step.p, Again: step.again, Delivery: step.want}); err != nil {
			t.Fatal(err)
		}
		r := claim(t, s)
		if r == nil || r.ExternalID != step.want {
			t.Fatalf("claimed %+v, want %s", r, step.want)
		}
		if err := s.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneProcessADirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, store.Options{Dir: dir})
	if _, err := store.Open(t.Context(), store.Options{Dir: dir}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("the second process got %v", err)
	}
}

// What a dead process had in work is queued for the next one, and a worker that
// was only thought dead finds out.
func TestReviewsOfTheDeadAreReturned(t *testing.T) {
	dir := t.TempDir()
	first := open(t, store.Options{Dir: dir})
	order(t, first, pull(1, 1, "a"))
	order(t, first, pull(1, 2, "a"))
	claim(t, first)
	late := claim(t, first)
	order(t, first, pull(1, 2, "b")) // late is to be cancelled
	first.Close()
	second := open(t, store.Options{Dir: dir})
	r := claim(t, second)
	if r == nil || r.Number != 1 || r.Deaths != 1 {
		t.Fatalf("claimed %+v, want pull request 1 with one death", r)
	}
	if r := claim(t, second); r == nil || r.HeadSHA != "b" {
		t.Fatalf("claimed %+v, want the newer head of pull request 2", r)
	}
	if err := second.Finish(t.Context(), late); !errors.Is(err, store.ErrLost) {
		t.Errorf("a worker that lost its review got %v", err)
	}
}

func TestDepth(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	order(t, s, pull(1, 2, "a"))
	claim(t, s)
	d, err := s.Depth(t.Context())
	if err != nil || d.Queued != 1 || d.Running != 1 {
		t.Errorf("the depth is %+v, %v", d, err)
	}
}
