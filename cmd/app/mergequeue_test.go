package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// enqueue makes a merge group of pull requests.
func (w *world) enqueue(numbers ...int) standin.Group {
	w.t.Helper()
	g, err := w.Enqueue(w.t.Context(), "acme/shop", numbers...)
	w.ok(err)
	return g
}

func TestAMergeGroupGetsTheRequiredCheck(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nbranches: [release]\n"})
	w.push("main")
	w.branch("release", "main", map[string]string{".github/seaworthy.yaml": "version: 1\ngate: report\n"})
	w.branch("lax", "main", nil)
	a := w.start()
	for _, c := range []struct {
		base             string
		change           map[string]string
		name, conclusion string
	}{
		{"main", scales, "seaworthy", "success"},
		{"main", breaks, "seaworthy", "failure"},
		{"release", breaks, "seaworthy", "neutral"}, // as its own file says
		{"lax", breaks, "seaworthy (lax)", "failure"},
	} {
		topic := "to-" + c.base + "-" + c.conclusion
		head := w.branch(topic, c.base, c.change)
		number := w.pull(topic, c.base)
		w.completed(head, 1)
		group := w.enqueue(number)
		run := w.completed(group.HeadSHA, 1)[0]
		if run.Name != c.name || run.Conclusion != c.conclusion {
			t.Errorf("into %s: the group's check run is %s, %s; want %s, %s", c.base, run.Name, run.Conclusion, c.name, c.conclusion)
		}
		if !strings.HasSuffix(run.ExternalID, group.HeadSHA+"/"+c.base+"/1") {
			t.Errorf("the check run's external id is %s", run.ExternalID)
		}
		if c.name == "seaworthy" && len(w.runs(head)) != 1 {
			t.Errorf("the pull request's check runs are %+v", w.runs(head))
		}
	}
	expectStates(t, w.reviews(a, 0), store.Done, store.Done, store.Done, store.Done)
}

// What the pull requests of a group do to each other is seen in the group alone.
func TestAMergeGroupIsJudgedAsAWhole(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{"base/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"})
	w.push("main")
	w.start()
	uses := w.branch("uses", "main", map[string]string{"prod/kustomization.yaml": "namespace: shop\nresources:\n  - ../base\n  - ../other\n",
		"other/kustomization.yaml": "resources:\n  - ../base/config.yaml\n"})
	first := w.pull("uses", "")
	w.git("switch", "-q", "-C", "removes", "main")
	w.git("rm", "-q", "base/config.yaml")
	removes := w.commit(nil)
	w.push("removes")
	second := w.pull("removes", "")
	w.completed(uses, 1)
	if run := w.completed(removes, 1)[0]; run.Conclusion != "success" {
		t.Fatalf("alone the check run is %+v", run)
	}
	if run := w.completed(w.enqueue(first, second).HeadSHA, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the group's check run is %+v", run)
	}
}

// A group on another brings only its own: the one before it has its own verdict.
func TestAMergeGroupAfterAnother(t *testing.T) {
	w := newWorld(t)
	w.start()
	broken := w.branch("broken", "main", breaks)
	first := w.pull("broken", "")
	notes := w.branch("notes", "main", map[string]string{"notes.txt": "x"})
	second := w.pull("notes", "")
	w.completed(broken, 1)
	w.completed(notes, 1)
	before := w.enqueue(first)
	after, err := w.EnqueueAfter(t.Context(), "acme/shop", before, second)
	w.ok(err)
	if run := w.completed(before.HeadSHA, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the first group's check run is %+v", run)
	}
	if run := w.completed(after.HeadSHA, 1)[0]; run.Conclusion != "success" {
		t.Errorf("the second group's check run is %+v", run)
	}
}

func TestADestroyedMergeGroupIsNotReviewed(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	group := w.enqueue(number)
	w.wait(hangs)
	w.ok(w.Destroy(t.Context(), "acme/shop", group, "dequeued"))
	if run := w.completed(group.HeadSHA, 1)[0]; run.Conclusion != "cancelled" || run.Title != "The merge group is gone" {
		t.Errorf("the check run is %+v", run)
	}
	next := w.enqueue(number) // under the same ref
	if run := w.completed(next.HeadSHA, 1)[0]; next.Ref != group.Ref || run.Conclusion != "success" {
		t.Errorf("the next group's check run is %+v", run)
	}
	expectStates(t, w.reviews(a, 0), store.Superseded, store.Done)
}

// The event that a group is destroyed can be lost, or come first.
func TestAMergeGroupWhoseRefIsGone(t *testing.T) {
	w := newWorld(t)
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	group := w.enqueue(number)
	w.ok(w.Destroy(t.Context(), "acme/shop", group, "merged"))
	a := w.start()
	var asked standin.Delivery
	for _, d := range w.Deliveries() {
		if d.Event == "merge_group" && d.Action == "checks_requested" {
			asked = d
		}
	}
	w.ok(w.Redeliver(t.Context(), asked.ID))
	if run := w.completed(group.HeadSHA, 1)[0]; run.Conclusion != "cancelled" {
		t.Errorf("the check run is %+v", run)
	}
	if runs := w.runs(head); len(runs) != 0 {
		t.Errorf("the pull request has %+v", runs)
	}
	expectStates(t, w.reviews(a, 0), store.Superseded)
}

func TestAMergeGroupOnceMore(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.completed(head, 1)
	group := w.enqueue(number)
	run := w.completed(group.HeadSHA, 1)[0]
	for _, d := range w.Deliveries() {
		w.ok(w.Redeliver(t.Context(), d.ID))
	}
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	if runs := w.completed(group.HeadSHA, 2); !strings.HasSuffix(runs[1].ExternalID, "/main/2") || len(runs[0].Annotations) != 1 || len(runs[1].Annotations) != 1 {
		t.Errorf("the check runs are %+v", runs)
	}
	for _, d := range w.Deliveries() {
		if d.Event == "merge_group" && (d.Status != http.StatusAccepted || d.Tries != 2) {
			t.Errorf("it was answered with %d", d.Status)
		}
	}
	expectStates(t, w.reviews(a, 0), store.Done, store.Done)
	expectStates(t, w.reviews(a, number), store.Done)
}

// A group that is one pull request has what a maintainer gave to that; a group of
// several has nothing.
func TestAWaiverHoldsInTheMergeGroup(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.start()
	head := w.branch("topic", "main", moves)
	number := w.pull("topic", "")
	w.completed(head, 1)
	other := w.branch("other", "main", map[string]string{"notes.txt": "x"})
	second := w.pull("other", "")
	w.completed(other, 1)
	soon := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	w.answered(number, w.says(number, "keeper", "/audit waive image-tag-mutable until="+soon+" reason=x"), "is waived on this pull request")
	if runs := w.completed(head, 2); runs[1].Conclusion != "success" {
		t.Fatalf("the pull request's check runs are %+v", runs)
	}
	if run := w.completed(w.enqueue(number).HeadSHA, 1)[0]; run.Conclusion != "success" {
		t.Errorf("the group's check run is %+v", run)
	}
	if run := w.completed(w.enqueue(number, second).HeadSHA, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("the check run of a group of two is %+v", run)
	}
}

// A group is trusted as its pull request is, and as a fork's where it has several
// or another group waits before it.
func TestWhatAMergeGroupMayRead(t *testing.T) {
	const shows = "image: registry.example.com/web:1.0.0"
	w := newWorld(t)
	w.start()
	at := w.addPlatform(false, "version: 1\nconsumers: [\"acme/*\"]\n")
	files := fleet(at, "x")
	files["clusters/prod/platform.yaml"] = strings.Replace(files["clusters/prod/platform.yaml"], "tag: x", "branch: release-1", 1)
	head := w.branch("topic", "main", files)
	own := w.pull("topic", "")
	if run := w.completed(head, 1)[0]; !strings.Contains(run.Summary, shows) {
		t.Fatalf("the check run of a branch is %+v", run)
	}
	foreign, err := w.OpenPull(t.Context(), standin.NewPull{Repo: "acme/shop", Head: "topic", Fork: "stranger/shop", From: w.work})
	w.ok(err)
	other := w.branch("other", "main", map[string]string{"notes.txt": "x"})
	second := w.pull("other", "")
	w.completed(other, 1)
	before := w.enqueue(second)
	w.completed(before.HeadSHA, 1)
	for _, c := range []struct {
		after      standin.Group
		of         []int
		reads      bool
		conclusion string
	}{
		{standin.Group{}, []int{own}, true, "success"},
		{standin.Group{}, []int{foreign}, false, "neutral"},
		{standin.Group{}, []int{own, second}, false, "neutral"},
		{before, []int{own}, false, "neutral"},
	} {
		group, err := w.EnqueueAfter(t.Context(), "acme/shop", c.after, c.of...)
		w.ok(err)
		if run := w.completed(group.HeadSHA, 1)[0]; strings.Contains(run.Summary, shows) != c.reads || run.Conclusion != c.conclusion {
			t.Errorf("the group of %v: it reads the other repository: %v\n%+v", c.of, !c.reads, run)
		}
	}
}
