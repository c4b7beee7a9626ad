package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// maxListed bounds the pull requests, audits and repositories of a list.
	maxListed = 500
	// maxAudits is how many audits of a default branch are kept for their pages,
	// and how many that were asked for on pull requests.
	maxAudits = 100
)

// OpenPulls gives the latest review of each open pull request of a repository, as
// far as GitHub told that they were opened and closed; the newest first.
func (s *Store) OpenPulls(ctx context.Context, repository int64) ([]Review, error) {
	var out []Review
	err := s.db.transact(ctx, func(t tx) (err error) {
		out, err = reviews(ctx, t, `WHERE r.repository = $1 AND r.closed = 0 AND r.number <> 0
			AND r.id = (SELECT MAX(l.id) FROM reviews l WHERE l.repository = r.repository AND l.number = r.number)
			ORDER BY r.number DESC LIMIT $2`, repository, maxListed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the pull requests of repository %d: %w", repository, err)
	}
	return out, nil
}

// Known gives what is known of a repository: the pull request that was reviewed
// last. ErrNoReview where none was.
func (s *Store) Known(ctx context.Context, repository int64) (Pull, error) {
	var found []Review
	err := s.db.transact(ctx, func(t tx) (err error) {
		found, err = reviews(ctx, t, `WHERE r.repository = $1 ORDER BY r.id DESC LIMIT 1`, repository)
		return err
	})
	if err == nil && len(found) == 0 {
		err = ErrNoReview
	}
	if err != nil {
		return Pull{}, fmt.Errorf("read repository %d: %w", repository, err)
	}
	return found[0].Pull, nil
}

// RepositoriesOf gives what is known of the repositories of an account in which
// something was reviewed, by name.
func (s *Store) RepositoriesOf(ctx context.Context, owner string) ([]Pull, error) {
	var out []Pull
	err := s.db.transact(ctx, func(t tx) error {
		found, err := reviews(ctx, t, `WHERE LOWER(r.owner) = LOWER($1) AND r.id IN (SELECT MAX(l.id) FROM reviews l GROUP BY l.repository)
			ORDER BY r.name LIMIT $2`, owner, maxListed)
		for _, r := range found {
			out = append(out, r.Pull)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the repositories of %s: %w", owner, err)
	}
	return out, nil
}

// Audit is an audit whose report is kept.
type Audit struct {
	ID, Tenant, Repository int64
	Owner, Name            string
	Number                 int    // the pull request on which it was asked for; 0 is the default branch
	Digest                 string // what lists show of it, as JSON
	Created                time.Time
}

// KeepAuditPage keeps the report of an audit of a default branch, or of the pull
// request of of's number, with its digest for lists, and gives its id. Of each
// repository the latest are kept.
func (s *Store) KeepAuditPage(ctx context.Context, of Pull, digest string, data []byte) (id int64, err error) {
	err = s.db.transact(ctx, func(t tx) (err error) {
		id, err = number(ctx, t, `INSERT INTO audit_pages (tenant, repository, owner, name, number, digest, data, created) VALUES ($1, $2, $3, $4, $5, $6, $7, {now}) RETURNING id`,
			of.Tenant, of.Repository, of.Owner, of.Name, of.Number, digest, data)
		if err == nil {
			_, err = t.exec(ctx, `DELETE FROM audit_pages WHERE repository = $1 AND (number = 0) = $2 AND id NOT IN
				(SELECT l.id FROM audit_pages l WHERE l.repository = $1 AND (l.number = 0) = $2 ORDER BY l.id DESC LIMIT $3)`, of.Repository, of.Number == 0, maxAudits)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep an audit of %s/%s: %w", of.Owner, of.Name, err)
	}
	return id, nil
}

const auditColumns = `id, tenant, repository, owner, name, number, digest, created`

func scanAudit(r rows, more ...any) (Audit, error) {
	var a Audit
	var created int64
	err := r.Scan(append([]any{&a.ID, &a.Tenant, &a.Repository, &a.Owner, &a.Name, &a.Number, &a.Digest, &created}, more...)...)
	a.Created = instant(created)
	return a, err
}

// Audits lists the audits of a repository's default branch that are kept, the
// newest first.
func (s *Store) Audits(ctx context.Context, repository int64) ([]Audit, error) {
	var out []Audit
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) error {
			a, err := scanAudit(r)
			out = append(out, a)
			return err
		}, `SELECT `+auditColumns+` FROM audit_pages WHERE repository = $1 AND number = 0 ORDER BY id DESC LIMIT $2`, repository, maxAudits)
	})
	if err != nil {
		return nil, fmt.Errorf("list the audits of repository %d: %w", repository, err)
	}
	return out, nil
}

// AuditPage gives an audit with its report; ErrNoPage where it is not kept.
func (s *Store) AuditPage(ctx context.Context, id int64) (Audit, []byte, error) {
	var a Audit
	var data []byte
	found := false
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) (err error) {
			found = true
			a, err = scanAudit(r, &data)
			return err
		}, `SELECT `+auditColumns+`, data FROM audit_pages WHERE id = $1`, id)
	})
	if err == nil && !found {
		err = ErrNoPage
	}
	if err != nil {
		return Audit{}, nil, fmt.Errorf("read audit %d: %w", id, err)
	}
	return a, data, nil
}
