package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

func say(t *testing.T, s *store.Store, tenant, comment int64, heavy bool) {
	t.Helper()
	_, err := s.Accept(t.Context(), store.Delivery{ID: fmt.Sprint("c", tenant, "-", comment), Event: "issue_comment",
		Command: &store.Command{Tenant: tenant, Repository: tenant, Owner: "o", Name: "n", Number: 1, Comment: comment, Sender: "s", Line: "/audit", Heavy: heavy}})
	if err != nil {
		t.Fatal(err)
	}
}

func claimCommand(t *testing.T, s *store.Store, heavy bool) *store.Command {
	t.Helper()
	c, err := s.ClaimCommand(t.Context(), heavy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Commands are shared out by what they cost: who had a long one waits for those who
// had short ones.
func TestCommandsAreSharedOutByCost(t *testing.T) {
	s := newStore(t)
	for n := range int64(4) {
		say(t, s, 1, n+1, true)
		say(t, s, 2, n+1, true)
	}
	var turns []int64
	for c := claimCommand(t, s, true); c != nil; c = claimCommand(t, s, true) {
		turns = append(turns, c.Tenant)
		took := time.Second
		if c.Tenant == 1 {
			took = 3 * time.Second
		}
		if err := s.Spent(t.Context(), c.Tenant, took); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(turns), "[1 2 2 2 1 2 1 1]"; got != want {
		t.Errorf("the turns were %s, want %s", got, want)
	}
}

// Who comes after a rest is next, and has saved nothing up.
func TestARestSavesNothingUp(t *testing.T) {
	s := newStore(t)
	for n := range 4 {
		order(t, s, pull(1, n+1, "a"))
	}
	claim(t, s)
	claim(t, s)
	for n := range 4 {
		order(t, s, pull(2, n+1, "a"))
	}
	var turns []int64
	for r := claim(t, s); r != nil; r = claim(t, s) {
		turns = append(turns, r.Tenant)
	}
	if got, want := fmt.Sprint(turns), "[2 1 2 1 2 2]"; got != want {
		t.Errorf("the turns were %s, want %s", got, want)
	}
}

func TestShortCommandsDoNotWaitForLongOnes(t *testing.T) {
	s := newStore(t)
	say(t, s, 1, 1, true)
	say(t, s, 1, 2, false)
	if c := claimCommand(t, s, false); c == nil || c.Comment != 2 {
		t.Errorf("claimed %+v", c)
	}
	if c := claimCommand(t, s, false); c != nil {
		t.Errorf("claimed %+v", c)
	}
}

// What waits is told by what for, and whatever it waits for it ages.
func TestDepthTellsWhatIsWaitedFor(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	order(t, s, pull(1, 2, "a"))
	order(t, s, pull(2, 1, "a"))
	limited := claim(t, s)
	if err := s.Requeue(t.Context(), limited, store.Retry{After: time.Hour, Reason: store.ForLimit}); err != nil {
		t.Fatal(err)
	}
	lacks := claim(t, s)
	lacks.Lacks = true
	if err := s.Finish(t.Context(), lacks); err != nil {
		t.Fatal(err)
	}
	say(t, s, 3, 1, true)
	d, err := s.Depth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, w := range d.Waiting {
		said = append(said, fmt.Sprint(w.Kind, " ", w.Reason, " ", w.Count))
	}
	if got, want := fmt.Sprint(said), "[command worker 1 review limit 1 review permission 1 review worker 1]"; got != want {
		t.Errorf("what waits is %s, want %s", got, want)
	}
	if len(d.Tenants) != 3 || d.Queued != 2 {
		t.Errorf("the depth is %+v", d)
	}
}
