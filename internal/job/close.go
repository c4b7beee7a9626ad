package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// sendTime is how long after a review ended a request of it can still arrive at
// GitHub: one that was cut off is carried out all the same.
const sendTime = 30 * time.Second

// siblingWait is how long the end of a check run waits for the verdict of another
// pull request with its head, before it looks again.
const siblingWait = 3 * time.Second

// closeRun ends the check run of a review that was superseded, or whose pull
// request is closed. It makes none: one that is made late would be the newest, and
// stand before the verdict of a later attempt.
func (q *Queue) closeRun(ctx context.Context, id int64) error {
	r, err := q.Store.Review(ctx, id)
	if err != nil {
		return err
	}
	if r.State != store.Superseded && !(r.State == store.Done && r.Closed) {
		return nil
	}
	a := &attempt{queue: q, review: &r, client: q.client(r.Pull)}
	siblings, err := a.siblings(ctx)
	if err != nil {
		return q.eventError("cancel the check run of", r.Pull, err)
	}
	verdicts := judged(siblings)
	if len(verdicts) < len(siblings) {
		return &store.LaterError{At: time.Now().Add(siblingWait), Err: errors.New("another pull request with its head has no verdict yet")}
	}
	run := q.checkRun(ctx, r, abandoned(r, verdicts))
	if len(verdicts) == 0 {
		run.CompletedAt = r.Finished // before anything that a later attempt says
	}
	err = a.client.Revise(ctx, run)
	switch {
	case errors.Is(err, github.ErrNoCheckRun) && time.Since(r.Finished) < sendTime:
		return &store.LaterError{At: r.Finished.Add(sendTime), Err: err}
	case err != nil && !errors.Is(err, github.ErrNoCheckRun):
		return q.eventError("cancel the check run of", r.Pull, err)
	}
	return q.Store.Closed(ctx, id, github.Cancelled)
}

// abandoned is what the check run of a review says that nobody waits for. Where
// other open pull requests have its head it says what they say: it may be the
// newest.
func abandoned(r store.Review, others []sibling) outcome {
	o := outcome{Conclusion: github.Cancelled, Title: "Superseded by a newer commit or a change of the pull request",
		Summary: "Nothing was judged here: the pull request moved on, or was closed, before this review was done."}
	if r.Group() {
		o.Title, o.Summary = "The merge group is gone", "Nothing was judged here: the merge queue gave up this group before the review was done."
	}
	if r.State == store.Done {
		o.Title, o.Summary = "The pull request is closed", "What was judged here counts no longer."
	}
	if conclusion, who := worst("", others); who != "" {
		o.Conclusion = conclusion
		o.Title = fmt.Sprintf("As %s, which has the same head commit", who)
		o.Summary = fmt.Sprintf("GitHub keeps one verdict a commit. #%d is closed, so that `%s` of %s counts.", r.Number, conclusion, who)
	}
	return o
}

// leave tells other open pull requests with its head that a pull request is
// closed: what it said counts for them no longer.
func (q *Queue) leave(ctx context.Context, p store.Pull) error {
	known, err := q.Store.Reviews(ctx, p.Repository, p.Number)
	if err != nil || p.Group() || len(known) == 0 {
		return err
	}
	last := known[len(known)-1]
	if last.State != store.Done {
		return nil
	}
	a := &attempt{queue: q, review: &last, client: q.client(last.Pull)}
	siblings, err := a.siblings(ctx)
	if err != nil {
		return q.eventError("close", p, err)
	}
	if len(siblings) == 0 {
		return nil
	}
	verdicts := judged(siblings)
	for i, s := range verdicts {
		if s.review.State != store.Done {
			continue // it will look for itself
		}
		if err := a.retell(ctx, s, without(verdicts, i)); err != nil {
			return q.eventError("close", p, err)
		}
	}
	return q.closeRun(ctx, last.ID)
}
