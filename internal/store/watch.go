package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

const (
	// watchInterval is how often a replica looks after the store.
	watchInterval = 2 * time.Second
	// silence is how long a replica may not be heard before its reviews are
	// queued again.
	silence = 30 * time.Second
	// patience is how long a replica that cannot reach the store goes on with
	// its reviews; it must be done with them before others begin.
	patience = 20 * time.Second
	// keepDeliveries is over the 30 days for which old versions of GitHub
	// Enterprise Server redeliver.
	keepDeliveries = 35 * 24 * time.Hour
	keepPushers    = 400 * 24 * time.Hour
	keepAudits     = 400 * 24 * time.Hour
	keepReviews    = 90 * 24 * time.Hour
	keepOutcomes   = 7 * 24 * time.Hour
	keepReplicas   = time.Hour
	pruneInterval  = time.Hour
)

// watch beats, takes back the reviews of silent replicas, repairs lost wake-ups
// and tells of cancelled reviews, until ctx ends.
func (s *Store) watch(ctx context.Context, tasks Tasks) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	heard := time.Now()
	var pruned time.Time
	for {
		err := s.lookAfter(ctx, tasks)
		if time.Since(heard) > patience { // also when it was this process that slept
			tasks.Lost()
		}
		if err == nil {
			heard = time.Now()
		} else if ctx.Err() == nil {
			tasks.failed(err)
		}
		if time.Since(pruned) > pruneInterval {
			if err := s.prune(ctx); err == nil {
				pruned = time.Now()
			} else if ctx.Err() == nil {
				tasks.failed(&sweepError{"prune", err})
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepError is a failure of a part of a round.
type sweepError struct {
	sweep string
	err   error
}

// Error says what failed, and why.
func (e *sweepError) Error() string { return e.sweep + ": " + e.err.Error() }

// Unwrap gives the cause.
func (e *sweepError) Unwrap() error { return e.err }

// failed tells of a round that failed.
func (t Tasks) failed(err error) {
	if t.Failed == nil {
		return
	}
	sweep := "round"
	var of *sweepError
	if errors.As(err, &of) {
		sweep = of.sweep
	}
	t.Failed(sweep, err)
}

// lookAfter is one round; its time is bounded, so that silence is noticed.
func (s *Store) lookAfter(ctx context.Context, tasks Tasks) error {
	ctx, cancel := context.WithTimeout(ctx, patience/2)
	defer cancel()
	if err := s.beat(ctx); err != nil {
		return &sweepError{"beat", err}
	}
	if !s.alone {
		if _, err := s.returnSilent(ctx); err != nil {
			return &sweepError{"silent", err}
		}
	}
	if err := s.repair(ctx); err != nil {
		return &sweepError{"repair", err}
	}
	if err := s.tellGone(ctx, tasks.Gone); err != nil {
		return &sweepError{"gone", err}
	}
	if err := s.dueAudits(ctx, tasks.AuditEvery); err != nil {
		return &sweepError{"audits", err}
	}
	var cancelled []int64
	err := s.db.transact(ctx, func(t tx) (err error) {
		if tasks.Peers != nil {
			n, err := number(ctx, t, `SELECT COUNT(*) FROM replicas WHERE beat > {now} - $1`, millis(silence))
			if err != nil {
				return err
			}
			tasks.Peers(int(n))
		}
		cancelled, err = ids(ctx, t, `SELECT id FROM reviews WHERE worker = $1 AND state = 'running' AND cancelled = 1`, s.replica)
		return err
	})
	if err != nil {
		return &sweepError{"cancelled", err}
	}
	if len(cancelled) > 0 {
		tasks.Cancel(cancelled)
	}
	return nil
}

func (s *Store) beat(ctx context.Context) error {
	return s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO replicas (id, beat) VALUES ($1, {now}) ON CONFLICT (id) DO UPDATE SET beat = EXCLUDED.beat`, s.replica)
		return err
	})
}

// returnSilent queues the reviews of dead replicas again, each with one death
// more, and makes their jobs available. A process that has the store for itself
// knows that all others are dead.
func (s *Store) returnSilent(ctx context.Context) (int, error) {
	limit := millis(silence)
	if s.alone {
		limit = -1
	}
	returned := 0
	err := s.db.transact(ctx, func(t tx) error {
		const dead = `worker <> '' AND worker <> $1 AND NOT EXISTS
			(SELECT 1 FROM replicas p WHERE p.id = worker AND p.beat > {now} - $2 AND $2 >= 0)`
		gone, err := ids(ctx, t, `UPDATE reviews SET state = 'superseded', worker = '', finished = {now}
			WHERE state = 'running' AND `+over+` AND `+dead+` RETURNING id`, s.replica, limit)
		if err != nil {
			return err
		}
		for _, id := range gone {
			if err := t.wake(ctx, event(closeArgs{Review: id})); err != nil {
				return err
			}
		}
		back, err := ids(ctx, t, `UPDATE reviews SET state = 'queued', worker = '', deaths = deaths + 1, not_before = {now}
			WHERE state = 'running' AND `+dead+` RETURNING id`, s.replica, limit)
		if err != nil {
			return err
		}
		lanes, err := ids(ctx, t, `UPDATE commands SET worker = '' WHERE `+dead+` RETURNING heavy`, s.replica, limit)
		if err != nil {
			return err
		}
		for _, heavy := range lanes {
			if err := t.wake(ctx, wakeCommand(heavy != 0, 0)); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `UPDATE impacts SET worker = '' WHERE `+dead, s.replica, limit); err != nil {
			return err
		}
		returned = len(back) + len(gone)
		return s.redoSilent(ctx, t, limit)
	})
	if err != nil {
		return 0, fmt.Errorf("take back the reviews of dead replicas: %w", err)
	}
	return returned, nil
}

// maxRedo bounds one round's jobs of dead replicas; there is a next round.
const maxRedo = 1000

// redoSilent gives the jobs of replicas that were silent for so many
// milliseconds to others; below 0 all but this one were.
func (s *Store) redoSilent(ctx context.Context, t tx, limit int64) error {
	alive := map[string]bool{s.replica: true}
	err := each(ctx, t, func(r rows) error {
		var id string
		err := r.Scan(&id)
		alive[id] = true
		return err
	}, `SELECT id FROM replicas WHERE beat > {now} - $1 AND $1 >= 0`, limit)
	if err != nil {
		return err
	}
	left, err := abandoned(ctx, t, alive)
	if err != nil || len(left) == 0 {
		return err
	}
	if err := t.hold(ctx, 0); err != nil { // two replicas may see the same jobs
		return err
	}
	if left, err = abandoned(ctx, t, alive); err != nil {
		return err
	}
	for _, job := range left {
		if err := t.redo(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// abandoned lists the jobs that replicas other than these run, and that nobody
// was given yet.
func abandoned(ctx context.Context, t tx, alive map[string]bool) ([]*rivertype.JobRow, error) {
	running, err := t.jobs(ctx, jobQuery{state: rivertype.JobStateRunning, most: maxRedo})
	return slices.DeleteFunc(running, func(job *rivertype.JobRow) bool {
		n := len(job.AttemptedBy)
		return n == 0 || alive[job.AttemptedBy[n-1]] || redone(job)
	}), err
}

// repair adds wake-ups where reviews or commands are due and too few are under way.
func (s *Store) repair(ctx context.Context) error {
	return s.db.transact(ctx, func(t tx) error {
		due, err := number(ctx, t, `SELECT COUNT(*) FROM reviews WHERE state = 'queued' AND not_before <= {now}`)
		if err != nil {
			return err
		}
		if err := repairTo(ctx, t, due, wakeReview(0)); err != nil {
			return err
		}
		if due, err = number(ctx, t, `SELECT COUNT(*) FROM impacts r WHERE `+dueImpact); err != nil {
			return err
		}
		if err := repairTo(ctx, t, min(due, 1), wakeImpact(0)); err != nil { // each wakes the next
			return err
		}
		for _, heavy := range []bool{false, true} {
			due, err := number(ctx, t, `SELECT COUNT(*) FROM commands WHERE state = 'queued' AND worker = '' AND lacks = 0 AND heavy = $1 AND not_before <= {now}`, number01(heavy))
			if err != nil {
				return err
			}
			if err := repairTo(ctx, t, due, wakeCommand(heavy, 0)); err != nil {
				return err
			}
		}
		return nil
	})
}

// repairTo adds wake-ups until as many wait as pieces of work are due.
func repairTo(ctx context.Context, t tx, due int64, wake river.InsertManyParams) error {
	if due == 0 {
		return nil
	}
	woken, err := t.jobs(ctx, jobQuery{state: rivertype.JobStateAvailable, kind: wake.Args.Kind(), queue: wake.InsertOpts.Queue, most: maxRepair})
	if err != nil {
		return err
	}
	for n := int64(len(woken)); n < min(due, maxRepair); n++ {
		if err := t.wake(ctx, wake); err != nil {
			return err
		}
	}
	return nil
}

// maxRepair bounds one round's new wake-ups; there is a next round.
const maxRepair = 50

func (s *Store) prune(ctx context.Context) error {
	return s.db.transact(ctx, func(t tx) error {
		for sql, age := range map[string]time.Duration{
			`DELETE FROM deliveries WHERE received < {now} - $1`:                                             keepDeliveries,
			`DELETE FROM commands WHERE finished > 0 AND finished < {now} - $1`:                              keepReviews,
			`DELETE FROM pushers WHERE seen < {now} - $1`:                                                    keepPushers,
			`DELETE FROM grants WHERE created < {now} - $1`:                                                  keepPushers,
			`DELETE FROM audits WHERE created < {now} - $1`:                                                  keepAudits,
			`DELETE FROM replicas WHERE beat < {now} - $1`:                                                   keepReplicas,
			`DELETE FROM pages WHERE created < {now} - $1`:                                                   min(s.pages, keepReviews),
			`DELETE FROM impact_pages WHERE created < {now} - $1`:                                            min(s.pages, keepReviews),
			`DELETE FROM impacts WHERE created < {now} - $1`:                                                 keepReviews,
			`DELETE FROM gone WHERE at < {now} - $1`:                                                         keepReviews,
			`DELETE FROM dependents WHERE seen < {now} - $1`:                                                 keepPushers,
			`DELETE FROM reviews WHERE finished > 0 AND finished < {now} - $1`:                               keepReviews,
			`UPDATE reviews SET outcome = '' WHERE outcome <> '' AND finished > 0 AND finished < {now} - $1`: keepOutcomes,
		} {
			if _, err := t.exec(ctx, sql, millis(age)); err != nil {
				return fmt.Errorf("prune: %w", err)
			}
		}
		return nil
	})
}
