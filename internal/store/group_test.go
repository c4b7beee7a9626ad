package store_test

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

func group(head string) store.Pull {
	p := pull(1, 0, head)
	p.GroupRef, p.GroupBase = "refs/heads/gh-readonly-queue/main/pr-1-base", "base"
	return p
}

// Several groups of a queue are reviewed at the same time, and beside their pull
// requests: each ends by itself.
func TestMergeGroupsAreKnownByTheirHead(t *testing.T) {
	s := newStore(t)
	for _, p := range []store.Pull{pull(1, 1, "p"), group("a"), group("b"), group("c")} {
		if taken := order(t, s, p); !taken.Opened || len(taken.Cancel) != 0 {
			t.Fatalf("an order did %+v", taken)
		}
	}
	if taken := order(t, s, group("b")); taken.Opened {
		t.Error("what is queued was opened once more")
	}
	claim(t, s) // the pull request
	running := claim(t, s)
	if running.Pull != group("a") || running.ExternalID != "10/a/main/1" {
		t.Errorf("claimed %+v", running)
	}
	for head, cancels := range map[string]int{"a": 1, "b": 0} {
		taken, err := s.Cancel(t.Context(), group(head))
		if err != nil || len(taken.Cancel) != cancels {
			t.Errorf("cancelling %s: %+v, %v", head, taken, err)
		}
	}
	if next := claim(t, s); next == nil || next.HeadSHA != "c" {
		t.Errorf("claimed %+v; what was waiting and is gone must not be", next)
	}
	if next := claim(t, s); next != nil {
		t.Errorf("claimed %+v", next)
	}
	known, err := s.Reviews(t.Context(), 10, 0)
	if err != nil || len(known) != 3 || !known[0].Cancelled || known[1].State != store.Superseded || known[2].Cancelled {
		t.Errorf("the groups' reviews are %+v, %v", known, err)
	}
	for head, n := range map[string]int{"a": 1, "p": 0} {
		if found, err := s.Groups(t.Context(), 10, head); err != nil || len(found) != n {
			t.Errorf("the groups with the head %s are %+v, %v", head, found, err)
		}
	}
	open, err := s.OpenPulls(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].Number != 1 {
		t.Errorf("the open pull requests are %+v, %v", open, err)
	}
}
