package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pull names a pull request, or a merge group, and what of it is reviewed. A pull
// request is known by its number, a group, which has the number 0, by its head.
type Pull struct {
	Tenant        int64  `json:"tenant"` // the installation
	Repository    int64  `json:"repository"`
	Owner         string `json:"owner"`
	Name          string `json:"name"`
	Number        int    `json:"number"`
	BaseRef       string `json:"base"` // without refs/heads/
	DefaultBranch string `json:"defaultBranch"`
	HeadSHA       string `json:"head"`
	GroupRef      string `json:"groupRef,omitempty"`  // a merge group's, with refs/heads/; "" for a pull request
	GroupBase     string `json:"groupBase,omitempty"` // the commit that a merge group was made on
}

// Group reports whether it is a merge group.
func (p Pull) Group() bool { return p.GroupRef != "" }

// ofPull are the reviews of the repository $1 that are of the pull request $2,
// or, where that is 0, of the merge group with the head $3.
const ofPull = `repository = $1 AND number = $2 AND (number <> 0 OR head_sha = $3)`

// State is where a review is.
type State string

// A review is queued until a worker claims it, and again after what it can
// survive; superseded is also the end of one whose pull request was closed;
// failed is one that could not even be told on GitHub.
const (
	Queued     State = "queued"
	Running    State = "running"
	Done       State = "done"
	Superseded State = "superseded"
	Failed     State = "failed"
)

// Review is one attempt at reviewing a pull request's head.
type Review struct {
	Pull
	ID         int64
	Attempt    int
	ExternalID string // repository/head/base/attempt: one check run
	Delivery   string // that asked for it
	Trace      string // in which it was asked for, as W3C's traceparent; "" is none
	Asker      string // who asked for it by hand; "" for nobody
	State      State
	Cancelled  bool // it is to end as soon as it can
	Tries      int  // that failed for a reason which may pass
	Deaths     int  // of a process that had it in work
	CheckName  string
	CheckRun   int64  // 0 until GitHub said so
	Outcome    string // what is published, as JSON, from when it is known
	Conclusion string
	Title      string
	Progress   string // of one that is running: what is done at the moment
	Digest     string // what lists show of its page, as JSON; "" where there is none
	Lacks      bool   // it ended for want of something that the installation does not grant
	Closed     bool   // GitHub told that the pull request is closed
	Created    time.Time
	Started    time.Time
	Finished   time.Time // zero while it is not done

	claim int64 // numbers the claims, so that a late worker notices
}

// columns and scanReview belong together.
const columns = `r.id, r.tenant, r.repository, r.owner, r.name, r.number, r.base_ref, r.default_branch, r.head_sha, r.group_ref, r.group_base,
	r.attempt, r.external_id, r.delivery, r.asker, r.trace, r.state, r.cancelled, r.tries, r.deaths, r.claims, r.check_name, r.check_run,
	r.outcome, r.conclusion, r.title, r.progress, r.digest, r.lacks, r.closed, r.created, r.started, r.finished`

func scanReview(from rows) (Review, error) {
	var r Review
	var cancelled, lacks, closed, created, started, finished int64
	err := from.Scan(&r.ID, &r.Tenant, &r.Repository, &r.Owner, &r.Name, &r.Number, &r.BaseRef, &r.DefaultBranch, &r.HeadSHA, &r.GroupRef, &r.GroupBase,
		&r.Attempt, &r.ExternalID, &r.Delivery, &r.Asker, &r.Trace, &r.State, &cancelled, &r.Tries, &r.Deaths, &r.claim, &r.CheckName, &r.CheckRun,
		&r.Outcome, &r.Conclusion, &r.Title, &r.Progress, &r.Digest, &lacks, &closed, &created, &started, &finished)
	r.Lacks = lacks != 0
	r.Cancelled, r.Closed, r.Created, r.Started, r.Finished = cancelled != 0, closed != 0, instant(created), instant(started), instant(finished)
	return r, err
}

// reviews gives the rows of a query that ends in sql.
func reviews(ctx context.Context, t tx, sql string, args ...any) ([]Review, error) {
	var out []Review
	err := each(ctx, t, func(row rows) error {
		r, err := scanReview(row)
		out = append(out, r)
		return err
	}, `SELECT `+columns+` FROM reviews r `+sql, args...)
	return out, err
}

// ErrNoReview: the store has no such review, or not any more.
var ErrNoReview = errors.New("there is no such review")

// Review gives one review; ErrNoReview where there is none.
func (s *Store) Review(ctx context.Context, id int64) (Review, error) {
	var r Review
	err := s.db.transact(ctx, func(t tx) error {
		found, err := reviews(ctx, t, `WHERE r.id = $1`, id)
		if err == nil && len(found) == 0 {
			err = ErrNoReview
		}
		if err != nil {
			return fmt.Errorf("read review %d: %w", id, err)
		}
		r = found[0]
		return nil
	})
	return r, err
}

// ReviewOf gives the review that a check run's external id names; ErrNoReview where
// there is none.
func (s *Store) ReviewOf(ctx context.Context, repository int64, externalID string) (Review, error) {
	var r Review
	err := s.db.transact(ctx, func(t tx) error {
		found, err := reviews(ctx, t, `WHERE r.repository = $1 AND r.external_id = $2`, repository, externalID)
		if err == nil && len(found) == 0 {
			err = ErrNoReview
		}
		if err != nil {
			return fmt.Errorf("read review %s: %w", externalID, err)
		}
		r = found[0]
		return nil
	})
	return r, err
}

// Reviews gives the reviews of a repository's pull request, oldest first.
func (s *Store) Reviews(ctx context.Context, repository int64, number int) ([]Review, error) {
	var out []Review
	err := s.db.transact(ctx, func(t tx) (err error) {
		out, err = reviews(ctx, t, `WHERE r.repository = $1 AND r.number = $2 ORDER BY r.id`, repository, number)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	return out, nil
}

// Groups gives the merge groups with a head of which there are reviews: one, or
// none.
func (s *Store) Groups(ctx context.Context, repository int64, head string) ([]Pull, error) {
	var out []Pull
	err := s.db.transact(ctx, func(t tx) error {
		out = nil
		found, err := reviews(ctx, t, `WHERE r.repository = $1 AND r.number = 0 AND r.head_sha = $2 ORDER BY r.id DESC LIMIT 1`, repository, head)
		for _, r := range found {
			out = append(out, r.Pull)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the merge groups of %s: %w", head, err)
	}
	return out, nil
}

// Siblings gives the latest reviews of other pull requests that share the head
// and the check run's name, and that have an outcome or will have one.
func (s *Store) Siblings(ctx context.Context, of Review) ([]Review, error) {
	var out []Review
	err := s.db.transact(ctx, func(t tx) (err error) {
		out, err = reviews(ctx, t, `WHERE r.repository = $1 AND r.head_sha = $2 AND r.check_name = $3 AND r.number <> $4 AND r.number <> 0
			AND (r.state IN ('queued', 'running') OR r.state = 'done' AND r.outcome <> '') AND r.closed = 0
			AND r.id = (SELECT MAX(l.id) FROM reviews l WHERE l.repository = r.repository AND l.number = r.number)
			ORDER BY r.number`, of.Repository, of.HeadSHA, of.CheckName, of.Number)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list reviews of the same head: %w", err)
	}
	return out, nil
}

// Claim takes the next due review of the tenant that was given the least so far;
// nil when none is due. One whose earlier attempt at the same head is still in work
// waits for its end: else the earlier one's check run could come to be the newer.
func (s *Store) Claim(ctx context.Context) (*Review, error) {
	var claimed *Review
	err := s.db.transact(ctx, func(t tx) error {
		found, err := reviews(ctx, t, `LEFT JOIN tenants t ON t.id = r.tenant
			WHERE r.state = 'queued' AND r.not_before <= {now} AND NOT EXISTS
				(SELECT 1 FROM reviews e WHERE e.repository = r.repository AND e.number = r.number AND e.head_sha = r.head_sha AND e.state = 'running')
			ORDER BY COALESCE(t.spent, 0), r.id LIMIT 1 {skip}`)
		if err != nil || len(found) == 0 {
			return err
		}
		r := found[0]
		r.claim++
		r.State = Running
		_, err = t.exec(ctx, `UPDATE reviews SET state = 'running', worker = $2, claims = $3,
			conclusion = CASE WHEN outcome = '' THEN '' ELSE conclusion END,
			started = CASE WHEN started = 0 THEN {now} ELSE started END WHERE id = $1`, r.ID, s.replica, r.claim)
		if err != nil {
			return err
		}
		claimed = &r
		return charge(ctx, t, r.Tenant)
	})
	if err != nil {
		return nil, fmt.Errorf("claim a review: %w", err)
	}
	return claimed, nil
}

// change changes a review that this worker has; ErrLost when it has it no more.
func (s *Store) change(ctx context.Context, r *Review, what, set string, args ...any) error {
	return s.db.transact(ctx, func(t tx) error { return s.changeIn(ctx, t, r, what, set, args...) })
}

func (s *Store) changeIn(ctx context.Context, t tx, r *Review, what, set string, args ...any) error {
	n, err := t.exec(ctx, `UPDATE reviews SET `+set+` WHERE id = $1 AND worker = $2 AND claims = $3 AND state = 'running'`,
		append([]any{r.ID, s.replica, r.claim}, args...)...)
	if err == nil && n == 0 {
		err = ErrLost
	}
	if err != nil {
		return fmt.Errorf("%s review %d: %w", what, r.ID, err)
	}
	return nil
}

// Announce notes that a check run of this name is about to be made.
func (s *Store) Announce(ctx context.Context, r *Review, name string) error {
	r.CheckName = name
	return s.change(ctx, r, "announce", `check_name = $4`, name)
}

// Progress notes what is done for a review at the moment.
func (s *Store) Progress(ctx context.Context, r *Review, what string) error {
	r.Progress = what
	return s.change(ctx, r, "note the progress of", `progress = $4`, what)
}

// Published notes the check run's id.
func (s *Store) Published(ctx context.Context, r *Review, checkRun int64) error {
	r.CheckRun = checkRun
	return s.change(ctx, r, "note the check run of", `check_run = $4`, checkRun)
}

// Judge keeps what will be published, so that a worker that goes on after a
// death publishes the very same. Without an outcome it only notes that a verdict
// is being told.
func (s *Store) Judge(ctx context.Context, r *Review, outcome, conclusion, title string) error {
	r.Outcome, r.Conclusion, r.Title = outcome, conclusion, title
	return s.change(ctx, r, "judge", `outcome = $4, conclusion = $5, title = $6, lacks = $7`, outcome, conclusion, title, number01(r.Lacks))
}

// Finish ends a review whose check run is complete.
func (s *Store) Finish(ctx context.Context, r *Review) error {
	r.State = Done
	return s.db.transact(ctx, func(t tx) error {
		if err := s.endIn(ctx, t, r); err != nil {
			return err
		}
		asked, err := number(ctx, t, `SELECT COUNT(*) FROM impacts WHERE review = $1 AND done = 0`, r.ID)
		if err != nil || asked == 0 {
			return err
		}
		return t.wake(ctx, wakeImpact(0))
	})
}

// Fail ends a review that could not be told on GitHub; title says why, for the
// log and the operator.
func (s *Store) Fail(ctx context.Context, r *Review, title string) error {
	r.Title, r.State = title, Failed
	return s.db.transact(ctx, func(t tx) error { return s.endIn(ctx, t, r) })
}

func (s *Store) endIn(ctx context.Context, t tx, r *Review) error {
	return s.changeIn(ctx, t, r, "end", `state = $4, title = $5, conclusion = $6, lacks = $7, finished = {now}`, string(r.State), r.Title, r.Conclusion, number01(r.Lacks))
}

// Supersede ends a review that nobody waits for any more; its check run, if
// there can be one, is ended by a job.
func (s *Store) Supersede(ctx context.Context, r *Review) error {
	r.State = Superseded
	return s.db.transact(ctx, func(t tx) error {
		if err := s.changeIn(ctx, t, r, "supersede", `state = 'superseded', finished = {now}`); err != nil {
			return err
		}
		if r.CheckName == "" {
			return nil
		}
		return t.wake(ctx, event(closeArgs{Review: r.ID}))
	})
}

// Retry says when and why a review is queued again.
type Retry struct {
	After time.Duration
	Count bool // as a try that failed
	// Reason is why it waits, for the metrics; "" is for a worker.
	Reason string
}

// Why a review or a command waits.
const (
	ForWorker     = "worker"     // all are at work, or it is about to be taken
	ForLimit      = "limit"      // GitHub wants fewer requests
	ForRetry      = "retry"      // something failed, and may pass
	ForPermission = "permission" // an owner must grant something
)

// over is a review that nobody waits for: it was cancelled, or there is a later one
// of its pull request.
const over = `(cancelled = 1 OR EXISTS (SELECT 1 FROM reviews l WHERE l.repository = reviews.repository AND l.number = reviews.number
	AND (l.number <> 0 OR l.head_sha = reviews.head_sha) AND l.id > reviews.id))`

// Requeue queues a review again. One that is over by now is superseded instead.
func (s *Store) Requeue(ctx context.Context, r *Review, again Retry) error {
	if again.Count {
		r.Tries++
	}
	return s.db.transact(ctx, func(t tx) error {
		err := s.changeIn(ctx, t, r, "queue again", `state = CASE WHEN `+over+` THEN 'superseded' ELSE 'queued' END,
			worker = '', tries = $4, not_before = {now} + $5, reason = $6, finished = CASE WHEN `+over+` THEN {now} ELSE 0 END`,
			r.Tries, millis(again.After), again.Reason)
		if err != nil {
			return err
		}
		gone, err := ids(ctx, t, `SELECT id FROM reviews WHERE id = $1 AND state = 'superseded' AND check_name <> ''`, r.ID)
		if err != nil {
			return err
		}
		if len(gone) > 0 {
			return t.wake(ctx, event(closeArgs{Review: r.ID}))
		}
		return t.wake(ctx, wakeReview(again.After))
	})
}

// Closed notes that a superseded review's check run is complete.
func (s *Store) Closed(ctx context.Context, id int64, conclusion string) error {
	return s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE reviews SET conclusion = $2 WHERE id = $1 AND state = 'superseded'`, id, conclusion)
		return err
	})
}

// number01 is a truth as the tables hold it.
func number01(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
