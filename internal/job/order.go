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

// command does what a comment asks for, and answers it once.
func (q *Queue) command(ctx context.Context, id int64) (err error) {
	from, err := q.Store.Command(ctx, id)
	if err != nil || from.Done {
		return err
	}
	o := &order{queue: q, from: &from, client: q.client(from.Pull())}
	if from.Starts >= maxDeaths {
		return o.end(ctx, "Could not finish: process after process died over it. Nothing was judged.")
	}
	if err := q.Store.Begin(ctx, &from); err != nil {
		return err
	}
	start := time.Now()
	said, err := o.guarded(ctx)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if rested := q.Store.Rest(keep, &from); rested != nil {
		return errors.Join(err, rested)
	}
	o.line(start, err).Msg("command")
	var retry *github.RetryError
	switch {
	case errors.Is(err, github.ErrGone) && !passing(err, time.Since(from.Created)):
		return q.Store.FinishCommand(keep, &from)
	case errors.As(err, &retry):
		return &store.LaterError{At: retry.At, Err: err}
	case err != nil && (mayPass(err) || passing(err, time.Since(from.Created)) || ctx.Err() != nil):
		return err // it is tried again
	case err != nil:
		failed := conclude(&store.Review{Delivery: from.Delivery}, err)
		said = "**" + failed.Title + "**\n\n" + failed.Summary
	}
	return o.end(keep, said)
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

// end publishes the answer; "" is none.
func (o *order) end(ctx context.Context, said string) error {
	if said != "" && o.from.Number != 0 { // a merge group has nowhere to answer
		err := o.answer(ctx, said)
		if github.NotGranted(err) {
			o.line(time.Now(), err).Msg("a command waits for what is not granted")
			return o.queue.Store.CommandLacks(ctx, o.from)
		}
		if err != nil {
			return o.queue.eventError("answer", o.from.Pull(), err)
		}
	}
	return o.queue.Store.FinishCommand(ctx, o.from)
}

// do finds out what is asked for, by whom, and does it. It gives the answer.
func (o *order) do(ctx context.Context) (string, error) {
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
