package main

import (
	"net/http"
	"os"
	"path/filepath"
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

// What GitHub answers in the 4xx and takes back a moment later ends no review.
func TestAnswersThatPass(t *testing.T) {
	json := func(message string) string { return `{"message":"` + message + `"}` }
	for name, f := range map[string]struct {
		fault standin.Fault
		path  string
	}{
		"404 just after a push":         {standin.Fault{Status: 404}, `/pulls/1$`},
		"404 of the check run":          {standin.Fault{Method: "PATCH", Status: 404}, `/check-runs/`},
		"422 No commit found":           {standin.Fault{Method: "POST", Status: 422, Body: json("No commit found for SHA: x")}, `/check-runs$`},
		"409":                           {standin.Fault{Method: "PATCH", Status: 409}, `/check-runs/`},
		"401 of a token and of the new": {standin.Fault{Status: 401, Times: 2}, `/pulls/1$`},
		"401 of the App's key":          {standin.Fault{Status: 401}, `access_tokens$`},
		"403 without a reason":          {standin.Fault{Status: 403}, `/pulls/1$`},
		"422 of a new repository":       {standin.Fault{Status: 422, Body: json("There is at least one repository that does not exist or is not accessible to the parent installation.")}, `access_tokens$`},
		"403 of a token":                {standin.Fault{Status: 403, Times: 4}, `access_tokens$`},
		"409 of a token":                {standin.Fault{Status: 409, Times: 4}, `access_tokens$`},
		"404 of a token":                {standin.Fault{Status: 404}, `access_tokens$`},
		"423":                           {standin.Fault{Method: "POST", Status: 423}, `/check-runs$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.start()
			w.fail(f.fault, f.path)
			head := w.branch("topic", "main", breaks)
			w.pull("topic", "")
			if run := w.completed(head, 1)[0]; run.Conclusion != "failure" || len(run.Annotations) != 1 {
				t.Errorf("the check run is %+v", run)
			}
		})
	}
}

// What does not pass is told in words that help.
func TestAnswersThatDoNotPass(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.fail(standin.Fault{Method: "PATCH", Status: 409, Times: 9}, `/check-runs/`)
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "action_required" || run.Title != "Could not finish: GitHub answered 409 · review again" {
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
	if run.Conclusion != "action_required" || run.Title != "Not set up for this: the installation lacks the permission Contents: read-only" ||
		!strings.Contains(run.Summary, "an owner of the account can grant it") || !strings.Contains(run.Summary, "reviewed by itself") {
		t.Errorf("the check run is %+v", run)
	}
	w.accept()
	if runs := w.completed(head, 2); runs[1].Conclusion != "failure" {
		t.Errorf("with the permission the check run is %+v", runs[1])
	}
}

// accept is an owner's granting all that the App asks for.
func (w *world) accept() {
	w.t.Helper()
	id, err := w.InstallationID("acme")
	w.ok(err)
	w.ok(w.Accept(w.t.Context(), id, standin.DefaultPermissions()))
}

func TestNotEvenTheCheckRunIsAllowed(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	delete(p, "checks")
	w.setPermissions(p)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.until("a token was refused twice", func() bool { return w.Count(http.MethodPost, "access_tokens$") >= 2 })
	all := w.reviews(a, 1)
	expectStates(t, all, store.Failed)
	if !all[0].Lacks || !strings.HasPrefix(all[0].Title, "Not set up for this: the installation lacks the permission Checks: read and write, Pull") {
		t.Errorf("the review says %q, and that it lacks something: %v", all[0].Title, all[0].Lacks)
	}
	w.start()
	w.accept()
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("with the permission the check run is %+v", run)
	}
}

func TestASuspendedInstallation(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	id, err := w.InstallationID("acme")
	w.ok(err)
	head := w.branch("topic", "main", breaks)
	w.ok(w.Suspend(id))
	number := w.pull("topic", "")
	w.says(number, "writer", "/audit help")
	w.until("tokens were refused", func() bool { return w.Count(http.MethodPost, "access_tokens$") >= 4 })
	expectStates(t, w.reviews(a, number), store.Failed)
	w.start()
	w.ok(w.Unsuspend(t.Context(), id))
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the check run is %+v", run)
	}
	w.until("the command is answered", func() bool { return w.Count(http.MethodPost, "/comments$") > 0 })
}

func TestAnUninstalledAppForgets(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	id, err := w.InstallationID("acme")
	w.ok(err)
	repository, err := w.RepositoryID("acme/shop")
	w.ok(err)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	w.ok(w.Uninstall(t.Context(), id))
	a.end()
	s, err := store.Open(t.Context(), store.Options{Dir: w.data, URL: w.database})
	w.ok(err)
	defer s.Close()
	if all, err := s.Reviews(t.Context(), repository, number); err != nil || len(all) != 0 {
		t.Errorf("kept: %+v, %v", all, err)
	}
}

// The mirrors of an account that is gone are deleted, also by a replica that was down.
func TestMirrorsOfAnUninstalledApp(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	id, err := w.InstallationID("acme")
	w.ok(err)
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.completed(head, 1)
	mirrors := filepath.Join(w.data, "mirrors")
	there := func() int {
		all, err := filepath.Glob(filepath.Join(mirrors, "*", "*", "mirror.git"))
		w.ok(err)
		return len(all)
	}
	if there() != 1 {
		t.Fatalf("there are %d mirrors", there())
	}
	kept := t.TempDir()
	w.ok(os.CopyFS(kept, os.DirFS(mirrors)))
	gone := func(what string) {
		t.Helper()
		late, look := time.After(patience), time.NewTicker(10*time.Millisecond)
		defer look.Stop()
		for there() > 0 {
			select {
			case <-late:
				t.Fatalf("%s: there are %d mirrors", what, there())
			case <-look.C:
			}
		}
	}
	w.ok(w.Uninstall(t.Context(), id))
	gone("at work")
	a.end()
	w.ok(os.RemoveAll(mirrors))
	w.ok(os.CopyFS(mirrors, os.DirFS(kept)))
	if there() != 1 {
		t.Fatal("the mirror was not put back")
	}
	w.start()
	gone("it was down")
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
