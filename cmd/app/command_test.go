package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// bot is the App's account on the stand-in.
const bot = "seaworthy[bot]"

// says has a user comment, and gives the comment's id.
func (w *world) says(number int, who, body string) int64 {
	w.t.Helper()
	id, err := w.Comment(w.t.Context(), "acme/shop", number, who, body)
	w.ok(err)
	return id
}

// answers are the App's comments on a pull request.
func (w *world) answers(number int) []standin.Comment {
	w.t.Helper()
	all, err := w.Comments("acme/shop", number)
	w.ok(err)
	var out []standin.Comment
	for _, c := range all {
		if c.Author == bot {
			out = append(out, c)
		}
	}
	return out
}

// answered waits for the answer to a comment to say something, and gives it.
func (w *world) answered(number int, comment int64, text string) string {
	w.t.Helper()
	said := ""
	w.until(fmt.Sprintf("comment %d is answered with %q", comment, text), func() bool {
		for _, c := range w.answers(number) {
			if strings.HasPrefix(c.Body, fmt.Sprintf("<!-- seaworthy command %d -->", comment)) {
				said = c.Body
			}
		}
		return strings.Contains(said, text)
	})
	return said
}

// team gives the roles that the stories below are about.
func (w *world) team() {
	w.t.Helper()
	for user, role := range map[string]string{"reader": "read", "writer": "write", "keeper": "maintain", "author": "maintain", "a": "maintain"} {
		w.ok(w.SetRole("acme/shop", user, role))
	}
}

// moves is a change with a finding that blocks: an image by a tag that moves.
var moves = map[string]string{"prod/kustomization.yaml": "namespace: shop\nresources:\n  - ../base\nimages:\n  - {name: registry.example.com/web, newTag: latest}\n"}

func TestAnAuditByComment(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	head := w.branch("topic", "main", moves)
	number := w.pull("topic", "")
	w.completed(head, 1)
	id := w.says(number, "writer", "What do we get?\n\n/audit\n")
	said := w.answered(number, id, "May this go to production?")
	for _, want := range []string{"commit " + head[:7], "mutable image tag", "`prod/kustomization.yaml:5`", "| area | rating |"} {
		if !strings.Contains(said, want) {
			t.Errorf("the answer lacks %q:\n%s", want, said)
		}
	}
	all, err := w.Comments("acme/shop", number)
	w.ok(err)
	if got := fmt.Sprint(all[0].Reactions); got != "[eyes]" {
		t.Errorf("the reactions are %s", got)
	}
	// A second audit tells what changed since the first.
	head = w.branch("topic", "main", scales)
	w.completed(head, 1)
	again := w.says(number, "writer", "/audit")
	if said := w.answered(number, again, "May this go to production?"); !strings.Contains(said, "Since the audit of") || !strings.Contains(said, "1 fixed") {
		t.Errorf("the second audit says nothing of the first:\n%s", said)
	}
	part := w.says(number, "writer", "/audit prod")
	w.answered(number, part, ", only prod")
	nowhere := w.says(number, "writer", "/audit nowhere")
	w.answered(number, nowhere, "no cluster, and no target is below it")
	delta := w.says(number, "writer", "/audit delta")
	w.answered(number, delta, "Deployment changes in prod")
	// What was answered is answered once, whatever comes again.
	for _, d := range w.Deliveries() {
		w.ok(w.Redeliver(t.Context(), d.ID))
	}
	w.ok(w.EditComment(t.Context(), "acme/shop", id, "writer", "/audit"))
	w.ok(w.EditComment(t.Context(), "acme/shop", id, "writer", "/audit delta"))
	help := w.says(number, "reader", "/audit help")
	w.answered(number, help, "| command | does | takes |")
	a.end() // everything that was accepted is done
	if n := len(w.answers(number)); n != 6 {
		t.Errorf("there are %d answers to 6 commands", n)
	}
}

func TestWhoMayCommand(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.start()
	head := w.branch("topic", "main", moves)
	number := w.pull("topic", "")
	w.completed(head, 1)
	const waive = "/audit waive image-tag-mutable until=2099-01-01 reason=\"x\""
	for _, story := range []struct{ who, line, want string }{
		{"reader", "/audit", "takes the role write or more"},
		{"stranger", "/audit delta", "takes the role write or more"},
		{"writer", waive, "takes the role maintain or admin"},
		{"writer", "/audit allow ghcr.io/acme", "takes the role maintain or admin"},
		{"stranger", "/audit help", "takes the role read or more"},
		{"reader", "/audit explain image-tag-mutable", "Mutable image tag"},
		{"reader", "/audit explain nothing", "There is no check"},
		{"reader", "/audit waivers", "Nothing is waived"},
		{"reader", "/audit do it", "Not understood"},
	} {
		w.answered(number, w.says(number, story.who, story.line), story.want)
	}
}

func TestWhatIsNoCommand(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	for _, body := range []string{"> /audit", "```\n/audit\n```", "try /audit", "<!--\n/audit\n-->"} {
		w.says(number, "writer", body)
	}
	w.says(number, bot, "/audit")
	w.says(number, "renovate[bot]", "/audit")
	a.end()
	if all := w.answers(number); len(all) != 1 { // the one put into its mouth
		t.Errorf("the answers are %+v", all)
	}
}

func TestAWaiverHoldsForThisHead(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.start()
	head := w.branch("topic", "main", moves) // its commit is of the account a
	number := w.pull("topic", "")            // opened by author
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Fatalf("the check run is %+v", run)
	}
	soon := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	waive := func(who, rest string) int64 {
		return w.says(number, who, "/audit waive image-tag-mutable "+rest+" reason=\"a demo of @someone\"")
	}
	w.answered(number, waive("author", "until="+soon), "You opened this pull request")
	w.answered(number, waive("a", "until="+soon), "You pushed to this pull request")
	w.answered(number, waive("keeper", "until=2020-01-01"), "That day is over")
	w.answered(number, waive("keeper", "until=2099-01-01"), "at most")
	w.answered(number, waive("keeper", "no/such/object/here until="+soon), "Name an object as")
	w.answered(number, w.says(number, "keeper", "/audit waive nothing until="+soon+" reason=x"), "There is no check")
	said := w.answered(number, waive("keeper", "Deployment/shop/web until="+soon), "is waived on this pull request")
	for _, want := range []string{"commit `" + head[:7], "waivers:\n  - {check: image-tag-mutable, object: \"Deployment/shop/web\", reason: \"a demo of @someone\", owner: \"@keeper\", expires: " + soon + "}"} {
		if !strings.Contains(said, want) {
			t.Errorf("the answer lacks %q:\n%s", want, said)
		}
	}
	if runs := w.completed(head, 2); runs[1].Conclusion != "success" {
		t.Errorf("after the waiver the check run is %+v", runs[1])
	}
	w.answered(number, w.says(number, "reader", "/audit waivers"), "this pull request, at "+head[:7])
	head = w.branch("topic", "topic", map[string]string{"note.txt": "x"})
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("after a push the check run is %+v", run)
	}
}

// Under the strict gate no comment waives what is critical.
func TestNoCommentWaivesCriticalUnderStrict(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\ngate: strict\nchecks:\n  image-tag-mutable: {severity: critical}\n"})
	w.push("main")
	w.start()
	head := w.branch("topic", "main", moves)
	number := w.pull("topic", "")
	w.completed(head, 1)
	id := w.says(number, "keeper", "/audit waive image-tag-mutable reason=x until="+time.Now().AddDate(0, 0, 7).Format(time.DateOnly))
	w.answered(number, id, "only the repository's file can waive it")
	if runs := w.runs(head); len(runs) != 1 || runs[0].Conclusion != "failure" {
		t.Errorf("the check runs are %+v", runs)
	}
}

func TestASourceIsAllowed(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.start()
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	w.answered(number, w.says(number, "keeper", "/audit allow https://user:secret@example.org/x"), "Name a source as")
	w.answered(number, w.says(number, "keeper", "/audit allow oci://ghcr.io/acme/charts"), "may fetch from `oci://ghcr.io/acme/charts`")
	w.completed(head, 2)
}

func TestTooManyCommands(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	var last int64
	for range 10 {
		last = w.says(number, "reader", "/audit help")
	}
	w.answered(number, last, "| command |")
	w.answered(number, w.says(number, "reader", "/audit help"), "had 10 commands on this pull request within an hour")
	w.answered(number, w.says(number, "keeper", "/audit help"), "| command |") // others are not held up
	silent := w.says(number, "reader", "/audit help")
	w.until("the one after that is refused without words", func() bool {
		all, err := w.Comments("acme/shop", number)
		w.ok(err)
		for _, c := range all {
			if c.ID == silent && strings.Contains(fmt.Sprint(c.Reactions), "-1") {
				return true
			}
		}
		return false
	})
	a.end()
	if n := len(w.answers(number)); n != 12 {
		t.Errorf("there are %d answers", n)
	}
}

// The answer to the request that makes a comment is lost: it is found again.
func TestAnAnswerThatIsLostIsNotWrittenTwice(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start()
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	w.fail(standin.Fault{Method: "POST", DropAfter: true}, `/issues/\d+/comments`)
	id := w.says(number, "writer", "/audit")
	w.answered(number, id, "May this go to production?")
	a.end()
	if n := len(w.answers(number)); n != 1 {
		t.Errorf("there are %d answers", n)
	}
}

// A process that stops in the middle of an audit leaves it to the next.
func TestAStopInTheMiddleOfACommand(t *testing.T) {
	w := newWorld(t)
	w.team()
	a := w.start(func(e *config.Environment) { e.Drain = time.Millisecond })
	head := w.branch("topic", "main", scales)
	number := w.pull("topic", "")
	w.completed(head, 1)
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	id := w.says(number, "writer", "/audit")
	w.wait(hangs)
	a.stop()
	<-a.done // that not everything ended in time is what this is about
	a.close()
	a.done = nil
	a = w.start()
	w.answered(number, id, "May this go to production?")
	a.end()
	if n := len(w.answers(number)); n != 1 {
		t.Errorf("there are %d answers", n)
	}
}
