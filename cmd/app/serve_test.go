package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func TestAPullRequestGetsACheckRun(t *testing.T) {
	w := newWorld(t)
	w.start()
	head := w.branch("broken", "main", breaks)
	w.pull("broken", "")
	run := w.completed(head, 1)[0]
	if run.Name != "seaworthy" || run.Conclusion != "failure" || run.Title != "Does not build: prod" {
		t.Errorf("the check run is %+v", run)
	}
	want := standin.Annotation{Path: "prod/kustomization.yaml", StartLine: 4, EndLine: 4, Level: "failure"}
	if len(run.Annotations) != 1 {
		t.Fatalf("there are %d annotations: %+v", len(run.Annotations), run.Annotations)
	}
	got := run.Annotations[0]
	got.Title, got.Message = "", ""
	if got != want {
		t.Errorf("the annotation is %+v, want %+v", got, want)
	}
	head = w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Errorf("the check run is %+v", run)
	}
}

func TestAForkIsReviewedFromTheBaseRepository(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.git("switch", "-q", "-C", "from-fork", "main")
	head := w.commit(breaks)
	_, err := w.OpenPull(t.Context(), standin.NewPull{Repo: "acme/shop", Head: "from-fork", Fork: "stranger/shop", From: w.work})
	w.ok(err)
	run := w.completed(head, 1)[0]
	if run.Conclusion != "failure" || len(run.Annotations) != 1 {
		t.Errorf("the check run is %+v", run)
	}
	if n := w.Count("", "stranger"); n != 0 {
		t.Errorf("the fork itself was asked %d times", n)
	}
	// The event of a fork's check run names no pull request.
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	w.completed(head, 2)
}

func TestAHeadThatMovesDuringAReview(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	old := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(hangs) // the first review is in the middle of its fetch
	head := w.branch("topic", "main", scales)
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Errorf("the newer head's check run is %+v", run)
	}
	if run := w.completed(old, 1)[0]; run.Conclusion != "cancelled" || len(run.Annotations) != 0 {
		t.Errorf("the older head's check run is %+v", run)
	}
	expectStates(t, w.reviews(a, number), store.Superseded, store.Done)
}

func TestAHeadThatComesBackOpensANewAttempt(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	first := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(first, 1)
	second := w.branch("topic", "main", scales)
	w.completed(second, 1)
	w.git("switch", "-q", "-C", "topic", first)
	w.push("topic")
	runs := w.completed(first, 2)
	if runs[0].ExternalID == runs[1].ExternalID || runs[1].Conclusion != "failure" {
		t.Errorf("the check runs are %+v", runs)
	}
	expectStates(t, w.reviews(a, number), store.Done, store.Done, store.Done)
}

func TestARerunOpensANewAttempt(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	run := w.completed(head, 1)[0]
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	runs := w.completed(head, 2)
	if !strings.HasSuffix(runs[1].ExternalID, "/main/2") || len(runs[1].Annotations) != 1 || runs[0].Updates != run.Updates {
		t.Errorf("the check runs are %+v", runs)
	}
	w.ok(w.RerequestSuite(t.Context(), "acme/shop", head, "author"))
	w.completed(head, 3)
	expectStates(t, w.reviews(a, number), store.Done, store.Done, store.Done)
}

func TestAChangedBaseOpensANewAttempt(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.branch("release", "main", map[string]string{"extra.txt": "x"})
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	w.ok(w.Retarget(t.Context(), "acme/shop", number, "release"))
	runs := w.completed(head, 2)
	if runs[1].Name != "seaworthy (release)" || !strings.HasSuffix(runs[1].ExternalID, "/release/1") {
		t.Errorf("the second check run is %+v", runs[1])
	}
}

// The default branch's file says which other branches govern themselves.
func TestTheBaseDecidesUnderWhichNameAndRules(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nbranches: [release]\n"})
	w.push("main")
	w.branch("release", "main", map[string]string{".github/seaworthy.yaml": "version: 1\ngate: report\n"})
	w.branch("lax", "main", map[string]string{".github/seaworthy.yaml": "version: 1\ngate: report # says lax\n"})
	w.start()
	for base, want := range map[string]standin.CheckRun{
		"main":    {Name: "seaworthy", Conclusion: "failure"},
		"release": {Name: "seaworthy", Conclusion: "neutral"},
		"lax":     {Name: "seaworthy (lax)", Conclusion: "failure"}, // its own file does not count
	} {
		head := w.branch("to-"+base, base, breaks)
		w.pull("to-"+base, base)
		if run := w.completed(head, 1)[0]; run.Name != want.Name || run.Conclusion != want.Conclusion {
			t.Errorf("into %s: the check run is %s, %s; want %s, %s", base, run.Name, run.Conclusion, want.Name, want.Conclusion)
		}
	}
}

func TestTwoPullRequestsWithOneHeadCarryTheWorst(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nbranches: [release]\n"})
	w.push("main")
	head := w.branch("topic", "main", breaks)
	w.branch("release", "topic", nil) // the breakage is there already
	w.start()
	w.pull("topic", "release")
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Fatalf("into release alone: the check run is %+v", run)
	}
	strict := w.pull("topic", "main")
	carries := func(runs []standin.CheckRun) bool {
		return len(runs) == 2 && runs[0].Conclusion == "failure" && runs[1].Conclusion == "failure"
	}
	w.until("both check runs say failure", func() bool { return carries(w.runs(head)) })
	if run := w.runs(head)[0]; !strings.Contains(run.Title, fmt.Sprintf("#%d says failure", strict)) || len(run.Annotations) != 0 {
		t.Errorf("the lenient one's check run is %+v", run)
	}
}

func TestClosedMeanwhile(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(hangs)
	w.ok(w.ClosePull(t.Context(), "acme/shop", number))
	if run := w.completed(head, 1)[0]; run.Conclusion != "cancelled" {
		t.Errorf("the check run is %+v", run)
	}
	w.ok(w.ReopenPull(t.Context(), "acme/shop", number))
	if runs := w.completed(head, 2); runs[1].Conclusion != "failure" {
		t.Errorf("after it was opened again the check run is %+v", runs[1])
	}
	expectStates(t, w.reviews(a, number), store.Superseded, store.Done)
}

func TestDuplicateDeliveries(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	run := w.completed(head, 1)[0]
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	w.completed(head, 2)
	for _, d := range w.Deliveries() {
		w.ok(w.Redeliver(t.Context(), d.ID))
	}
	for _, d := range w.Deliveries() {
		if d.Status != http.StatusAccepted || d.Tries != 2 {
			t.Errorf("%s was answered with %d", d.Event, d.Status)
		}
	}
	expectStates(t, w.reviews(a, number), store.Done, store.Done)
	if runs := w.completed(head, 2); len(runs[0].Annotations) != 1 || len(runs[1].Annotations) != 1 {
		t.Errorf("the check runs are %+v", runs)
	}
}

func TestSecretsAndSignatures(t *testing.T) {
	w := newWorld(t)
	w.start(func(e *config.Environment) { e.WebhookSecret, e.WebhookSecretPrevious = "the next one", webhookSecret })
	head := w.branch("topic", "main", scales)
	w.pull("topic", "")
	w.completed(head, 1)

	other := newWorld(t)
	a := other.start(func(e *config.Environment) { e.WebhookSecret = "another" })
	other.branch("topic", "main", scales)
	other.pull("topic", "")
	if d := other.Deliveries()[0]; d.Status != http.StatusUnauthorized {
		t.Errorf("a delivery with a bad signature was answered with %d", d.Status)
	}
	if all := other.reviews(a, 1); len(all) != 0 {
		t.Errorf("it led to %+v", all)
	}
}

func TestEventsThatAreNotForUs(t *testing.T) {
	w := newWorld(t)
	w.start()
	for _, event := range []string{"ping", "status", "star", "unheard_of"} {
		w.ok(w.Send(t.Context(), event, "acme/shop", "author", map[string]any{"zen": "Keep it logically awesome.", "hook_id": 1}))
	}
	for _, d := range w.Deliveries() {
		if d.Status != http.StatusAccepted {
			t.Errorf("%s was answered with %d", d.Event, d.Status)
		}
	}
}

func expectStates(t *testing.T, got []store.Review, want ...store.State) {
	t.Helper()
	var states []store.State
	for _, r := range got {
		states = append(states, r.State)
	}
	if fmt.Sprint(states) != fmt.Sprint(want) {
		t.Errorf("the reviews ended %v, want %v", states, want)
	}
}
