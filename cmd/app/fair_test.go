package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// Help and explanations are there while audits are at work, whoever's.
func TestHelpDoesNotWaitBehindAudits(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	let := make(chan struct{})
	held := w.fail(standin.Fault{Wait: let, Times: 4}, `/acme/shop\.git/info/refs`)
	var audits []int64
	for range 4 {
		audits = append(audits, w.says(number, "writer", "/audit"))
	}
	w.wait(held)
	w.answered(number, w.says(number, "reader", "/audit help"), "| command | does |")
	w.answered(number, w.says(number, "reader", "/audit explain render-failed"), "Does not build")
	close(let)
	for _, c := range audits {
		w.answered(number, c, "Quick wins")
	}
}

// An ordinary review takes five requests of the API, a warm one fewer: nothing is
// asked twice, and what is not there is not asked for again.
func TestHowManyRequestsAReviewTakes(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	first := w.branch("first", "main", scales)
	w.pull("first", "")
	w.completed(first, 1)
	w.Forget()
	head := w.branch("second", "main", breaks)
	w.pull("second", "")
	w.completed(head, 1)
	a.end()
	var asked []string
	for _, r := range w.Requests() {
		if !strings.Contains(r.Path, ".git/") {
			asked = append(asked, r.Method+" "+regexp.MustCompile(`[0-9]+`).ReplaceAllString(r.Path, "N"))
		}
	}
	want := "GET /repos/acme/shop/pulls/N, POST /repos/acme/shop/check-runs, PATCH /repos/acme/shop/check-runs/N"
	if got := strings.Join(asked, ", "); got != want {
		t.Errorf("it asked\n%s\nwant\n%s", got, want)
	}
}

// While GitHub's limit makes reviews wait, the metrics say so.
func TestWaitingForALimitIsSeen(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	w.branch("topic", "main", breaks)
	w.TriggerSecondary(time.Hour)
	w.pull("topic", "")
	w.until("the limit was met", func() bool { return w.Count(http.MethodGet, `/pulls/1$`) > 0 })
	for late := time.Now().Add(patience); ; {
		said := a.metrics()
		if strings.Contains(said, `seaworthy_waiting{kind="review",reason="limit"} 1`) && !strings.Contains(said, "seaworthy_queue_oldest_seconds 0\n") &&
			regexp.MustCompile(`seaworthy_installation_waiting\{installation="[0-9]+"\} 1`).MatchString(said) {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the metrics are\n%s", said)
		}
	}
}

// The documents that an audit reads come with one request.
func TestAnAuditReadsDocumentsInBulk(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.git("switch", "-q", "main")
	docs := map[string]string{}
	for i := range 40 {
		docs[fmt.Sprintf("docs/runbook-%d.md", i)] = fmt.Sprintf("# Runbook %d\n\nDo [this](runbook-0.md).\n", i)
	}
	w.commit(docs)
	w.push("main")
	w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	before := w.Count(http.MethodPost, `git-upload-pack$`)
	w.answered(number, w.says(number, "writer", "/audit"), "Quick wins")
	if n := w.Count(http.MethodPost, `git-upload-pack$`) - before; n > 4 {
		t.Errorf("the audit fetched %d times", n)
	}
}

// Another tenant's Re-run comes soon in a flood of them.
func TestAFloodOfReruns(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.NoLimits = true })
	_, err := w.AddRepository(t.Context(), standin.NewRepository{Name: "other/shop", From: w.work})
	w.ok(err)
	w.start()
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	flooding := w.completed(head, 1)[0]
	w.ok(w.Push(t.Context(), "other/shop", "topic", w.work, "topic"))
	_, err = w.OpenPull(t.Context(), standin.NewPull{Repo: "other/shop", Title: "topic", Head: "topic", From: w.work})
	w.ok(err)
	others := func() []standin.CheckRun {
		runs, err := w.CheckRuns("other/shop", head)
		w.ok(err)
		return runs
	}
	w.until("the other is reviewed", func() bool { return len(others()) == 1 && others()[0].Status == "completed" })
	w.Forget()
	const list = `/acme/shop/pulls$`
	let := make(chan struct{})
	held := w.fail(standin.Fault{Wait: let, Times: 2}, list) // as many as are done at once
	for range 60 {
		w.ok(w.Rerequest(t.Context(), "acme/shop", flooding.ID, "author"))
	}
	w.wait(held)
	w.wait(held)
	w.ok(w.Rerequest(t.Context(), "other/shop", others()[0].ID, "author"))
	close(let)
	w.until("the other is reviewed again", func() bool { return len(others()) == 2 && others()[1].Status == "completed" })
	before := 0
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/other/shop/pulls") {
			break
		}
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/acme/shop/pulls") {
			before++
		}
	}
	if before > 6 {
		t.Errorf("%d of the flood came before it", before)
	}
}
