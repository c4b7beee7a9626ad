package store

import (
	"context"
	"fmt"
	"time"
)

// Delivery is one webhook delivery and what is to come of it; all of it may be
// missing.
type Delivery struct {
	ID    string // a delivery whose id is known does nothing
	Event string
	Order *Order // open a review
	Close *Pull  // find out whether it is closed or gone, and cancel what is open of it

	Command *Command // do what a comment asks for

	Installed *Installed // an installation changed
	Moved     *Moved     // a repository changed
	Pushed    *Branch    // a branch moved

	// FirstAudit is after how long a repository that was not known is audited;
	// 0 is never.
	FirstAudit time.Duration
}

// Order asks for a review.
type Order struct {
	Pull
	Delivery string // names the asking: it opens at most one review of a pull request
	Again    bool   // also when the same was reviewed already
	Ready    bool   // also when the same was not judged, for being a draft
	Missed   bool   // only where nothing is known of the same
	Trace    string // in which it was asked for, as W3C's traceparent; "" is none
	Asker    string // who asked for it by hand; "" for nobody
	Pusher   string // who made the head what it is; "" where that is not known
}

// Taken is what a delivery or an order did.
type Taken struct {
	Known  bool    // the delivery came before; nothing was done
	Opened bool    // a review was opened
	Cancel []int64 // running reviews that are to end now
}

// Accept stores a delivery with everything that follows from it, in one
// transaction: after it, what the delivery asks for will be done.
func (s *Store) Accept(ctx context.Context, d Delivery) (Taken, error) {
	var taken Taken
	err := s.db.transact(ctx, func(t tx) error {
		taken = Taken{}
		n, err := t.exec(ctx, `INSERT INTO deliveries (id, event, received) VALUES ($1, $2, {now}) ON CONFLICT (id) DO NOTHING`, d.ID, d.Event)
		if err != nil {
			return err
		}
		if n == 0 {
			taken.Known = true
			return nil
		}
		switch {
		case d.Moved != nil:
			return moved(ctx, t, *d.Moved)
		case d.Pushed != nil:
			return branchMoved(ctx, t, *d.Pushed)
		case d.Installed != nil:
			return s.installed(ctx, t, *d.Installed, d.ID, &taken)
		case d.Command != nil:
			return s.command(ctx, t, *d.Command, d.ID, &taken)
		case d.Order != nil:
			if err := pushed(ctx, t, *d.Order); err != nil {
				return err
			}
			if err := meet(ctx, t, d.Order.Pull, d.FirstAudit); err != nil {
				return err
			}
			return s.open(ctx, t, *d.Order, &taken)
		case d.Close != nil:
			return t.wake(ctx, event(closedArgs{Pull: *d.Close}))
		}
		return nil
	})
	if err != nil {
		return Taken{}, fmt.Errorf("store delivery %s: %w", d.ID, err)
	}
	return taken, nil
}

// Open opens a review unless the pull request's latest is the same, and
// supersedes what is open of the pull request.
func (s *Store) Open(ctx context.Context, o Order) (Taken, error) {
	var taken Taken
	err := s.db.transact(ctx, func(t tx) error {
		taken = Taken{}
		return s.open(ctx, t, o, &taken)
	})
	if err != nil {
		return Taken{}, fmt.Errorf("open a review of %s/%s#%d: %w", o.Owner, o.Name, o.Number, err)
	}
	return taken, nil
}

// Cancel ends what is open of a pull request that was closed, or of a merge group
// that is no more.
func (s *Store) Cancel(ctx context.Context, p Pull) (Taken, error) {
	var taken Taken
	err := s.db.transact(ctx, func(t tx) error {
		taken = Taken{}
		if _, err := t.exec(ctx, `UPDATE reviews SET closed = 1 WHERE `+ofPull, p.Repository, p.Number, p.HeadSHA); err != nil {
			return err
		}
		return s.cancel(ctx, t, p, &taken)
	})
	if err != nil {
		return Taken{}, fmt.Errorf("cancel the reviews of %s/%s#%d: %w", p.Owner, p.Name, p.Number, err)
	}
	return taken, nil
}

func (s *Store) open(ctx context.Context, t tx, o Order, taken *Taken) error {
	if err := t.hold(ctx, o.Repository); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE reviews SET closed = 0 WHERE closed = 1 AND `+ofPull, o.Repository, o.Number, o.HeadSHA); err != nil {
		return err
	}
	latest, err := reviews(ctx, t, `WHERE `+ofPull+` ORDER BY r.id DESC LIMIT 1`, o.Repository, o.Number, o.HeadSHA)
	if err != nil {
		return err
	}
	if len(latest) > 0 && o.settledBy(latest[0]) {
		return nil
	}
	if asked, err := number(ctx, t, `SELECT COUNT(*) FROM reviews WHERE delivery = $4 AND `+ofPull,
		o.Repository, o.Number, o.HeadSHA, o.Delivery); err != nil || asked > 0 && o.Again {
		return err
	}
	if len(latest) == 0 || !o.same(latest[0]) || latest[0].State != Running {
		if err := s.cancel(ctx, t, o.Pull, taken); err != nil {
			return err
		}
	}
	attempt, err := number(ctx, t, `SELECT COALESCE(MAX(attempt), 0) + 1 FROM reviews WHERE repository = $1 AND head_sha = $2 AND base_ref = $3`,
		o.Repository, o.HeadSHA, o.BaseRef)
	if err != nil {
		return err
	}
	external := fmt.Sprintf("%d/%s/%s/%d", o.Repository, o.HeadSHA, o.BaseRef, attempt)
	_, err = t.exec(ctx, `INSERT INTO reviews (tenant, repository, owner, name, number, base_ref, default_branch, head_sha,
		attempt, external_id, delivery, asker, trace, group_ref, group_base, state, not_before, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', {now}, {now})`,
		o.Tenant, o.Repository, o.Owner, o.Name, o.Number, o.BaseRef, o.DefaultBranch, o.HeadSHA, attempt, external, o.Delivery, o.Asker, o.Trace, o.GroupRef, o.GroupBase)
	if err != nil {
		return err
	}
	taken.Opened = true
	return t.wake(ctx, wakeReview(0))
}

// same reports whether a review is of the head and base asked for.
func (o Order) same(r Review) bool {
	return r.HeadSHA == o.HeadSHA && r.BaseRef == o.BaseRef && !r.Cancelled
}

// unjudged is the conclusion of a review that somebody must ask for.
const unjudged = "action_required"

// settledBy reports whether the pull request's latest review is what is asked
// for. One that is just being told may be complete on GitHub already, and then
// a re-run is no mistake: it goes on and the next is opened beside it.
func (o Order) settledBy(latest Review) bool {
	if !o.same(latest) {
		return false
	}
	switch latest.State {
	case Queued:
		return true
	case Running:
		if o.Ready { // it may have asked before, and be told of a draft
			return latest.Conclusion != "" && latest.Conclusion != unjudged
		}
		return !o.Again || latest.Conclusion == ""
	case Done:
		return !o.Again && !(o.Ready && latest.Conclusion == unjudged)
	case Failed:
		return o.Missed // it waits for something, or was told to nobody for a day
	}
	return false
}

// cancel supersedes the queued reviews of a pull request and asks the running
// ones to end.
func (s *Store) cancel(ctx context.Context, t tx, p Pull, taken *Taken) error {
	if err := t.hold(ctx, p.Repository); err != nil {
		return err
	}
	shown, err := ids(ctx, t, `SELECT id FROM reviews WHERE state = 'queued' AND check_name <> '' AND `+ofPull,
		p.Repository, p.Number, p.HeadSHA)
	if err != nil {
		return err
	}
	// What a worker claims before the next statement is running by then.
	gone, err := ids(ctx, t, `UPDATE reviews SET state = 'superseded', finished = {now}
		WHERE state = 'queued' AND `+ofPull+` RETURNING id`, p.Repository, p.Number, p.HeadSHA)
	if err != nil {
		return err
	}
	for _, id := range shown {
		for _, g := range gone {
			if g == id {
				if err := t.wake(ctx, event(closeArgs{Review: id})); err != nil {
					return err
				}
			}
		}
	}
	running, err := ids(ctx, t, `UPDATE reviews SET cancelled = 1
		WHERE state = 'running' AND `+ofPull+` RETURNING id`, p.Repository, p.Number, p.HeadSHA)
	taken.Cancel = append(taken.Cancel, running...)
	return err
}
