package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

const (
	// DefaultCatchUp is how often it is looked for what was missed.
	DefaultCatchUp = 5 * time.Minute
	// catchUpDelay lets the first look wait until what is known is under way.
	catchUpDelay = 10 * time.Second
	// sentFor is for how long GitHub remembers what it sent.
	sentFor = 72 * time.Hour
	// sentOverlap covers deliveries that were under way in the look before.
	sentOverlap = 15 * time.Minute
	// lookAgain is after how long a repository is looked at again.
	lookAgain = 30 * time.Minute
	// listAgain is after how long the repositories of all installations are listed.
	listAgain = 24 * time.Hour

	// What one look may cost: requests for a redelivery, tries of one delivery,
	// repositories (a request each, which costs nothing of the limit where nothing has
	// changed), and reviews.
	maxRedeliveries = 100
	maxRetries      = 5
	maxLooks        = 100
	maxMissed       = 100
)

// catchingUp looks for what was missed, now and again until ctx ends.
func (q *Queue) catchingUp(ctx context.Context) {
	wait := min(catchUpDelay, q.CatchUp)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = q.CatchUp
		q.catchUp(ctx)
	}
}

// catchUp is one look, by one of the replicas.
func (q *Queue) catchUp(ctx context.Context) {
	mine, last, err := q.Store.Take(ctx, "catch-up", q.CatchUp*3/4)
	if err != nil || !mine {
		return // a store that fails is told of by those that need it
	}
	since := time.Now().Add(-sentFor)
	if from := last.Add(-sentOverlap); from.After(since) {
		since = from
	}
	for what, do := range map[string]func(context.Context) error{
		"deliveries":  func(ctx context.Context) error { return q.redeliver(ctx, since) },
		"permissions": q.regrant,
		"pulls":       func(ctx context.Context) error { return q.look(ctx, 0) },
	} {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			q.sweepFailed(what, err)
		}
	}
}

// redeliver asks for what GitHub tried to deliver and could not. GitHub does not by
// itself.
func (q *Queue) redeliver(ctx context.Context, since time.Time) error {
	sent, err := q.App.Sent(ctx, since)
	if err != nil {
		return err
	}
	tries := map[string]int{}
	arrived := map[string]bool{}
	newest := map[string]int64{}
	var order []string
	for _, s := range sent {
		if tries[s.GUID]++; tries[s.GUID] == 1 {
			newest[s.GUID] = s.ID
			order = append(order, s.GUID)
		}
		// What was refused for what it is would be refused again.
		arrived[s.GUID] = arrived[s.GUID] || s.Status > 0 && s.Status < 500 || !github.Handles(s.Event)
	}
	var failed []string
	for _, id := range order {
		if !arrived[id] && tries[id] <= maxRetries {
			failed = append(failed, id)
		}
	}
	known, err := q.Store.Delivered(ctx, failed)
	if err != nil {
		return err
	}
	asked := 0
	for i := len(failed) - 1; i >= 0 && asked < maxRedeliveries; i-- { // the oldest first
		if known[failed[i]] {
			continue
		}
		if err := q.App.Redeliver(ctx, newest[failed[i]]); err != nil && !errors.Is(err, github.ErrGone) {
			return err
		}
		asked++
	}
	if asked > 0 {
		q.Log.Info().Int("deliveries", asked).Msg("asked GitHub to deliver again what did not arrive")
	}
	return nil
}

// regrant does what waits for a permission that is there by now: the event that says
// so may have been missed.
func (q *Queue) regrant(ctx context.Context) error {
	lacking, err := q.Store.Lacking(ctx)
	if err != nil || len(lacking) == 0 {
		return err
	}
	identity, err := q.App.Identity(ctx)
	if err != nil {
		return err
	}
	all, err := q.App.Installations(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		for _, tenant := range lacking {
			if i.ID == tenant && !i.Suspended && len(github.Lacking(i.Permissions, identity.Permissions)) == 0 {
				taken, err := q.Store.Granted(ctx, tenant, fmt.Sprintf("granted/%d", time.Now().Unix()))
				if err != nil {
					return err
				}
				q.running.cancel(errSuperseded, taken.Cancel...)
			}
		}
	}
	return nil
}

// look looks for open pull requests whose head has no review: of one installation, or
// of all (0) where nobody looked for a while.
func (q *Queue) look(ctx context.Context, tenant int64) error {
	within := lookAgain
	if tenant != 0 {
		within = 0
		if err := q.list(ctx, tenant); err != nil {
			return q.eventError("look", store.Pull{Tenant: tenant}, err)
		}
	} else if mine, _, err := q.Store.Take(ctx, "installations", listAgain); err != nil {
		return err
	} else if mine {
		if err := q.listAll(ctx); err != nil {
			return err
		}
	}
	repositories, err := q.Store.ToLook(ctx, tenant, within, maxLooks)
	if err != nil {
		return err
	}
	missed := 0
	for _, at := range repositories {
		if missed >= maxMissed {
			break
		}
		n, err := q.lookAt(ctx, at)
		var retry *github.RetryError
		switch {
		case errors.As(err, &retry), ctx.Err() != nil:
			return q.eventError("look", store.Pull{Tenant: tenant}, err)
		case err != nil: // of this one repository; it has its turn again
			q.Log.Debug().Err(err).Str("repository", at.Owner+"/"+at.Name).Msg("a repository was not looked at")
		}
		missed += n
	}
	if missed > 0 {
		q.Log.Info().Int("reviews", missed).Msg("found open pull requests without a review")
	}
	return nil
}

func (q *Queue) lookAt(ctx context.Context, at store.Looked) (missed int, err error) {
	p := store.Pull{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}
	pulls, tag, err := q.client(p).OpenPulls(ctx, at.Tag)
	if errors.Is(err, github.ErrUnchanged) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, pull := range pulls {
		taken, err := q.Store.Open(ctx, store.Order{Pull: pullOf(pull), Delivery: "catch-up", Missed: true})
		if err != nil {
			return missed, err
		}
		q.running.cancel(errSuperseded, taken.Cancel...)
		if taken.Opened {
			missed++
		}
	}
	return missed, q.Store.LookedAt(ctx, at.ID, tag)
}

// list notes which repositories an installation has.
func (q *Queue) list(ctx context.Context, tenant int64) error {
	all, err := q.App.Repositories(ctx, tenant)
	if err != nil {
		return err
	}
	moved := make([]store.Moved, 0, len(all))
	for _, r := range all {
		moved = append(moved, store.Moved{Repository: repositoryOf(r.Repository), Archived: r.Archived})
	}
	return q.Store.KeepRepositories(ctx, moved, q.FirstAudit)
}

func (q *Queue) listAll(ctx context.Context) error {
	all, err := q.App.Installations(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Suspended {
			continue
		}
		if err := q.list(ctx, i.ID); err != nil {
			q.Log.Warn().Err(err).Int64("installation", i.ID).Msg("the repositories of an installation were not listed")
		}
	}
	return nil
}

func repositoryOf(r github.Repository) store.Repository {
	return store.Repository{ID: r.ID, Tenant: r.Installation, Owner: r.Owner, Name: r.Name, DefaultBranch: r.DefaultBranch}
}
