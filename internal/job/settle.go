package job

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// maxAge is how long a review waits for a GitHub that answers nothing, or wants
// no requests.
const maxAge = 24 * time.Hour

// settle stores how an attempt ended, and tells it where it was not told yet.
func (a *attempt) settle(ctx context.Context, err error, start time.Time) error {
	stored := a.ending(ctx, err)
	if errors.Is(stored, store.ErrLost) || errors.Is(err, errLost) || errors.Is(err, store.ErrLost) {
		a.line(zerolog.WarnLevel, start, err).Msg("the review was taken by another worker")
		return nil
	}
	level := zerolog.InfoLevel
	switch r := a.review; {
	case err == nil, errors.Is(err, errSuperseded), errors.Is(err, errStopping):
		err = nil
	case fault.OwnerOf(err) == fault.Us:
		level = zerolog.ErrorLevel
	case r.State != store.Done:
		level = zerolog.WarnLevel
	}
	a.line(level, start, err).Msg("review")
	a.queue.Metrics.reviewed(a.review, a.report, time.Since(start))
	return stored
}

func (a *attempt) ending(ctx context.Context, err error) error {
	r := a.review
	var retry *github.RetryError
	switch {
	case err == nil:
		return a.queue.Store.Finish(ctx, r)
	case errors.Is(err, store.ErrLost), errors.Is(err, errLost):
		return nil
	case errors.Is(err, errSuperseded):
		return a.queue.Store.Supersede(ctx, r)
	case errors.Is(err, errStopping):
		return a.again(ctx, store.Retry{})
	case errors.As(err, &retry) && time.Since(r.Created) < maxAge:
		return a.again(ctx, store.Retry{After: time.Until(retry.At) + jitter(time.Second), Reason: store.ForLimit})
	case r.Tries < len(a.queue.Waits) && a.tryAgain(err):
		return a.again(ctx, store.Retry{After: jitter(a.queue.Waits[r.Tries]), Count: true, Reason: store.ForRetry})
	}
	var moved *git.MovedError
	if r.Group() && errors.As(err, &moved) && moved.Ref == r.GroupRef {
		return a.queue.Store.Supersede(ctx, r)
	}
	return a.tell(ctx, err)
}

// tryAgain reports whether an error can go away by itself. Of what GitHub answers in
// the 4xx this is so for a while only.
func (a *attempt) tryAgain(err error) bool {
	var p *github.PassingError
	if errors.As(err, &p) {
		return passing(err, a.waited())
	}
	return mayPass(err)
}

// waited is for how long the tries so far waited.
func (a *attempt) waited() time.Duration {
	var sum time.Duration
	for _, w := range a.queue.Waits[:min(a.review.Tries, len(a.queue.Waits))] {
		sum += w
	}
	return sum
}

// tell completes the check run of a review that could not be finished. Where
// even that fails, the whole review is tried again, until it is too old.
func (a *attempt) tell(ctx context.Context, err error) error {
	r := a.review
	o := conclude(r, err)
	r.Lacks = github.NotGranted(err)
	failed := a.say(ctx, o)
	switch {
	case failed == nil:
		return a.queue.Store.Finish(ctx, r)
	case errors.Is(failed, store.ErrLost):
		return failed
	case (mayPass(failed) || passing(failed, time.Since(r.Created))) && time.Since(r.Created) < maxAge:
		last := time.Minute
		if len(a.queue.Waits) > 0 {
			last = a.queue.Waits[len(a.queue.Waits)-1]
		}
		return a.again(ctx, store.Retry{After: jitter(last), Count: true, Reason: store.ForRetry})
	}
	r.Lacks = r.Lacks || github.NotGranted(failed)
	a.queue.Log.Error().Err(failed).Str("title", o.Title).Int64("review", r.ID).Msg("a review's end could not be told on GitHub")
	return a.queue.Store.Fail(ctx, r, o.Title)
}

// say publishes before it stores the outcome: what could not be published is not the
// review's outcome, and the next worker begins anew.
func (a *attempt) say(ctx context.Context, o outcome) error {
	if a.review.CheckName == "" {
		if err := a.queue.Store.Announce(ctx, a.review, nameOf(*a.review)); err != nil {
			return err
		}
	}
	if err := a.queue.Store.Judge(ctx, a.review, "", o.Conclusion, o.Title); err != nil {
		return err
	}
	if err := a.publish(ctx, o); err != nil {
		return err
	}
	carried := a.review.Conclusion
	if err := a.judge(ctx, o); err != nil {
		return err
	}
	a.review.Conclusion = carried
	return nil
}

func (a *attempt) again(ctx context.Context, r store.Retry) error {
	a.review.State = store.Queued
	return a.queue.Store.Requeue(ctx, a.review, r)
}

// jitter spreads what failed together: between half and one and a half of d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d/2 + rand.N(d)
}

// line is the log's one line of an attempt.
func (a *attempt) line(level zerolog.Level, start time.Time, err error) *zerolog.Event {
	r := a.review
	e := a.queue.Log.WithLevel(level).Str("repository", r.Owner+"/"+r.Name).Int("pull", r.Number).Str("head", r.HeadSHA).
		Str("base", r.BaseRef).Int("attempt", r.Attempt).Str("delivery", r.Delivery).Int64("installation", r.Tenant).
		Str("state", string(r.State)).Str("conclusion", r.Conclusion).Str("title", r.Title).
		Int64("milliseconds", time.Since(start).Milliseconds()).Dur("waited", start.Sub(r.Created))
	if r.Group() {
		e = e.Str("group", r.GroupRef)
	}
	if a.report != nil {
		e = e.Int("targets", a.report.Stats.Targets).Int("findings", len(a.report.Findings)).Int("rendered", a.report.Stats.Rendered)
		var broken []string
		for _, b := range a.report.Broken {
			broken = append(broken, b.Check+": "+b.Panic)
		}
		if len(broken) > 0 {
			e = e.Strs("broken", broken)
		}
	}
	if err != nil {
		e = e.Err(err).Stringer("owner", fault.OwnerOf(err)).Int("tries", r.Tries)
	}
	return e
}
