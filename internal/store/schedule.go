package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Repository is one in which something happened, with when it is audited next.
type Repository struct {
	ID            int64
	Tenant        int64
	Owner         string
	Name          string
	DefaultBranch string
	Issue         int // the issue that holds the report; 0 for none
}

// auditArgs audits a repository's default branch.
type auditArgs struct {
	Repository int64 `json:"repository"`
}

// Kind is River's name of the job.
func (auditArgs) Kind() string { return "audit" }

// meet notes the repository of a delivery; one that is new is audited first when
// some time is over.
func meet(ctx context.Context, t tx, p Pull, first time.Duration) error {
	if p.DefaultBranch == "" {
		return nil
	}
	if first <= 0 {
		first = time.Hour // nobody audits; should somebody begin to, there is time
	}
	_, err := t.exec(ctx, `INSERT INTO repositories (id, tenant, owner, name, default_branch, due) VALUES ($1, $2, $3, $4, $5, {now} + $6)
		ON CONFLICT (id) DO UPDATE SET tenant = EXCLUDED.tenant, owner = EXCLUDED.owner, name = EXCLUDED.name, default_branch = EXCLUDED.default_branch`,
		p.Repository, p.Tenant, p.Owner, p.Name, p.DefaultBranch, millis(first))
	return err
}

// maxDue bounds the audits that one round of the watch starts.
const maxDue = 3

// dueAudits wakes workers for repositories whose audit is due, and sets the next
// for after a period; the audit itself may choose another day. The wake-up is
// stored with it: each is done once, by whichever replica.
func (s *Store) dueAudits(ctx context.Context, period time.Duration) error {
	if period <= 0 {
		return nil
	}
	return s.db.transact(ctx, func(t tx) error {
		due, err := ids(ctx, t, `UPDATE repositories SET due = {now} + $1 WHERE id IN
			(SELECT id FROM repositories WHERE due <= {now} AND archived = 0 ORDER BY due LIMIT $2) AND due <= {now} RETURNING id`, millis(period), maxDue)
		if err != nil {
			return err
		}
		for _, id := range due {
			args := river.InsertManyParams{Args: auditArgs{id}, InsertOpts: &river.InsertOpts{Queue: backgroundQueue, MaxAttempts: auditAttempts}}
			if err := t.wake(ctx, args); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditAttempts is few: there is a next time.
const auditAttempts = 3

// Repository gives a repository in which something happened.
func (s *Store) Repository(ctx context.Context, id int64) (Repository, error) {
	r := Repository{ID: id}
	err := s.db.transact(ctx, func(t tx) error {
		found := false
		err := each(ctx, t, func(row rows) error {
			found = true
			return row.Scan(&r.Tenant, &r.Owner, &r.Name, &r.DefaultBranch, &r.Issue)
		}, `SELECT tenant, owner, name, default_branch, issue FROM repositories WHERE id = $1`, id)
		if err == nil && !found {
			err = errors.New("there is none")
		}
		return err
	})
	if err != nil {
		return Repository{}, fmt.Errorf("read repository %d: %w", id, err)
	}
	return r, nil
}

// Reschedule sets a repository's next audit, and the issue that holds the
// report.
func (s *Store) Reschedule(ctx context.Context, r Repository, after time.Duration) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE repositories SET due = {now} + $2, issue = $3 WHERE id = $1`, r.ID, millis(after), r.Issue)
		return err
	})
	if err != nil {
		return fmt.Errorf("schedule the next audit of %s/%s: %w", r.Owner, r.Name, err)
	}
	return nil
}

// Forget ends the audits of a repository that is gone.
func (s *Store) Forget(ctx context.Context, id int64) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `DELETE FROM repositories WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget repository %d: %w", id, err)
	}
	return nil
}
