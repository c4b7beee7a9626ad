package store_test

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// A later attempt at a head begins when the earlier one has ended, so that its check
// run is the newer.
func TestAttemptsAtOneHeadFollowEachOther(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	first := claim(t, s)
	order(t, s, pull(1, 1, "b"))
	order(t, s, pull(1, 1, "a")) // back again
	if next := claim(t, s); next != nil {
		t.Fatalf("claimed %+v while %s is in work", next, first.ExternalID)
	}
	if err := s.Supersede(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if next := claim(t, s); next == nil || next.ExternalID != "10/a/main/2" {
		t.Errorf("claimed %+v", next)
	}
}

// An attempt that was about to be told when a re-run was asked for, and failed, is
// not tried again beside it.
func TestAnAttemptWithALaterOneIsNotTriedAgain(t *testing.T) {
	s := newStore(t)
	order(t, s, pull(1, 1, "a"))
	first := claim(t, s)
	if err := s.Judge(t.Context(), first, "{}", "success", "x"); err != nil {
		t.Fatal(err)
	}
	taken, err := s.Open(t.Context(), store.Order{Pull: pull(1, 1, "a"), Delivery: "again", Again: true})
	if err != nil || !taken.Opened {
		t.Fatalf("the re-run did %+v, %v", taken, err)
	}
	if err := s.Requeue(t.Context(), first, store.Retry{Count: true}); err != nil {
		t.Fatal(err)
	}
	if next := claim(t, s); next == nil || next.Attempt != 2 {
		t.Errorf("claimed %+v", next)
	}
	all, err := s.Reviews(t.Context(), 10, 1)
	if err != nil || all[0].State != store.Superseded || all[0].Finished.IsZero() {
		t.Errorf("the reviews are %+v, %v", all, err)
	}
}

// A draft that becomes ready while it is told of a draft is reviewed once more; while a
// verdict is told, that is it.
func TestADraftThatBecomesReadyMeanwhile(t *testing.T) {
	for conclusion, again := range map[string]bool{"": true, "action_required": true, "success": false} {
		s := newStore(t)
		order(t, s, pull(1, 1, "a"))
		first := claim(t, s)
		if conclusion != "" {
			if err := s.Judge(t.Context(), first, "{}", conclusion, "x"); err != nil {
				t.Fatal(err)
			}
		}
		taken, err := s.Open(t.Context(), store.Order{Pull: pull(1, 1, "a"), Delivery: "ready", Ready: true})
		if err != nil || taken.Opened != again || len(taken.Cancel) > 0 {
			t.Errorf("while %q is told: %+v, %v", conclusion, taken, err)
		}
	}
}
