package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func TestGitHubFailsAndRecovers(t *testing.T) {
	w := newWorld(t)
	w.start()
	// Three tries of one request, twice over: the third review succeeds.
	w.fail(standin.Fault{Status: http.StatusBadGateway, Times: 6}, `/pulls/1$`)
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" || len(run.Annotations) != 1 {
		t.Errorf("the check run is %+v", run)
	}
}

func TestGitHubDoesNotRecover(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	w.fail(standin.Fault{Status: http.StatusBadGateway, Times: 9}, `/pulls/1$`)
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	run := w.completed(head, 1)[0]
	if run.Conclusion != "action_required" || run.Title != "Could not finish: GitHub answered 502 · review again" {
		t.Errorf("the check run is %+v", run)
	}
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	if runs := w.completed(head, 2); runs[1].Conclusion != "failure" {
		t.Errorf("the re-run's check run is %+v", runs[1])
	}
	expectStates(t, w.reviews(a, 1), store.Done, store.Done)
}

// The answers to creating and to completing the check run are lost: what was
// done must not be done again.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.Fail(standin.Fault{Method: http.MethodPost, Path: anyCheckRun, DropAfter: true})
	w.Fail(standin.Fault{Method: http.MethodPatch, Path: anyCheckRun, DropAfter: true})
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" || len(run.Annotations) != 1 {
		t.Errorf("the check run is %+v", run)
	}
}

func TestAPermissionIsMissing(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	delete(p, "contents")
	w.setPermissions(p)
	w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	run := w.completed(head, 1)[0]
	if run.Conclusion != "action_required" || !strings.HasPrefix(run.Title, "Not set up for this: the installation lacks a permission") ||
		!strings.Contains(run.Summary, "an owner of the organisation can grant it") {
		t.Errorf("the check run is %+v", run)
	}
}

func TestNotEvenTheCheckRunIsAllowed(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	delete(p, "checks")
	w.setPermissions(p)
	a := w.start()
	w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.until("a token was refused twice", func() bool { return w.Count(http.MethodPost, "access_tokens$") >= 2 })
	all := w.reviews(a, 1)
	expectStates(t, all, store.Failed)
	if !strings.HasPrefix(all[0].Title, "Not set up for this") {
		t.Errorf("the review says %q", all[0].Title)
	}
}

func TestLimitsAreHonoured(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	w.TriggerSecondary(time.Second)
	w.pull("topic", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the check run is %+v", run)
	}
	if r := w.reviews(a, 1)[0]; r.Tries != 0 {
		t.Errorf("a limit counted as %d failed tries", r.Tries)
	}
}

func TestNoCommonHistory(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.git("switch", "-q", "--orphan", "strange")
	head := w.commit(breaks)
	w.push("strange")
	w.pull("strange", "")
	run := w.completed(head, 1)[0]
	if run.Conclusion != "action_required" || run.Title != "Could not finish: no common history with main" {
		t.Errorf("the check run is %+v", run)
	}
}

// An older event that arrives late must not keep the newest head from its
// review.
func TestEventsInTheWrongOrder(t *testing.T) {
	w := newWorld(t)
	old := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	head := w.branch("topic", "main", scales)
	a := w.start() // the events so far were not heard
	events := w.Deliveries()
	w.ok(w.Redeliver(t.Context(), events[len(events)-1].ID)) // synchronize
	w.ok(w.Redeliver(t.Context(), events[0].ID))             // opened
	w.until("the newest head has a verdict", func() bool {
		for _, r := range w.runs(head) {
			if r.Conclusion == "success" {
				return true
			}
		}
		return false
	})
	for _, r := range w.reviews(a, 1) {
		if r.HeadSHA == old && r.State != store.Superseded {
			t.Errorf("the old head's review ended %s", r.State)
		}
	}
}
