package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

type riverJob = rivertype.JobRow

// Tasks is the work that wake-ups are for. The functions are called from many
// goroutines.
type Tasks struct {
	// Review claims and does one review. Its error is the store's: a review that
	// fails is data.
	Review func(ctx context.Context) error
	// Closed is told of a pull request that seems to be closed.
	Closed func(ctx context.Context, p Pull) error
	// Close ends the check run of a review that was superseded.
	Close func(ctx context.Context, review int64) error
	// Seen shows that a command was seen. Command claims and does one, a long or a
	// short one; its error is the store's.
	Seen    func(ctx context.Context, command int64) error
	Command func(ctx context.Context, heavy bool) error
	// Peers is told how many replicas share the store, now and again.
	Peers func(n int)
	// Look looks at what is there of an installation.
	Look func(ctx context.Context, tenant int64) error
	// Warm renders a branch, so that what follows on it is quick.
	Warm func(ctx context.Context, b Branch) error
	// Impact claims and looks at one impact; its error is the store's. Told brings the
	// check run of a review up to date when all of them are done.
	Impact func(ctx context.Context) error
	Told   func(ctx context.Context, review int64) error
	// Audit audits a repository's default branch.
	Audit func(ctx context.Context, repository int64) error
	// Cancel is told of running reviews that are to end.
	Cancel func(reviews []int64)
	// Lost is told when this replica was silent for so long that others may
	// have taken its reviews.
	Lost func()
	// Gone is told of what is gone, and reports whether nothing is left of it on this
	// replica's disk; nil hears nothing.
	Gone func(g Gone) bool
	// Failed is told of a round in which looking after the store failed, and of
	// what; there is a next round. nil hears nothing.
	Failed func(sweep string, err error)

	Parallel int           // reviews at once
	Limit    time.Duration // of one review

	AuditEvery time.Duration // between two audits of a repository; 0 is never
}

// LaterError asks for a close or the like to be tried again at a time, without
// counting the try.
type LaterError struct {
	At  time.Time
	Err error
}

// Error is the cause's.
func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *LaterError) Unwrap() error { return e.Err }

// BriefError asks for another try until some time after the work was asked for, and
// for none then.
type BriefError struct {
	Within time.Duration
	Err    error
}

// Error is the cause's.
func (e *BriefError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *BriefError) Unwrap() error { return e.Err }

// Work is the store's wake-ups at work.
type Work struct {
	river stopper
	stop  context.CancelFunc
	ended chan struct{}
}

// Start starts the work. It goes on until Stop, whatever becomes of ctx.
func (s *Store) Start(ctx context.Context, tasks Tasks) (*Work, error) {
	ctx = context.WithoutCancel(ctx)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[reviewArgs]) error { return tasks.Review(ctx) }))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[closeArgs]) error {
		return later(j.CreatedAt, tasks.Close(ctx, j.Args.Review))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[closedArgs]) error {
		return later(j.CreatedAt, tasks.Closed(ctx, j.Args.Pull))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[seenArgs]) error {
		return later(j.CreatedAt, tasks.Seen(ctx, j.Args.Command))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[commandArgs]) error {
		return tasks.Command(ctx, j.Args.Heavy)
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[LookArgs]) error {
		return later(j.CreatedAt, tasks.Look(ctx, j.Args.Tenant))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[Branch]) error {
		return later(j.CreatedAt, tasks.Warm(ctx, j.Args))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[impactArgs]) error { return tasks.Impact(ctx) }))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[toldArgs]) error {
		return later(j.CreatedAt, tasks.Told(ctx, j.Args.Review))
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[auditArgs]) error {
		return later(j.CreatedAt, tasks.Audit(ctx, j.Args.Repository))
	}))
	r, err := s.db.work(ctx, river.Config{
		ID: s.replica, Workers: workers, RetryPolicy: retryPolicy{},
		Queues: map[string]river.QueueConfig{reviewQueue: {MaxWorkers: tasks.Parallel}, eventQueue: {MaxWorkers: 2},
			commandQueue: {MaxWorkers: max(1, tasks.Parallel/2)}, quickQueue: {MaxWorkers: 2}, seenQueue: {MaxWorkers: 2}, backgroundQueue: {MaxWorkers: 1}, impactQueue: {MaxWorkers: 1}},
		FetchPollInterval:           pollInterval,
		JobTimeout:                  tasks.Limit,
		RescueStuckJobsAfter:        tasks.Limit + time.Minute, // sooner would run a live job twice
		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &Work{river: r, stop: cancel, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		s.watch(ctx, tasks)
	}()
	return w, nil
}

// pollInterval is how late a wake-up can be when its notification is lost.
const pollInterval = 500 * time.Millisecond

// Stop takes no new work and waits for what runs; when ctx ends first, interrupt
// is called and what runs has its context ended.
func (w *Work) Stop(ctx context.Context, interrupt func()) error {
	err := w.river.Stop(ctx)
	if err != nil {
		interrupt()
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardStop)
		defer cancel()
		err = w.river.StopAndCancel(hard)
	}
	w.stop()
	<-w.ended
	if err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// hardStop is what workers get to put their reviews back.
const hardStop = 8 * time.Second

// later turns a LaterError into River's snooze, and a BriefError whose time is over
// into the work's end.
func later(asked time.Time, err error) error {
	var l *LaterError
	if errors.As(err, &l) {
		return river.JobSnooze(max(time.Second, time.Until(l.At)))
	}
	var b *BriefError
	if errors.As(err, &b) && time.Since(asked) >= b.Within {
		return river.JobCancel(err)
	}
	return err
}
