package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// What happened while Seaworthy was not there is caught up: events are asked for
// again, and pull requests are found whose event GitHub has forgotten.
func TestWhatWasMissedIsCaughtUp(t *testing.T) {
	for name, forgotten := range map[string]bool{"redelivered": false, "forgotten": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.catchUp = 50 * time.Millisecond
			w.SetWebhookURL("http://127.0.0.1:1/") // nobody is there
			if forgotten {
				w.SetWebhookURL("")
				w.fail(standin.Fault{Status: http.StatusBadGateway, Times: 1 << 20}, `^/app/hook/`)
			}
			head := w.branch("topic", "main", breaks)
			number := w.pull("topic", "")
			a := w.start()
			if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
				t.Errorf("the check run is %+v", run)
			}
			expectStates(t, w.reviews(a, number), store.Done)
		})
	}
}

// A pull request that has its verdict, or waits for a permission, is not missed.
func TestWhatIsKnownIsNotCaughtUp(t *testing.T) {
	w := newWorld(t)
	w.catchUp = 20 * time.Millisecond
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	looks := func() int { return w.Count(http.MethodGet, `/app/hook/deliveries$`) }
	from := looks()
	w.until("it looked a few times more", func() bool { return looks() > from+3 })
	failed := 0 // a machine that is busy may answer too late: to ask again is right then
	for _, d := range w.Deliveries() {
		for n, status := range d.Answers {
			switch arrived := status == http.StatusAccepted; {
			case !arrived:
				failed++
			case n < len(d.Answers)-1:
				t.Errorf("the event %s was asked for again: %v", d.Event, d.Answers)
			}
		}
	}
	if n := w.Count(http.MethodPost, `/attempts$`); n != 0 && failed == 0 {
		t.Errorf("%d deliveries were asked for again", n)
	}
	expectStates(t, w.reviews(a, number), store.Done)
}

// The event that a permission was granted can be missed, too.
func TestAGrantThatWasMissed(t *testing.T) {
	w := newWorld(t)
	w.catchUp = 50 * time.Millisecond
	p := standin.DefaultPermissions()
	delete(p, "contents")
	w.setPermissions(p)
	w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.completed(head, 1)
	w.setPermissions(standin.DefaultPermissions())
	if runs := w.completed(head, 2); runs[1].Conclusion != "failure" {
		t.Errorf("the check runs are %+v", runs)
	}
}

// A repository that is added has its open pull requests reviewed.
func TestAnAddedRepository(t *testing.T) {
	w := newWorld(t)
	w.SetWebhookURL("")
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.start()
	w.ok(w.Announce(t.Context(), "acme/shop"))
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the check run is %+v", run)
	}
}

func TestARenamedRepository(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	w.ok(w.Rename("acme/shop", "store"))
	w.ok(w.Send(t.Context(), "repository", "acme/store", "owner", map[string]any{"action": "renamed"}))
	id, err := w.RepositoryID("acme/store")
	w.ok(err)
	a.end()
	s, err := store.Open(t.Context(), store.Options{Dir: w.data, URL: w.database})
	w.ok(err)
	defer s.Close()
	all, err := s.Reviews(t.Context(), id, number)
	w.ok(err)
	if len(all) != 1 || all[0].Name != "store" {
		t.Errorf("the reviews are %+v", all)
	}
}

// A branch that reviews start from is rendered when it moves, so that the next review
// finds its base rendered.
func TestAPushWarms(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	sha := w.git("rev-parse", "main")
	w.ok(w.Send(t.Context(), "push", "acme/shop", "author", map[string]any{"ref": "refs/heads/main", "after": sha}))
	w.until("the branch was fetched", func() bool { return w.Count(http.MethodPost, `git-upload-pack$`) > 1 })
	a.end()
	a = w.start()
	head := w.branch("topic", "main", scales)
	w.pull("topic", "")
	w.completed(head, 1)
	a.end() // what is counted is counted by then
	if said := a.metrics(); !strings.Contains(said, `seaworthy_targets_total{how="rendered"} 1`) {
		t.Errorf("the base was rendered again:\n%s", said)
	}
}

// metrics is what Prometheus would read.
func (a *app) metrics() string {
	said := httptest.NewRecorder()
	a.server.Handler().ServeHTTP(said, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return said.Body.String()
}

func TestButtons(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	run := w.completed(head, 1)[0]
	if got := strings.Join(run.Actions, " "); got != "again audit explain" {
		t.Fatalf("the buttons are %s", got)
	}
	press := func(button, who, want string) {
		t.Helper()
		before := len(w.answers(number))
		w.ok(w.Press(t.Context(), "acme/shop", run.ID, button, who))
		w.until(fmt.Sprintf("%s by %s is answered with %s", button, who, want), func() bool {
			all := w.answers(number)
			return len(all) > before && strings.Contains(all[len(all)-1].Body, want) && strings.Contains(all[len(all)-1].Body, "@"+who+" pressed")
		})
	}
	press("explain", "reader", "**Does not build** · `render-failed`")
	press("audit", "reader", "takes the role write or more")
	press("audit", "writer", "Quick wins")
	press("again", "reader", "takes the role write or more")
	w.ok(w.Press(t.Context(), "acme/shop", run.ID, "again", "writer"))
	if runs := w.completed(head, 2); runs[1].Conclusion != "failure" || !strings.Contains(runs[1].Summary, "at the request of @writer") {
		t.Errorf("the check runs are %+v", runs)
	}
	for _, d := range w.Deliveries() { // none does anything twice
		w.ok(w.Redeliver(t.Context(), d.ID))
	}
	expectStates(t, w.reviews(a, number), store.Done, store.Done)
}

// Without the permission to comment there is no button that answers in a comment.
func TestButtonsWithoutComments(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	p["pull_requests"] = "read"
	w.setPermissions(p)
	w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	if run := w.completed(head, 1)[0]; strings.Join(run.Actions, " ") != "again" {
		t.Errorf("the buttons are %v", run.Actions)
	}
}
