package store

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Impact is the question what a review's change does in one other repository. The
// tenant is that of both.
type Impact struct {
	ID, Review, Tenant int64
	Repository         int64 // that uses the reviewed one
	Owner, Name        string
	Done               bool
	Tries, Starts      int    // Starts are deaths, while nobody has it in work
	Public             bool   // everybody can read the repository, when it was looked at
	Subject            string // what was compared, for another one of the same; "" for none
	Result             string // as JSON; "" until it is done
	Created            time.Time
	Took               time.Duration
}

// impactArgs wakes a worker: there is an impact to look at, whichever.
type impactArgs struct{}

// Kind is River's name of the job.
func (impactArgs) Kind() string { return "impact" }

// toldArgs brings the check run of a review up to date.
type toldArgs struct {
	Review int64 `json:"review"`
}

// Kind is River's name of the job.
func (toldArgs) Kind() string { return "impact-told" }

func wakeImpact(after time.Duration) river.InsertManyParams {
	opts := &river.InsertOpts{Queue: impactQueue, MaxAttempts: 1} // a lost one is repaired
	if after > 0 {
		opts.ScheduledAt = time.Now().Add(after)
	}
	return river.InsertManyParams{Args: impactArgs{}, InsertOpts: opts}
}

// Depends notes that a repository reads another one of the installation.
func (s *Store) Depends(ctx context.Context, tenant, repository, consumer int64) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO dependents (repository, consumer, tenant, seen) VALUES ($1, $2, $3, {now})
			ON CONFLICT (repository, consumer) DO UPDATE SET tenant = EXCLUDED.tenant, seen = EXCLUDED.seen`, repository, consumer, tenant)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that repository %d reads %d: %w", consumer, repository, err)
	}
	return nil
}

// Neighbours gives the other repositories of the installation in which a repository
// is, by name, and which of them were seen to read it. What is archived is left out.
func (s *Store) Neighbours(ctx context.Context, tenant, repository int64) (all []Repository, seen map[int64]bool, err error) {
	err = s.db.transact(ctx, func(t tx) error {
		all, seen = nil, map[int64]bool{}
		return each(ctx, t, func(row rows) error {
			r := Repository{Tenant: tenant}
			var reads int64
			err := row.Scan(&r.ID, &r.Owner, &r.Name, &r.DefaultBranch, &reads)
			if reads > 0 {
				seen[r.ID] = true
			}
			all = append(all, r)
			return err
		}, `SELECT r.id, r.owner, r.name, r.default_branch, (SELECT COUNT(*) FROM dependents d WHERE d.repository = $2 AND d.consumer = r.id AND d.tenant = r.tenant)
			FROM repositories r WHERE r.tenant = $1 AND r.id <> $2 AND r.archived = 0 ORDER BY r.owner, r.name, r.id`, tenant, repository)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list what may read repository %d: %w", repository, err)
	}
	return all, seen, nil
}

// PlanImpact asks what a review's change does in some repositories; they are looked at
// once the review is done. ErrLost when this worker has the review no more.
func (s *Store) PlanImpact(ctx context.Context, r *Review, in []Repository) error {
	return s.db.transact(ctx, func(t tx) error {
		if err := s.changeIn(ctx, t, r, "plan the impact of", `progress = progress`); err != nil {
			return err
		}
		for _, c := range in {
			if _, err := t.exec(ctx, `INSERT INTO impacts (review, tenant, repository, owner, name, created) VALUES ($1, $2, $3, $4, $5, {now})
				ON CONFLICT (review, repository) DO NOTHING`, r.ID, r.Tenant, c.ID, c.Owner, c.Name); err != nil {
				return fmt.Errorf("plan the impact of review %d: %w", r.ID, err)
			}
		}
		return nil
	})
}

// dueImpact are the impacts r whose turn it is: nobody waits for them, and so they wait
// for all that somebody waits for. Of a review that a later one follows, or whose pull
// request is closed, nobody wants to know any more.
const dueImpact = `r.done = 0 AND r.worker = '' AND r.not_before <= {now}
	AND EXISTS (SELECT 1 FROM reviews b WHERE b.id = r.review AND b.state = 'done' AND b.closed = 0
		AND NOT EXISTS (SELECT 1 FROM reviews l WHERE l.repository = b.repository AND l.number = b.number AND l.id > b.id))
	AND NOT EXISTS (SELECT 1 FROM reviews w WHERE w.state = 'queued' AND w.not_before <= {now})
	AND NOT EXISTS (SELECT 1 FROM commands w WHERE w.state = 'queued' AND w.worker = '' AND w.lacks = 0 AND w.not_before <= {now})`

const impactColumns = `r.id, r.review, r.tenant, r.repository, r.owner, r.name, r.done, r.tries, r.starts, r.public, r.subject, r.result, r.created, r.took`

func impacts(ctx context.Context, t tx, sql string, args ...any) ([]Impact, error) {
	var out []Impact
	err := each(ctx, t, func(row rows) error {
		var i Impact
		var done, public, created, took int64
		err := row.Scan(&i.ID, &i.Review, &i.Tenant, &i.Repository, &i.Owner, &i.Name, &done, &i.Tries, &i.Starts, &public, &i.Subject, &i.Result, &created, &took)
		i.Done, i.Public, i.Created, i.Took = done != 0, public != 0, instant(created), time.Duration(took)*time.Millisecond
		out = append(out, i)
		return err
	}, `SELECT `+impactColumns+` FROM impacts r `+sql, args...)
	return out, err
}

// Impacts gives what was asked of a review, in the order of names.
func (s *Store) Impacts(ctx context.Context, review int64) ([]Impact, error) {
	var out []Impact
	err := s.db.transact(ctx, func(t tx) (err error) {
		out, err = impacts(ctx, t, `WHERE r.review = $1 ORDER BY r.owner, r.name, r.id`, review)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the impact of review %d: %w", review, err)
	}
	return out, nil
}

// ClaimImpact takes the next impact of the tenant that was given the least so far; nil
// when none is due. That it began is counted, as of commands.
func (s *Store) ClaimImpact(ctx context.Context) (*Impact, error) {
	var claimed *Impact
	err := s.db.transact(ctx, func(t tx) error {
		claimed = nil
		found, err := impacts(ctx, t, `LEFT JOIN tenants t ON t.id = r.tenant WHERE `+dueImpact+` ORDER BY COALESCE(t.spent, 0), r.id LIMIT 1 {skip}`)
		if err != nil || len(found) == 0 {
			return err
		}
		i := found[0]
		i.Starts++
		if _, err := t.exec(ctx, `UPDATE impacts SET worker = $2, starts = starts + 1 WHERE id = $1`, i.ID, s.replica); err != nil {
			return err
		}
		claimed = &i
		return charge(ctx, t, i.Tenant)
	})
	if err != nil {
		return nil, fmt.Errorf("claim an impact: %w", err)
	}
	return claimed, nil
}

func (s *Store) changeImpact(ctx context.Context, t tx, i *Impact, what, set string, args ...any) error {
	n, err := t.exec(ctx, `UPDATE impacts SET `+set+` WHERE id = $1 AND worker = $2 AND done = 0`, append([]any{i.ID, s.replica}, args...)...)
	if err == nil && n == 0 {
		err = ErrLost
	}
	if err != nil {
		return fmt.Errorf("%s impact %d: %w", what, i.ID, err)
	}
	return nil
}

// RetryImpact puts an impact back for later; that it began is taken back.
func (s *Store) RetryImpact(ctx context.Context, i *Impact, again Retry) error {
	tries := i.Tries
	if again.Count {
		tries++
	}
	return s.db.transact(ctx, func(t tx) error {
		if err := s.changeImpact(ctx, t, i, "put back", `worker = '', starts = starts - 1, tries = $3, not_before = {now} + $4`, tries, millis(again.After)); err != nil {
			return err
		}
		return t.wake(ctx, wakeImpact(again.After))
	})
}

// FinishImpact keeps what came of an impact, with the parts of its page. After the last
// one of a review its check run is brought up to date.
func (s *Store) FinishImpact(ctx context.Context, i *Impact, parts [][]byte) error {
	i.Done = true
	return s.db.transact(ctx, func(t tx) error {
		if err := t.hold(ctx, i.Review); err != nil { // two may be the last
			return err
		}
		err := s.changeImpact(ctx, t, i, "finish", `worker = '', starts = 0, done = 1, public = $3, subject = $4, result = $5, took = $6, finished = {now}`,
			number01(i.Public), i.Subject, i.Result, millis(i.Took))
		if err != nil {
			return err
		}
		for n, part := range parts {
			if _, err := t.exec(ctx, `INSERT INTO impact_pages (impact, part, data, created) VALUES ($1, $2, $3, {now})`, i.ID, n, part); err != nil {
				return fmt.Errorf("keep the page of impact %d: %w", i.ID, err)
			}
		}
		open, err := number(ctx, t, `SELECT COUNT(*) FROM impacts WHERE review = $1 AND done = 0`, i.Review)
		if err != nil {
			return err
		}
		if open == 0 {
			return t.wake(ctx, event(toldArgs{i.Review}))
		}
		return t.wake(ctx, wakeImpact(0))
	})
}

// DropImpact forgets what is still open of a review's impact: nobody wants to know it.
func (s *Store) DropImpact(ctx context.Context, review int64) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `DELETE FROM impacts WHERE review = $1 AND done = 0`, review)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop the impact of review %d: %w", review, err)
	}
	return nil
}

// SameImpact gives what came of the same comparison before, with the parts of its
// page; ok is false where there is none.
func (s *Store) SameImpact(ctx context.Context, of *Impact, subject string) (result string, parts [][]byte, ok bool, err error) {
	err = s.db.transact(ctx, func(t tx) error {
		parts, ok = nil, false
		found, err := impacts(ctx, t, `WHERE r.tenant = $1 AND r.repository = $2 AND r.subject = $3 AND r.done = 1 ORDER BY r.id DESC LIMIT 1`, of.Tenant, of.Repository, subject)
		if err != nil || len(found) == 0 {
			return err
		}
		result, ok = found[0].Result, true
		parts, err = impactParts(ctx, t, `impact = $1`, found[0].ID)
		return err
	})
	if err != nil {
		return "", nil, false, fmt.Errorf("look for an impact like %d: %w", of.ID, err)
	}
	return result, parts, ok, nil
}

func impactParts(ctx context.Context, t tx, where string, args ...any) (out [][]byte, err error) {
	err = each(ctx, t, func(row rows) error {
		var data []byte
		err := row.Scan(&data)
		out = append(out, data)
		return err
	}, `SELECT data FROM impact_pages WHERE `+where+` ORDER BY part`, args...)
	return out, err
}

// Impact gives an impact that was looked at; ErrNoPage where there is none.
func (s *Store) Impact(ctx context.Context, id int64) (Impact, error) {
	var found []Impact
	err := s.db.transact(ctx, func(t tx) (err error) {
		found, err = impacts(ctx, t, `WHERE r.id = $1 AND r.done = 1`, id)
		return err
	})
	if err == nil && len(found) == 0 {
		err = ErrNoPage
	}
	if err != nil {
		return Impact{}, fmt.Errorf("read impact %d: %w", id, err)
	}
	return found[0], nil
}

// ImpactPart gives a part of what is kept of an impact's page; ErrNoPage where there is
// none.
func (s *Store) ImpactPart(ctx context.Context, id int64, part int) ([]byte, error) {
	var found [][]byte
	err := s.db.transact(ctx, func(t tx) (err error) {
		found, err = impactParts(ctx, t, `impact = $1 AND part = $2`, id, int64(part))
		return err
	})
	if err == nil && len(found) == 0 {
		err = ErrNoPage
	}
	if err != nil {
		return nil, fmt.Errorf("read part %d of impact %d: %w", part, id, err)
	}
	return found[0], nil
}

// forgetImpacts deletes the impacts r that a condition names, with their pages.
func forgetImpacts(ctx context.Context, t tx, where string, args ...any) error {
	for _, sql := range []string{
		`DELETE FROM impact_pages WHERE impact IN (SELECT r.id FROM impacts r WHERE ` + where + `)`,
		`DELETE FROM impacts WHERE id IN (SELECT r.id FROM impacts r WHERE ` + where + `)`,
	} {
		if _, err := t.exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("forget impacts: %w", err)
		}
	}
	return nil
}
