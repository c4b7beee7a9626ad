package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

const (
	// maxCommands is how many commands one account has on a pull request in
	// commandTime, so that nobody can use up what others need; a further one is
	// refused.
	maxCommands = 10
	commandTime = time.Hour
)

// order is one command being done.
type order struct {
	queue  *Queue
	from   *store.Command
	asked  command
	client *github.Client
}

// seen shows at once that a command was read.
func (q *Queue) seen(ctx context.Context, id int64) error {
	from, err := q.Store.Command(ctx, id)
	if err != nil {
		return err
	}
	if err := q.client(from.Pull()).React(ctx, from.Comment, "eyes"); err != nil {
		return q.eventError("react", from.Pull(), err)
	}
	return nil
}

// command does the next command, a long or a short one, and answers it once. Its
// error is the store's.
func (q *Queue) command(ctx context.Context, heavy bool) error {
	from, err := q.Store.ClaimCommand(ctx, heavy)
	if err != nil || from == nil {
		return err
	}
	o := &order{queue: q, from: from, client: q.client(from.Pull())}
	start := time.Now()
	said, err := "Could not finish: process after process died over it. Nothing was judged.", error(nil)
	if from.Starts <= maxDeaths {
		said, err = o.guarded(ctx)
		o.line(start, err).Msg("command")
	}
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := q.Store.Rest(keep, from); err != nil {
		return err
	}
	if err := q.Store.Spent(keep, from.Tenant, time.Since(start)); err != nil {
		return err
	}
	if ctx.Err() != nil && err != nil {
		return q.Store.RetryCommand(keep, from, store.Retry{})
	}
	return o.settle(keep, said, err)
}

// settle ends a command that ran, or puts it back.
func (o *order) settle(ctx context.Context, said string, err error) error {
	switch {
	case err == nil:
		err = o.tell(ctx, said)
	case github.NotGranted(err), o.later(err), errors.Is(err, github.ErrGone): // below
	default:
		failed := conclude(&store.Review{Delivery: o.from.Delivery}, err)
		err = o.tell(ctx, "**"+failed.Title+"**\n\n"+failed.Summary)
	}
	var retry *github.RetryError
	switch {
	case err == nil:
		return o.queue.Store.FinishCommand(ctx, o.from)
	case github.NotGranted(err):
		o.line(time.Now(), err).Msg("a command waits for what is not granted")
		return o.queue.Store.CommandLacks(ctx, o.from)
	case errors.As(err, &retry):
		return o.queue.Store.RetryCommand(ctx, o.from, store.Retry{After: time.Until(retry.At) + jitter(time.Second)})
	case o.later(err):
		return o.queue.Store.RetryCommand(ctx, o.from, store.Retry{After: jitter(commandWait(o.from.Tries)), Count: true})
	}
	o.line(time.Now(), err).Msg("a command could not be answered")
	return o.queue.Store.FinishCommand(ctx, o.from)
}

// later reports whether a command that failed is tried again.
func (o *order) later(err error) bool {
	var p *github.PassingError
	if errors.As(err, &p) {
		return passing(err, time.Since(o.from.Created))
	}
	return mayPass(err) && o.from.Tries < commandTries
}

// commandTries with their waits go on for about an hour.
const commandTries = 13

func commandWait(tries int) time.Duration {
	return min(10*time.Minute, time.Second<<min(tries, 10))
}

// line is the log's one line of a command.
func (o *order) line(start time.Time, err error) *zerolog.Event {
	e := o.queue.Log.Info()
	if err != nil {
		e = o.queue.Log.Warn().Err(err).Stringer("owner", fault.OwnerOf(err))
	}
	return e.Str("repository", o.from.Owner+"/"+o.from.Name).Int("pull", o.from.Number).Str("command", string(o.asked.verb)).
		Str("sender", o.from.Sender).Int64("milliseconds", time.Since(start).Milliseconds())
}

// guarded keeps a panic to the command that caused it.
func (o *order) guarded(ctx context.Context) (said string, err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := string(debug.Stack())
			o.queue.Reviewer.Panics.Note(sandbox.Recovered{Where: "command", Value: fmt.Sprint(p), Stack: stack})
			err = fmt.Errorf("panic: %v\n%s", p, stack)
		}
	}()
	return o.do(ctx)
}

// tell publishes the answer; "" is none. A merge group has nowhere to answer.
func (o *order) tell(ctx context.Context, said string) error {
	if said == "" || o.from.Number <= 0 {
		return nil
	}
	return o.answer(ctx, said)
}

// do finds out what is asked for, by whom, and does it. It gives the answer.
func (o *order) do(ctx context.Context) (string, error) {
	if o.from.Number == ofHead {
		return "", o.rerunning(ctx)
	}
	before, err := o.queue.Store.CommandsBefore(ctx, *o.from, commandTime)
	if err != nil {
		return "", err
	}
	switch {
	case before == maxCommands:
		return fmt.Sprintf("You had %d commands on this pull request within an hour. Further ones are not done and not answered until one of them is an hour old.", maxCommands), nil
	case before > maxCommands && o.from.Comment < 0:
		return "", nil
	case before > maxCommands:
		return "", o.client.React(ctx, o.from.Comment, "-1")
	}
	if o.from.Comment < 0 {
		return o.press(ctx)
	}
	var wrong error
	o.asked, wrong = parseCommand(o.from.Line)
	if wrong != nil {
		return fmt.Sprintf("Not understood: %s.\n\n%s", wrong, helpText), nil
	}
	role, err := o.client.Role(ctx, o.from.Sender)
	if err != nil {
		return "", err
	}
	if !o.asked.may(role) {
		return fmt.Sprintf("`/audit %s` takes the role %s in this repository; %s has `%s`.", o.word(), orMore[o.asked.needs()], printable(o.from.Sender), printable(role)), nil
	}
	pull, err := o.client.PullRequest(ctx, o.from.Number)
	if err != nil {
		return "", err
	}
	if !pull.Open {
		return "The pull request is closed.", nil
	}
	return o.obey(ctx, pull)
}

var orMore = map[string]string{"read": "read or more", "write": "write or more", "maintain": "maintain or admin"}

func (o *order) word() string {
	if o.asked.verb == auditVerb {
		return ""
	}
	return string(o.asked.verb)
}

// obey does the command.
func (o *order) obey(ctx context.Context, pull github.PullRequest) (string, error) {
	switch o.asked.verb {
	case helpVerb:
		return helpText, nil
	case explainVerb:
		check := o.queue.Reviewer.explained(o.asked.arg)
		if check == nil {
			return fmt.Sprintf("There is no check `%s`: `seaworthy checks list` names them all.", printable(o.asked.arg)), nil
		}
		return report.Explain(check), nil
	case waiveVerb:
		return o.waive(ctx, pull)
	case allowVerb:
		return o.allow(ctx, pull)
	case waiversVerb:
		return o.waivers(ctx, pull)
	}
	return o.audit(ctx, pull)
}

const helpText = "| command | does | takes |\n|---|---|---|\n" +
	"| `/audit` | the readiness report of the whole repository at this pull request's head | write |\n" +
	"| `/audit delta` | what this pull request changes, as in the check run | write |\n" +
	"| `/audit DIRECTORY` or `/audit CLUSTER` | the report of a part | write |\n" +
	"| `/audit explain CHECK` | what a check looks for, why, and what to do | read |\n" +
	"| `/audit waivers` | what is waived | read |\n" +
	"| `/audit waive CHECK [KIND/NAMESPACE/NAME] until=YYYY-MM-DD reason=\"…\"` | accepts findings on this pull request at this head | maintain, and neither opened it nor pushed to it |\n" +
	"| `/audit allow SOURCE` | lets reviews at this head fetch from a source that the base does not name | maintain |\n" +
	"| `/audit help` | this | read |\n"

// marker names the command in its answer, so that an answer is found again whose
// making was not acknowledged.
func (o *order) marker() string { return fmt.Sprintf("<!-- seaworthy command %d -->", o.from.Comment) }

// answer writes the one comment that answers the command, or changes it.
func (o *order) answer(ctx context.Context, said string) error {
	body := o.marker() + "\n" + said
	if o.from.Answer == 0 && o.from.Announced {
		if err := o.findAnswer(ctx); err != nil {
			return err
		}
	}
	if o.from.Answer != 0 {
		return o.client.EditComment(ctx, o.from.Answer, body)
	}
	if err := o.queue.Store.AnnounceAnswer(ctx, o.from); err != nil {
		return err
	}
	id, err := o.client.Comment(ctx, o.from.Number, body)
	if err != nil {
		return err
	}
	return o.queue.Store.Answered(ctx, o.from, id)
}

// findAnswer looks for an answer among the App's own comments: others may copy
// the marker.
func (o *order) findAnswer(ctx context.Context) error {
	identity, err := o.queue.App.Identity(ctx)
	if err != nil {
		return err
	}
	all, err := o.client.Comments(ctx, o.from.Number)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Author == identity.Slug+"[bot]" && strings.HasPrefix(c.Body, o.marker()) {
			return o.queue.Store.Answered(ctx, o.from, c.ID)
		}
	}
	return nil
}

// unmarshalPast reads what was kept of an audit; what cannot be read is none.
func unmarshalPast[T any](kept string) *T {
	out := new(T)
	if kept == "" || json.Unmarshal([]byte(kept), out) != nil {
		return nil
	}
	return out
}
