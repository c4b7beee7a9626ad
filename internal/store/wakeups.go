package store

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
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

// jobQuery asks for jobs.
type jobQuery struct {
	state rivertype.JobState
	kind  string // "" is any
	queue string // "" is any
	most  int
}

func (w *wakeups[TTx]) list(ctx context.Context, t TTx, q jobQuery) ([]*riverJob, error) {
	params := river.NewJobListParams().States(q.state).First(q.most).OrderBy(river.JobListOrderByID, river.SortOrderAsc)
	if q.kind != "" {
		params = params.Kinds(q.kind)
	}
	if q.queue != "" {
		params = params.Queues(q.queue)
	}
	found, err := w.client.JobListTx(ctx, t, params)
	if err != nil {
		return nil, fmt.Errorf("list %s jobs: %w", q.state, err)
	}
	return found.Jobs, nil
}

// redo inserts a job like one that a dead replica ran, and cancels that. River
// itself gives a running job to nobody else for minutes, and has no call to end
// one that runs nowhere: a cancelled one stays running by name until River's
// rescuer finds it, and is not run again.
func (w *wakeups[TTx]) redo(ctx context.Context, t TTx, job *riverJob) error {
	again := river.InsertManyParams{Args: encodedArgs{job.Kind, job.EncodedArgs}, InsertOpts: &river.InsertOpts{
		Queue: job.Queue, Priority: job.Priority, MaxAttempts: max(1, job.MaxAttempts-job.Attempt)}}
	if err := w.insert(ctx, t, []river.InsertManyParams{again}); err != nil {
		return err
	}
	if _, err := w.client.JobCancelTx(ctx, t, job.ID); err != nil {
		return fmt.Errorf("cancel job %d of a dead replica: %w", job.ID, err)
	}
	return nil
}

// redone reports whether redo was called for a job.
func redone(job *riverJob) bool {
	var said struct {
		Cancelled *time.Time `json:"cancel_attempted_at"`
	}
	return json.Unmarshal(job.Metadata, &said) == nil && said.Cancelled != nil
}

// encodedArgs are a job's arguments as River keeps them.
type encodedArgs struct {
	kind string
	json []byte
}

// Kind is River's name of the job.
func (a encodedArgs) Kind() string { return a.kind }

// MarshalJSON gives the arguments as they are.
func (a encodedArgs) MarshalJSON() ([]byte, error) { return a.json, nil }

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

// The queues: what is short must not wait behind reviews.
const (
	reviewQueue = "reviews"
	eventQueue  = "events"
	// Commands are apart from both, and short ones from long ones: help does not wait
	// behind audits.
	commandQueue = "commands"
	quickQueue   = "quick"
	// seenQueue shows that commands were seen.
	seenQueue = "seen"
	// impactQueue is for what a change does elsewhere, which waits for all else.
	impactQueue = "impacts"
	// backgroundQueue is for what nobody waits for.
	backgroundQueue = "background"
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

func wakeCommand(heavy bool, after time.Duration) river.InsertManyParams {
	opts := &river.InsertOpts{Queue: quickQueue, MaxAttempts: 1} // a lost one is repaired
	if heavy {
		opts.Queue = commandQueue
	}
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	return river.InsertManyParams{Args: commandArgs{Heavy: heavy}, InsertOpts: opts}
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
