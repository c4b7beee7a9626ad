package store

import (
	"context"
	"fmt"
)

// Installed is what became of an installation, or of repositories in it.
type Installed struct {
	Tenant int64
	// Granted: what waited for a permission, or for the end of a suspension, is done
	// now.
	Granted bool
	// Look asks for a look at what is there now: repositories, open pull requests.
	Look bool
	// Gone: all that is kept of the installation is deleted, or of these repositories
	// where some are named.
	Gone         bool
	Repositories []int64
}

// installed does what follows from a change of an installation.
func (s *Store) installed(ctx context.Context, t tx, i Installed, delivery string, taken *Taken) error {
	if i.Gone {
		return s.forget(ctx, t, i, taken)
	}
	if i.Granted {
		if err := s.granted(ctx, t, i.Tenant, delivery, taken); err != nil {
			return err
		}
	}
	if i.Look {
		return t.wake(ctx, event(LookArgs{Tenant: i.Tenant}))
	}
	return nil
}

// LookArgs asks for a look at an installation.
type LookArgs struct {
	Tenant int64 `json:"tenant"`
}

// Kind is River's name of the job.
func (LookArgs) Kind() string { return "look" }

// granted opens the reviews again that ended for want of a permission, and wakes the
// commands that wait for one.
func (s *Store) granted(ctx context.Context, t tx, tenant int64, delivery string, taken *Taken) error {
	waiting, err := reviews(ctx, t, `WHERE r.tenant = $1 AND r.lacks = 1 AND r.closed = 0 AND r.state IN ('running', 'done', 'failed')
		AND r.id = (SELECT MAX(l.id) FROM reviews l WHERE l.repository = r.repository AND l.number = r.number AND (l.number <> 0 OR l.head_sha = r.head_sha))
		ORDER BY r.id`, tenant)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if err := s.open(ctx, t, Order{Pull: r.Pull, Delivery: delivery, Again: true}, taken); err != nil {
			return err
		}
	}
	woken, err := ids(ctx, t, `UPDATE commands SET lacks = 0 WHERE tenant = $1 AND lacks = 1 AND state = 'queued' RETURNING heavy`, tenant)
	if err != nil {
		return err
	}
	for _, heavy := range woken {
		if err := t.wake(ctx, wakeCommand(heavy != 0, 0)); err != nil {
			return err
		}
	}
	return nil
}

// kept are the tables that hold something of a repository, by the column that names
// it.
var kept = []string{"pushers", "commands", "grants", "audits", "audit_pages"}

// forget deletes what is kept of repositories, of all of an installation where none
// is named. What runs loses its review, and ends.
func (s *Store) forget(ctx context.Context, t tx, i Installed, taken *Taken) error {
	all := i.Repositories
	if err := noteGone(ctx, t, i); err != nil {
		return err
	}
	if len(all) == 0 {
		var err error
		all, err = ids(ctx, t, `SELECT DISTINCT repository FROM reviews WHERE tenant = $1 UNION SELECT id FROM repositories WHERE tenant = $1
			UNION SELECT DISTINCT repository FROM commands WHERE tenant = $1`, i.Tenant)
		if err != nil {
			return err
		}
	}
	for _, repository := range all {
		if err := s.forgetRepository(ctx, t, i.Tenant, repository, taken); err != nil {
			return fmt.Errorf("forget repository %d: %w", repository, err)
		}
	}
	return nil
}

func (s *Store) forgetRepository(ctx context.Context, t tx, tenant, repository int64, taken *Taken) error {
	if err := t.hold(ctx, repository); err != nil {
		return err
	}
	// One that was transferred is another installation's by now.
	others, err := number(ctx, t, `SELECT COUNT(*) FROM reviews WHERE repository = $1 AND tenant <> $2`, repository, tenant)
	if err != nil {
		return err
	}
	running, err := ids(ctx, t, `SELECT id FROM reviews WHERE repository = $1 AND tenant = $2 AND state = 'running'`, repository, tenant)
	if err != nil {
		return err
	}
	taken.Cancel = append(taken.Cancel, running...)
	if _, err := t.exec(ctx, `DELETE FROM pages WHERE review IN (SELECT id FROM reviews WHERE repository = $1 AND tenant = $2)`, repository, tenant); err != nil {
		return err
	}
	if err := forgetImpacts(ctx, t, `r.tenant = $2 AND (r.repository = $1 OR r.review IN (SELECT id FROM reviews WHERE repository = $1))`, repository, tenant); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM dependents WHERE tenant = $2 AND (repository = $1 OR consumer = $1)`, repository, tenant); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM reviews WHERE repository = $1 AND tenant = $2`, repository, tenant); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM repositories WHERE id = $1 AND tenant = $2`, repository, tenant); err != nil || others > 0 {
		return err
	}
	for _, table := range kept {
		if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE repository = $1`, repository); err != nil {
			return err
		}
	}
	return nil
}
