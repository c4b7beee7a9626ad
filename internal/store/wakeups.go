package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

// wakeups is River on either database: TTx is the driver's transaction.
type wakeups[TTx any] struct {
	driver riverdriver.Driver[TTx]
	log    *slog.Logger
	client *river.Client[TTx] // only inserts; the workers' is a separate one
}

func newWakeups[TTx any](driver riverdriver.Driver[TTx], log *slog.Logger) (*wakeups[TTx], error) {
	client, err := river.NewClient(driver, &river.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("open River: %w", err)
	}
	return &wakeups[TTx]{driver: driver, log: log, client: client}, nil
}

func (w *wakeups[TTx]) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(w.driver, &rivermigrate.Config{Logger: w.log})
	if err != nil {
		return fmt.Errorf("migrate River: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River: %w", err)
	}
	return nil
}

func (w *wakeups[TTx]) insert(ctx context.Context, t TTx, jobs []river.InsertManyParams) error {
	if _, err := w.client.InsertManyTx(ctx, t, jobs); err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(jobs), err)
	}
	return nil
}

func (w *wakeups[TTx]) work(ctx context.Context, c river.Config) (stopper, error) {
	c.Logger = w.log
	client, err := river.NewClient(w.driver, &c)
	if err != nil {
		return nil, fmt.Errorf("start River: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start River: %w", err)
	}
	return client, nil
}

// The queues: a rerun must not wait behind reviews.
const (
	reviewQueue = "reviews"
	eventQueue  = "events"
	// commandQueue is apart from both: an audit is long.
	commandQueue = "commands"
)

// reviewArgs wakes a worker: there is a review to do, whichever.
type reviewArgs struct{}

// Kind is River's name of the job.
func (reviewArgs) Kind() string { return "review" }

func wakeReview(after time.Duration) river.InsertManyParams {
	opts := &river.InsertOpts{Queue: reviewQueue, MaxAttempts: 1} // a lost one is repaired
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	return river.InsertManyParams{Args: reviewArgs{}, InsertOpts: opts}
}

// closeArgs ends the check run of a review that was superseded.
type closeArgs struct {
	Review int64 `json:"review"`
}

// Kind is River's name of the job.
func (closeArgs) Kind() string { return "close" }

// closedArgs says that a pull request is closed, perhaps: deliveries come in any
// order.
type closedArgs struct {
	Pull Pull `json:"pull"`
}

// Kind is River's name of the job.
func (closedArgs) Kind() string { return "closed" }

func event(args river.JobArgs) river.InsertManyParams {
	return river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: eventQueue, MaxAttempts: eventAttempts}}
}

// eventAttempts with retryPolicy go on for about an hour.
const eventAttempts = 14

// retryPolicy doubles from two seconds to ten minutes.
type retryPolicy struct{}

// NextRetry is River's question.
func (retryPolicy) NextRetry(job *riverJob) time.Time {
	return time.Now().Add(min(10*time.Minute, time.Second<<min(job.Attempt, 10)))
}
