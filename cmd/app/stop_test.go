package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// A stop waits for what runs, and queues again what takes too long; that is no
// death, and the next process does it.
func TestAStopQueuesWhatDoesNotFinish(t *testing.T) {
	w := newWorld(t)
	a := w.start(func(e *config.Environment) { e.Drain = 10 * time.Millisecond })
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(hangs)
	if r := w.reviews(a, number)[0]; r.State != store.Queued || r.Deaths != 0 || r.Tries != 0 {
		t.Errorf("after the stop the review is %+v", r)
	}
	w.start()
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" || len(run.Annotations) != 1 {
		t.Errorf("the check run is %+v", run)
	}
}

func TestAStopWaitsForWhatRuns(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	begun := w.fail(standin.Fault{}, `/acme/shop\.git/info/refs`)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(begun)
	expectStates(t, w.reviews(a, number), store.Done)
	w.completed(head, 1)
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.completed(head, 1)
	w.ok(a.queue.Stop(t.Context())) // the numbers are complete when the review is settled
	resp, err := http.Get(a.url + "/metrics")
	w.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.ok(err)
	for _, want := range []string{
		`seaworthy_deliveries_total{event="pull_request",result="review"} 1`,
		`seaworthy_reviews_total{conclusion="failure"} 1`,
		`seaworthy_review_seconds_count 1`,
		`seaworthy_queue_reviews{state="queued"} 0`,
		`seaworthy_queue_oldest_seconds 0`,
		`seaworthy_github_requests_total{status="200"}`,
		`seaworthy_targets_total{how="rendered"}`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}
