package store

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// ErrNoPage: nothing is kept of the review's page, or not any more.
var ErrNoPage = errors.New("there is no page of the review")

// KeepPage keeps what a review's page shows, in parts that are read one at a
// time, in place of what was kept of it before, and a digest for lists. ErrLost
// when this worker has the review no more.
func (s *Store) KeepPage(ctx context.Context, r *Review, digest string, parts [][]byte) error {
	r.Digest = digest
	return s.db.transact(ctx, func(t tx) error {
		if err := s.changeIn(ctx, t, r, "keep the page of", `digest = $4`, digest); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM pages WHERE review = $1`, r.ID)
		for n := 0; n < len(parts) && err == nil; n++ {
			_, err = t.exec(ctx, `INSERT INTO pages (review, part, tenant, data, created) VALUES ($1, $2, $3, $4, {now})`, r.ID, n, r.Tenant, parts[n])
		}
		if err != nil {
			return fmt.Errorf("keep the page of review %d: %w", r.ID, err)
		}
		return nil
	})
}

// Page gives a part of what is kept of a review's page; ErrNoPage where there is
// none. Whoever asks names the tenant whose review it is: nobody reads
// another's.
func (s *Store) Page(ctx context.Context, r Review, part int) ([]byte, error) {
	if part < 0 || part > math.MaxInt32 {
		return nil, ErrNoPage
	}
	var data []byte
	found := false
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(row rows) error {
			found = true
			return row.Scan(&data)
		}, `SELECT data FROM pages WHERE review = $1 AND part = $2 AND tenant = $3`, r.ID, part, r.Tenant)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the page of review %d: %w", r.ID, err)
	case !found:
		return nil, fmt.Errorf("part %d of review %d: %w", part, r.ID, ErrNoPage)
	}
	return data, nil
}
