package store

import (
	"context"
	"fmt"
	"time"
)

// Whose turn it is: the tenant's that has been given the least work so far, by time.
// A piece of work is charged when it begins, at a guess, and put right when it ends.
// One that comes after a rest begins where the others are: it is next, and saves
// nothing up.

// guess is what a piece of work is charged at first.
const guess = time.Second

// charge notes that a tenant begins a piece of work.
func charge(ctx context.Context, t tx, tenant int64) error {
	floor, err := number(ctx, t, `SELECT at FROM marks WHERE name = 'turn'`)
	if err != nil {
		return err
	}
	spent, err := number(ctx, t, `SELECT spent FROM tenants WHERE id = $1`, tenant)
	if err != nil {
		return err
	}
	from := max(floor, spent)
	if _, err := t.exec(ctx, `INSERT INTO tenants (id, served, spent) VALUES ($1, 0, $2) ON CONFLICT (id) DO UPDATE SET spent = EXCLUDED.spent`, tenant, from+millis(guess)); err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO marks (name, at) VALUES ('turn', $1) ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at WHERE marks.at < EXCLUDED.at`, from)
	return err
}

// Spent puts right what a piece of a tenant's work took.
func (s *Store) Spent(ctx context.Context, tenant int64, took time.Duration) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE tenants SET spent = spent + $2 WHERE id = $1`, tenant, millis(took-guess))
		return err
	})
	if err != nil {
		return fmt.Errorf("charge installation %d: %w", tenant, err)
	}
	return nil
}
