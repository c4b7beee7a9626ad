package store

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Moved is how a repository is called and where it is by now: it was renamed,
// transferred, archived, or has another default branch.
type Moved struct {
	Repository
	Archived bool
}

// moved brings everything that names a repository up to date.
func moved(ctx context.Context, t tx, m Moved) error {
	for _, table := range []string{"reviews", "commands", "audit_pages"} {
		if _, err := t.exec(ctx, `UPDATE `+table+` SET tenant = $2, owner = $3, name = $4 WHERE repository = $1`, m.ID, m.Tenant, m.Owner, m.Name); err != nil {
			return err
		}
	}
	// What it had to do with others of its former account is no business of theirs now.
	if err := forgetImpacts(ctx, t, `r.tenant <> $2 AND (r.repository = $1 OR r.review IN (SELECT id FROM reviews WHERE repository = $1))`, m.ID, m.Tenant); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM dependents WHERE tenant <> $2 AND (repository = $1 OR consumer = $1)`, m.ID, m.Tenant); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE impacts SET owner = $2, name = $3 WHERE repository = $1`, m.ID, m.Owner, m.Name); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE pages SET tenant = $2 WHERE review IN (SELECT id FROM reviews WHERE repository = $1)`, m.ID, m.Tenant); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE repositories SET tenant = $2, owner = $3, name = $4, default_branch = $5, archived = $6 WHERE id = $1`,
		m.ID, m.Tenant, m.Owner, m.Name, m.DefaultBranch, number01(m.Archived))
	return err
}

// Branch is one that moved.
type Branch struct {
	Repository Repository `json:"repository"`
	Branch     string     `json:"branch"` // without refs/heads/
}

// Kind is River's name of the job.
func (Branch) Kind() string { return "warm" }

// warmAfter is how long a branch rests before it is rendered: pushes come in bursts.
const warmAfter = 5 * time.Second

// branchMoved wakes a worker to render a branch that reviews start from. A wake-up
// that is still to come does for this push too.
func branchMoved(ctx context.Context, t tx, b Branch) error {
	if b.Branch != b.Repository.DefaultBranch {
		based, err := number(ctx, t, `SELECT COUNT(*) FROM reviews WHERE repository = $1 AND base_ref = $2 AND closed = 0`, b.Repository.ID, b.Branch)
		if err != nil || based == 0 {
			return err
		}
	}
	name := fmt.Sprintf("warm/%d/%s", b.Repository.ID, b.Branch)
	n, err := t.exec(ctx, `INSERT INTO marks (name, at) VALUES ($1, {now} + $2) ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at WHERE marks.at < {now}`, name, millis(warmAfter))
	if err != nil || n == 0 {
		return err
	}
	return t.wake(ctx, river.InsertManyParams{Args: b, InsertOpts: &river.InsertOpts{Queue: backgroundQueue, MaxAttempts: 1, Priority: 4,
		ScheduledAt: time.Now().Add(warmAfter)}})
}

// Take takes a task that one replica does now and again, if it was not taken within a
// time; last is when that was, zero for never.
func (s *Store) Take(ctx context.Context, name string, within time.Duration) (taken bool, last time.Time, err error) {
	err = s.db.transact(ctx, func(t tx) error {
		before, err := number(ctx, t, `SELECT at FROM marks WHERE name = $1`, name)
		if err != nil {
			return err
		}
		last = instant(before)
		n, err := t.exec(ctx, `INSERT INTO marks (name, at) VALUES ($1, {now}) ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at WHERE marks.at <= {now} - $2`, name, millis(within))
		taken = n > 0
		return err
	})
	if err != nil {
		return false, time.Time{}, fmt.Errorf("take the task %s: %w", name, err)
	}
	return taken, last, nil
}

// KeepRepositories keeps the repositories of an installation; each that was not known is looked
// at next.
func (s *Store) KeepRepositories(ctx context.Context, all []Moved, firstAudit time.Duration) error {
	err := s.db.transact(ctx, func(t tx) error {
		for _, m := range all {
			if err := meet(ctx, t, Pull{Tenant: m.Tenant, Repository: m.ID, Owner: m.Owner, Name: m.Name, DefaultBranch: m.DefaultBranch}, firstAudit); err != nil {
				return err
			}
			if _, err := t.exec(ctx, `UPDATE repositories SET archived = $2 WHERE id = $1`, m.ID, number01(m.Archived)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep %d repositories: %w", len(all), err)
	}
	return nil
}

// Looked is a repository that is to be looked at, with the tag of the last look.
type Looked struct {
	Repository
	Tag string
}

// ToLook gives some repositories that nobody looked at within a time, those that wait
// longest first, and notes that they are looked at now. tenant 0 is any.
func (s *Store) ToLook(ctx context.Context, tenant int64, within time.Duration, most int) ([]Looked, error) {
	var out []Looked
	err := s.db.transact(ctx, func(t tx) error {
		out = nil
		return each(ctx, t, func(r rows) error {
			var l Looked
			err := r.Scan(&l.ID, &l.Tenant, &l.Owner, &l.Name, &l.DefaultBranch, &l.Tag)
			out = append(out, l)
			return err
		}, `UPDATE repositories SET looked = {now} WHERE id IN
			(SELECT id FROM repositories WHERE archived = 0 AND looked <= {now} - $1 AND ($2 = 0 OR tenant = $2) ORDER BY looked LIMIT $3)
			RETURNING id, tenant, owner, name, default_branch, tag`, millis(within), tenant, most)
	})
	if err != nil {
		return nil, fmt.Errorf("find repositories to look at: %w", err)
	}
	return out, nil
}

// LookedAt notes the tag of what was found in a repository.
func (s *Store) LookedAt(ctx context.Context, id int64, tag string) error {
	return s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE repositories SET tag = $2 WHERE id = $1`, id, tag)
		return err
	})
}

// Delivered reports which of some deliveries were taken.
func (s *Store) Delivered(ctx context.Context, guids []string) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.db.transact(ctx, func(t tx) error {
		for _, id := range guids {
			n, err := number(ctx, t, `SELECT COUNT(*) FROM deliveries WHERE id = $1`, id)
			if err != nil {
				return err
			}
			out[id] = n > 0
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for deliveries: %w", err)
	}
	return out, nil
}

// Lacking gives the installations whose reviews or commands wait for something to be
// granted.
func (s *Store) Lacking(ctx context.Context) ([]int64, error) {
	var out []int64
	err := s.db.transact(ctx, func(t tx) (err error) {
		out, err = ids(ctx, t, `SELECT tenant FROM reviews WHERE lacks = 1 AND closed = 0 UNION SELECT tenant FROM commands WHERE lacks = 1`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find what waits for a permission: %w", err)
	}
	return out, nil
}

// Granted does what waited for something that an installation now grants; delivery
// names the asking.
func (s *Store) Granted(ctx context.Context, tenant int64, delivery string) (Taken, error) {
	var taken Taken
	err := s.db.transact(ctx, func(t tx) error {
		taken = Taken{}
		return s.granted(ctx, t, tenant, delivery, &taken)
	})
	if err != nil {
		return Taken{}, fmt.Errorf("do what waited for a permission: %w", err)
	}
	return taken, nil
}
