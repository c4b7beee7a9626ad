package main

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// An attempt that was given up before GitHub had its check run gets none: it would
// be the newest, and stand before the verdict of the attempt after it.
func TestALateEndDoesNotCoverAVerdict(t *testing.T) {
	w := newWorld(t)
	w.waits = []time.Duration{time.Hour}
	a := w.start()
	const tries = 3
	create := w.fail(standin.Fault{Method: http.MethodPost, Status: http.StatusBadGateway, Times: tries}, `/check-runs$`)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	for range tries {
		w.wait(create)
	}
	let := make(chan struct{})
	late := w.fail(standin.Fault{Method: http.MethodGet, Wait: let}, `/check-runs$`)
	w.ok(w.ClosePull(t.Context(), "acme/shop", number))
	w.wait(late) // the end of the first attempt looks for its check run
	w.ok(w.ReopenPull(t.Context(), "acme/shop", number))
	w.until("the second attempt has its verdict", func() bool {
		runs := w.runs(head)
		return len(runs) > 0 && runs[0].Status == "completed"
	})
	close(let)
	expectStates(t, w.reviews(a, number), store.Superseded, store.Done)
	if runs := w.runs(head); len(runs) != 1 || runs[0].Conclusion != "failure" {
		t.Errorf("the check runs are %+v", runs)
	}
}

// Of two pull requests with one head, one that closes leaves the verdict of the
// other standing, whichever check run is the newer.
func TestAClosedPullRequestLeavesTheVerdictOfTheSameHead(t *testing.T) {
	for name, running := range map[string]bool{"while it is reviewed": true, "after its verdict": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.git("switch", "-q", "main")
			w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nbranches: [release]\n"})
			w.push("main")
			w.branch("release", "main", map[string]string{".github/seaworthy.yaml": "version: 1\ngate: report\n"})
			w.start()
			head := w.branch("topic", "main", breaks)
			w.pull("topic", "release")
			w.completed(head, 1) // neutral
			if running {
				hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
				second := w.pull("topic", "")
				w.wait(hangs)
				w.ok(w.ClosePull(t.Context(), "acme/shop", second))
			} else {
				second := w.pull("topic", "")
				w.until("both are failures", func() bool {
					runs := w.runs(head)
					return len(runs) == 2 && runs[0].Conclusion == "failure" && runs[1].Conclusion == "failure"
				})
				w.ok(w.ClosePull(t.Context(), "acme/shop", second))
			}
			w.until("both say what the open one says", func() bool {
				runs := w.runs(head)
				return len(runs) == 2 && runs[0].Conclusion == "neutral" && runs[1].Conclusion == "neutral"
			})
		})
	}
}

// TestVerdictsStay does random things to pull requests, to requests and to the
// process, and then expects of every open head what a model of them says: one
// check run an attempt, the newest that of the last attempt, complete and with its
// verdict. SEAWORTHY_TEST_SEEDS=200 looks at more than two orders.
func TestVerdictsStay(t *testing.T) {
	seeds, err := strconv.ParseUint(cmp.Or(os.Getenv("SEAWORTHY_TEST_SEEDS"), "2"), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := strconv.ParseUint(os.Getenv("SEAWORTHY_TEST_SEED"), 10, 32) // 0 where it is not set
	for seed := from; seed < from+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			play := &play{world: newWorld(t, func(o *standin.Options) { o.NoLimits = true }), random: rand.New(rand.NewPCG(seed, 0))}
			play.begin()
			for range 25 {
				play.step()
			}
			play.finish()
		})
	}
}

// play is a random play, and the model of what should be.
type play struct {
	*world
	random *rand.Rand
	app    *process // nil while it does not run
	pulls  []*modelPull
	held   []chan struct{}
	kills  int
	did    []string
}

type modelPull struct {
	number int
	branch string
	heads  []modelHead // that it had; the last is the one that it has
	closed bool
}

type modelHead struct {
	sha        string
	conclusion string
}

func (p *play) begin() {
	p.app = p.spawn()
	p.SetWebhookURL(p.app.url + "/webhook")
	for i := range 3 {
		at := &modelPull{branch: fmt.Sprint("topic-", i)}
		p.commitTo(at)
		at.number = p.pull(at.branch, "")
		p.pulls = append(p.pulls, at)
	}
}

// commitTo gives a pull request a head that is new.
func (p *play) commitTo(at *modelPull) {
	files, conclusion := scales, "success"
	if p.random.IntN(2) == 0 {
		files, conclusion = breaks, "failure"
	}
	files = maps.Clone(files)
	files["notes/"+at.branch] = fmt.Sprint(len(at.heads)) // no two heads are one
	p.git("switch", "-q", "-C", at.branch, "main")
	at.heads = append(at.heads, modelHead{p.commit(files), conclusion})
	p.push(at.branch)
}

func (p *play) step() {
	at := p.pulls[p.random.IntN(len(p.pulls))]
	say := func(format string, args ...any) { p.did = append(p.did, fmt.Sprintf(format, args...)) }
	switch p.random.IntN(12) {
	case 0, 1:
		if at.closed {
			return // its head stays
		}
		say("push to %d", at.number)
		p.commitTo(at)
	case 2: // back to a head that it had
		if at.closed {
			return
		}
		back := at.heads[p.random.IntN(len(at.heads))]
		say("push %d back", at.number)
		p.git("switch", "-q", "-C", at.branch, back.sha)
		at.heads = append(at.heads, back)
		p.push(at.branch)
	case 3:
		say("close or reopen %d", at.number)
		if at.closed = !at.closed; at.closed {
			p.ok(p.ClosePull(p.t.Context(), "acme/shop", at.number))
		} else {
			p.ok(p.ReopenPull(p.t.Context(), "acme/shop", at.number))
		}
	case 4:
		if runs := p.runs(at.heads[len(at.heads)-1].sha); len(runs) > 0 && !at.closed {
			say("re-run %d", at.number)
			p.ok(p.Rerequest(p.t.Context(), "acme/shop", runs[len(runs)-1].ID, "author"))
		}
	case 5, 6, 7:
		f := []standin.Fault{{Status: http.StatusBadGateway}, {Drop: true}, {DropAfter: true}}[p.random.IntN(3)]
		path := []string{`/check-runs`, `/pulls/`, `git-upload-pack`, `access_tokens`}[p.random.IntN(4)]
		say("a fault %+v at %s", f, path)
		p.fail(f, path)
	case 8, 9:
		say("hold a request")
		let := make(chan struct{})
		p.held = append(p.held, let)
		p.fail(standin.Fault{Wait: let}, []string{`/check-runs`, `/check-runs$`, `/check-runs/`, `/pulls/`}[p.random.IntN(4)])
	case 10:
		p.release()
	case 11:
		if p.kills++; p.kills >= 3 {
			return // the third would end the review that it hits
		}
		say("kill -9")
		p.app.kill()
		p.app = p.spawn()
		p.SetWebhookURL(p.app.url + "/webhook")
	}
	for range p.random.IntN(8) { // let it go on for a while
		select {
		case <-p.Answered():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// release lets one of the held requests go on.
func (p *play) release() {
	if n := len(p.held); n > 0 {
		i := p.random.IntN(n)
		close(p.held[i])
		p.held = slices.Delete(p.held, i, i+1)
	}
}

// finish lets everything come to its end and looks at it; then Seaworthy is
// stopped, which finishes what is left, and it must still be so.
func (p *play) finish() {
	for len(p.held) > 0 {
		p.release()
	}
	for _, d := range p.Deliveries() {
		if d.Status != http.StatusAccepted {
			p.ok(p.Redeliver(p.t.Context(), d.ID))
		}
	}
	var wrong string
	defer func() {
		if p.t.Failed() {
			p.t.Logf("%s\nit did:\n%s", wrong, strings.Join(p.did, "\n"))
		}
	}()
	p.until("every open head has its verdict", func() bool { wrong = p.wrong(); return wrong == "" })
	p.ok(p.app.cmd.Process.Signal(syscall.SIGTERM))
	_ = p.app.cmd.Wait() // how it ended is another test's
	if wrong = p.wrong(); wrong != "" {
		p.t.Error(wrong)
	}
}

// wrong says what is not as it should be; "" is nothing.
func (p *play) wrong() string {
	for _, at := range p.pulls {
		if at.closed {
			continue
		}
		head := at.heads[len(at.heads)-1]
		runs := p.runs(head.sha)
		if len(runs) == 0 {
			return fmt.Sprintf("#%d has no check run", at.number)
		}
		last := 0
		seen := map[string]bool{}
		for _, r := range runs {
			if seen[r.ExternalID] {
				return "two check runs of " + r.ExternalID
			}
			seen[r.ExternalID] = true
			attempt, err := strconv.Atoi(r.ExternalID[strings.LastIndex(r.ExternalID, "/")+1:])
			p.ok(err)
			if attempt < last {
				return fmt.Sprintf("attempt %d of #%d came after attempt %d", attempt, at.number, last)
			}
			last = attempt
			if r.Status != "completed" {
				return fmt.Sprintf("%s is %s", r.ExternalID, r.Status)
			}
			if r.Completed.After(runs[len(runs)-1].Completed) {
				return fmt.Sprintf("attempt %d of #%d was completed after the last", attempt, at.number)
			}
		}
		r := runs[len(runs)-1]
		notes := map[string]int{"failure": 1}[head.conclusion]
		if r.Conclusion != head.conclusion || len(r.Annotations) != notes {
			return fmt.Sprintf("#%d says %s (%s) with %d annotations, want %s with %d", at.number, r.Conclusion, r.Title, len(r.Annotations), head.conclusion, notes)
		}
	}
	return ""
}
