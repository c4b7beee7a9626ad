package store

import (
	"context"
	"fmt"
)

// GrantKind is what a grant allows.
type GrantKind string

const (
	// WaiverGrant: a check's findings are accepted.
	WaiverGrant GrantKind = "waiver"
	// SourceGrant: something outside may be fetched.
	SourceGrant GrantKind = "source"
)

// Grant is what a command gave to one pull request at one head: a push ends it.
type Grant struct {
	Kind    GrantKind
	Subject string // the check's id, or the source
	Object  string
	Reason  string
	Giver   string
	Expires string // the last day, as YYYY-MM-DD; "" for a source
}

// Give keeps a grant. A command gives once, however often it is done.
func (s *Store) Give(ctx context.Context, p Pull, comment int64, g Grant) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO grants (repository, number, head_sha, comment, kind, subject, object, reason, giver, expires, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, {now}) ON CONFLICT (repository, comment) DO NOTHING`,
			p.Repository, p.Number, p.HeadSHA, comment, string(g.Kind), g.Subject, g.Object, g.Reason, g.Giver, g.Expires)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a grant on %s/%s#%d: %w", p.Owner, p.Name, p.Number, err)
	}
	return nil
}

// Grants gives what was given to a pull request at its head, in order.
func (s *Store) Grants(ctx context.Context, p Pull) ([]Grant, error) {
	var out []Grant
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) error {
			var g Grant
			err := r.Scan(&g.Kind, &g.Subject, &g.Object, &g.Reason, &g.Giver, &g.Expires)
			out = append(out, g)
			return err
		}, `SELECT kind, subject, object, reason, giver, expires FROM grants
			WHERE repository = $1 AND number = $2 AND head_sha = $3 ORDER BY id`, p.Repository, p.Number, p.HeadSHA)
	})
	if err != nil {
		return nil, fmt.Errorf("list the grants of %s/%s#%d: %w", p.Owner, p.Name, p.Number, err)
	}
	return out, nil
}

// KeepAudit keeps what the next audit of a place is compared with: of the
// default branch, or of a pull request.
func (s *Store) KeepAudit(ctx context.Context, repository int64, place, kept string) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO audits (repository, place, kept, created) VALUES ($1, $2, $3, {now})
			ON CONFLICT (repository, place) DO UPDATE SET kept = EXCLUDED.kept, created = EXCLUDED.created`, repository, place, kept)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the audit of %s: %w", place, err)
	}
	return nil
}

// LastAudit gives what was kept of a place; "" for nothing.
func (s *Store) LastAudit(ctx context.Context, repository int64, place string) (string, error) {
	kept := ""
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) error { return r.Scan(&kept) },
			`SELECT kept FROM audits WHERE repository = $1 AND place = $2`, repository, place)
	})
	if err != nil {
		return "", fmt.Errorf("read the audit of %s: %w", place, err)
	}
	return kept, nil
}
