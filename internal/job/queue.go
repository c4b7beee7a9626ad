package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/sourcegraph/conc"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/source"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// Queue takes deliveries and does the reviews that they ask for, until each has
// its check run. What it took is done even if the process dies meanwhile.
type Queue struct {
	Store    *store.Store
	App      *github.App
	Mirrors  *git.Mirrors
	Reviewer *Reviewer
	Sources  *source.Fetcher // what reviews fetch with; nil fetches nothing
	Log      zerolog.Logger
	Metrics  *Metrics

	Parallel int             // reviews at once
	Waits    []time.Duration // before each further try after GitHub failed; nil is DefaultWaits

	// AuditEvery is the time between two audits of a default branch where the
	// repository's file sets none, 0 for never; FirstAudit is after how long a
	// repository that was not known has its first.
	AuditEvery, FirstAudit time.Duration

	// Pages is the address below which each review has its page; "" where there are
	// no pages, and nothing is kept for them.
	Pages string

	// CatchUp is how often it is looked for what was missed; 0 is never.
	CatchUp time.Duration

	running     registry
	stopping    context.Context // ends when this process takes no new work
	stopNow     context.CancelFunc
	absent      absences
	work        *store.Work
	stopCatchUp context.CancelFunc
	caughtUp    conc.WaitGroup
}

// DefaultWaits give GitHub about eight minutes to recover.
func DefaultWaits() []time.Duration {
	return []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute}
}

// jobLimit bounds one review with fetching and publishing.
const jobLimit = 2 * Budget

// Why a running review ends before its time.
var (
	errSuperseded = errors.New("the pull request has moved on")
	errStopping   = errors.New("this process stops")
	errLost       = errors.New("this process lost the store")
)

// Start begins to work. Stop must be called.
func (q *Queue) Start(ctx context.Context) (err error) {
	if q.Waits == nil {
		q.Waits = DefaultWaits()
	}
	q.stopping, q.stopNow = context.WithCancel(context.WithoutCancel(ctx))
	q.work, err = q.Store.Start(ctx, store.Tasks{
		Review: q.reviewNext, Closed: q.closed, Close: q.closeRun,
		Seen: q.seen, Command: q.command, Audit: q.scheduled, Look: q.look, Warm: q.warm, Impact: q.impact, Told: q.impactTold, Gone: q.gone, AuditEvery: q.AuditEvery,
		Cancel:   func(reviews []int64) { q.running.cancel(errSuperseded, reviews...) },
		Lost:     func() { q.running.cancelAll(errLost) },
		Failed:   q.sweepFailed,
		Peers:    q.App.Share,
		Parallel: q.Parallel, Limit: jobLimit,
	})
	if err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	if q.CatchUp > 0 {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		q.stopCatchUp = cancel
		q.caughtUp.Go(func() { q.catchingUp(ctx) })
	}
	return nil
}

// sweepFailed counts a round of looking after the store that failed. Reviews go
// on; what the round was to do is late.
func (q *Queue) sweepFailed(sweep string, err error) {
	q.Metrics.sweeps.WithLabelValues(sweep).Inc()
	q.Log.Warn().Err(err).Str("sweep", sweep).Msg("looking after the store failed")
}

// Stop takes no new reviews and waits for those under way; when ctx ends first,
// the rest is queued again.
func (q *Queue) Stop(ctx context.Context) error {
	q.stopNow() // nobody waits for what an impact gives
	if q.stopCatchUp != nil {
		q.stopCatchUp()
		q.caughtUp.Wait()
	}
	return q.work.Stop(ctx, func() { q.running.cancelAll(errStopping) })
}

// Accept stores what a delivery asks for and gives a word for it. When it
// returns without an error, the delivery may be answered: it will be done.
func (q *Queue) Accept(ctx context.Context, d github.Delivery) (result string, err error) {
	ctx, end := span(ctx, "delivery", attribute.String("seaworthy.event", d.Name), attribute.String("seaworthy.delivery", d.ID))
	defer func() { end(err) }()
	defer func() {
		if err != nil {
			result = "failed"
		}
		q.Metrics.delivered(d.Name, result)
	}()
	in := store.Delivery{ID: d.ID, Event: d.Name}
	if q.AuditEvery > 0 {
		in.FirstAudit = q.FirstAudit
	}
	switch e := d.Event.(type) {
	case *github.PullRequestEvent:
		p := pullOf(e.PullRequest)
		if e.Action == "closed" {
			in.Close, result = &p, "close"
		} else {
			in.Order, result = &store.Order{Pull: p, Delivery: d.ID, Trace: carried(ctx)}, "review"
			in.Order.Ready = e.Action == "ready_for_review"
			if e.Action == "opened" || e.Action == "synchronize" {
				in.Order.Pusher = e.Sender
			}
		}
	case *github.RerequestEvent:
		r := e.Repository
		in.Command, result = &store.Command{Tenant: r.Installation, Repository: r.ID, Owner: r.Owner, Name: r.Name, Number: ofHead,
			Comment: commentOf(d.ID), Sender: e.Sender, Line: rerunVerb + " " + e.HeadSHA}, "rerun"
	case *github.MergeGroupEvent:
		p := pullOf(e.Group)
		if e.Action == "destroyed" {
			in.Close, result = &p, "close"
		} else {
			in.Order, result = &store.Order{Pull: p, Delivery: d.ID, Trace: carried(ctx)}, "review"
		}
	case *github.CommentEvent:
		line := commandLine(e.Body)
		if line == "" {
			return "ignored", nil
		}
		r := e.Repository
		in.Command, result = &store.Command{Tenant: r.Installation, Repository: r.ID, Owner: r.Owner, Name: r.Name,
			Number: e.Number, Comment: e.CommentID, Sender: e.Sender, Line: line, Heavy: heavy(line)}, "command"
	case *github.InstallationEvent:
		q.absent.note(e.Installation, time.Time{})
		q.App.Changed(e.Installation)
		in.Installed, result = installed(e), "installation"
		if in.Installed == nil {
			return "ignored", nil
		}
	case *github.RepositoryEvent:
		q.absent.note(e.Repository.Installation, time.Time{})
		result = "repository"
		repositoryChanged(e, &in)
	case *github.PushEvent:
		in.Pushed, result = &store.Branch{Repository: repositoryOf(e.Repository), Branch: e.Branch}, "push"
	case *github.ActionEvent:
		if in.Command, err = q.pressed(ctx, e, d.ID); err != nil || in.Command == nil {
			return "ignored", err
		}
		result = "button"
	default:
		return "ignored", nil
	}
	taken, err := q.Store.Accept(ctx, in)
	if err != nil {
		return "", err
	}
	q.running.cancel(errSuperseded, taken.Cancel...)
	if taken.Known {
		result = "known"
	} else if result == "review" && !taken.Opened {
		result = "settled"
	}
	return result, nil
}

func pullOf(p github.PullRequest) store.Pull {
	return store.Pull{Tenant: p.Installation, Repository: p.RepositoryID, Owner: p.Owner, Name: p.Repo,
		Number: p.Number, BaseRef: p.BaseRef, DefaultBranch: p.DefaultBranch, HeadSHA: p.HeadSHA,
		GroupRef: p.Group.Ref, GroupBase: p.Group.BaseSHA}
}

func (q *Queue) client(p store.Pull) *github.Client {
	return q.App.Repository(github.Repository{Installation: p.Tenant, Owner: p.Owner, Name: p.Name, ID: p.Repository})
}

// closed cancels what is open of a pull request, after asking whether it is
// closed: it may have been opened again since. A merge group does not come back.
func (q *Queue) closed(ctx context.Context, p store.Pull) error {
	if !p.Group() {
		pull, err := q.client(p).PullRequest(ctx, p.Number)
		if err == nil && pull.Open {
			return nil
		}
		if err != nil && !errors.Is(err, github.ErrGone) {
			return q.eventError("close", p, err)
		}
	}
	taken, err := q.Store.Cancel(ctx, p)
	if err != nil {
		return err
	}
	q.running.cancel(errSuperseded, taken.Cancel...)
	return q.leave(ctx, p)
}

// eventError decides about a job that is not a review: whether GitHub wants it
// later, River tries it again, or nobody can mend it by trying.
func (q *Queue) eventError(what string, p store.Pull, err error) error {
	if err == nil {
		return nil
	}
	var retry *github.RetryError
	if errors.As(err, &retry) {
		return &store.LaterError{At: retry.At, Err: err}
	}
	var brief *github.PassingError
	if errors.As(err, &brief) {
		return &store.BriefError{Within: brief.Within, Err: err}
	}
	if mayPass(err) {
		return err
	}
	q.Log.Warn().Err(err).Str("repository", p.Owner+"/"+p.Name).Str("task", what).Msg("an event could not be followed")
	return nil
}
