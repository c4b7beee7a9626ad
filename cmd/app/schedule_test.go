package main

import (
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// reopened is the store of a Seaworthy that has stopped.
func reopened(t *testing.T, w *world) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: w.data, URL: w.database})
	w.ok(err)
	t.Cleanup(s.Close)
	return s
}

// issues waits until the issues of acme/shop are as wanted, and gives them.
func (w *world) issues(what string, holds func([]standin.Issue) bool) []standin.Issue {
	w.t.Helper()
	var all []standin.Issue
	w.until(what, func() bool {
		var err error
		all, err = w.Issues("acme/shop")
		w.ok(err)
		return holds(all)
	})
	return all
}

func TestTheDefaultBranchIsAuditedByItself(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	p["issues"] = "write"
	w.setPermissions(p)
	w.git("switch", "-q", "main")
	first := w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\naudit: {every: weekly, issue: true}\n", "records/restore-drill.md": "Held on 2026-03-02.\n"})
	w.push("main")
	w.firstAudit = time.Millisecond
	a := w.start()
	w.branch("topic", "main", scales)
	number := w.pull("topic", "") // something happens: the repository is known from now on
	issue := w.issues("an issue holds the report", func(all []standin.Issue) bool { return len(all) == 1 })[0]
	if !strings.HasPrefix(issue.Title, "Readiness: approved · 0 critical, ") || !strings.Contains(issue.Body, "commit "+first[:7]) {
		t.Errorf("the issue is %q:\n%s", issue.Title, issue.Body)
	}
	// The next one edits it, and says what changed since.
	w.git("switch", "-q", "main")
	second := w.commit(moves)
	w.push("main")
	id, err := w.RepositoryID("acme/shop")
	w.ok(err)
	at, err := a.store.Repository(t.Context(), id)
	w.ok(err)
	w.ok(a.store.Reschedule(t.Context(), at, -time.Second))
	issue = w.issues("the issue is of the second commit", func(all []standin.Issue) bool {
		return len(all) == 1 && strings.Contains(all[0].Body, "commit "+second[:7])
	})[0]
	if !strings.Contains(issue.Body, "Since the audit of") || issue.Updates == 0 {
		t.Errorf("the issue was not edited: %+v", issue)
	}
	// The first audit of a pull request compares with the default branch.
	w.team()
	w.answered(number, w.says(number, "writer", "/audit"), "Since the audit of")
}

func TestAuditsAreOnlyMadeWhereTheyAreWanted(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\naudit: {every: off}\n"})
	w.push("main")
	a := w.start()
	head := w.branch("topic", "main", scales)
	w.pull("topic", "")
	w.completed(head, 1)
	id, err := w.RepositoryID("acme/shop")
	w.ok(err)
	at, err := a.store.Repository(t.Context(), id)
	w.ok(err)
	before := w.Count("", "/acme/shop.git/info/refs")
	w.ok(a.store.Reschedule(t.Context(), at, -time.Second))
	w.until("the default branch is fetched", func() bool { return w.Count("", "/acme/shop.git/info/refs") > before })
	a.end()
	if kept, err := reopened(t, w).LastAudit(t.Context(), id, "default"); err != nil || kept != "" {
		t.Errorf("an audit was kept: %q, %v", kept, err)
	}
	if all, err := w.Issues("acme/shop"); err != nil || len(all) != 0 {
		t.Errorf("there are issues: %+v, %v", all, err)
	}
}
