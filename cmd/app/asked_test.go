package main

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// A pull request whose review somebody must ask for is reviewed when somebody does
// who may, and its check does not pass before.
func TestReviewsThatSomebodyMustAskFor(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nreviews: {forks: asked, drafts: asked, bots: asked}\n"})
	w.push("main")
	w.start()
	waits := func(head, kind string) standin.CheckRun {
		t.Helper()
		run := w.completed(head, 1)[0]
		if run.Conclusion != "action_required" || run.Title != "Not reviewed yet: "+kind {
			t.Fatalf("the check run of %s is %+v", kind, run)
		}
		return run
	}
	open := func(branch string, p standin.NewPull) (head string, number int) {
		t.Helper()
		head = w.branch(branch, "main", map[string]string{"prod/kustomization.yaml": scales["prod/kustomization.yaml"], "notes.txt": branch})
		p.Repo, p.Head, p.From = "acme/shop", branch, w.work
		number, err := w.OpenPull(t.Context(), p)
		w.ok(err)
		return head, number
	}
	head, _ := open("fork", standin.NewPull{Fork: "stranger/shop", Author: "stranger"})
	run := waits(head, "a pull request from a fork")
	w.ok(w.Press(t.Context(), "acme/shop", run.ID, "again", "writer"))
	if runs := w.completed(head, 2); runs[1].Conclusion != "success" || !strings.Contains(runs[1].Summary, "at the request of @writer") {
		t.Errorf("asked for, the check run is %+v", runs[1])
	}
	head, _ = open("bot", standin.NewPull{Author: "renovate[bot]"})
	run = waits(head, "a pull request of a bot")
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "reader"))
	if runs := w.completed(head, 2); runs[1].Conclusion != "action_required" {
		t.Errorf("asked for by a reader, the check run is %+v", runs[1])
	}
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "writer"))
	if runs := w.completed(head, 3); runs[2].Conclusion != "success" {
		t.Errorf("asked for by a writer, the check run is %+v", runs[2])
	}
	head, number := open("draft", standin.NewPull{Draft: true})
	waits(head, "a draft")
	w.ok(w.Ready(t.Context(), "acme/shop", number))
	if runs := w.completed(head, 2); runs[1].Conclusion != "success" {
		t.Errorf("ready, the check run is %+v", runs[1])
	}
	head, _ = open("own", standin.NewPull{})
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Errorf("a member's check run is %+v", run)
	}
}
