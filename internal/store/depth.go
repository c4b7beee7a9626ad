package store

import (
	"context"
	"fmt"
	"time"
)

// Depth is how much there is to do.
type Depth struct {
	Queued, Running int           // reviews
	Oldest          time.Duration // for which the oldest queued review has waited, whatever for
	Waiting         []Waiting     // by kind and reason
	Tenants         []TenantWait  // those that wait longest
}

// Waiting is how many pieces of work wait for something.
type Waiting struct {
	Kind   string // review, command
	Reason string // ForWorker, ForLimit, ForRetry, ForPermission
	Count  int
	Oldest time.Duration
}

// TenantWait is how many reviews and commands of an installation wait.
type TenantWait struct {
	Tenant int64
	Count  int
	Oldest time.Duration
}

// maxTenantWaits bounds the installations that are told apart.
const maxTenantWaits = 20

// waitingRows are the queued reviews and commands with why they wait, and those that
// wait for a permission.
const waitingRows = `(SELECT 'review' AS kind, tenant, created,
		CASE WHEN not_before <= {now} OR reason = '' THEN '` + ForWorker + `' ELSE reason END AS reason FROM reviews WHERE state = 'queued'
	UNION ALL SELECT 'review', tenant, created, '` + ForPermission + `' FROM reviews WHERE lacks = 1 AND closed = 0 AND state IN ('done', 'failed')
		AND NOT EXISTS (SELECT 1 FROM reviews l WHERE l.repository = reviews.repository AND l.number = reviews.number AND l.id > reviews.id)
	UNION ALL SELECT 'command', tenant, created,
		CASE WHEN lacks = 1 THEN '` + ForPermission + `' WHEN not_before <= {now} THEN '` + ForWorker + `' ELSE '` + ForRetry + `' END
		FROM commands WHERE state = 'queued' AND worker = '') w`

// Depth counts what waits.
func (s *Store) Depth(ctx context.Context) (Depth, error) {
	var d Depth
	err := s.db.transact(ctx, func(t tx) error {
		d = Depth{}
		err := each(ctx, t, func(r rows) error {
			var oldest int64
			err := r.Scan(&d.Queued, &d.Running, &oldest)
			d.Oldest = since(oldest)
			return err
		}, `SELECT COALESCE(SUM(CASE WHEN state = 'queued' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0),
			COALESCE({now} - MIN(CASE WHEN state = 'queued' THEN created END), 0)
			FROM reviews WHERE state IN ('queued', 'running')`)
		if err != nil {
			return err
		}
		err = each(ctx, t, func(r rows) error {
			var w Waiting
			var oldest int64
			err := r.Scan(&w.Kind, &w.Reason, &w.Count, &oldest)
			w.Oldest = since(oldest)
			d.Waiting = append(d.Waiting, w)
			return err
		}, `SELECT kind, reason, COUNT(*), {now} - MIN(created) FROM `+waitingRows+` GROUP BY kind, reason ORDER BY kind, reason`)
		if err != nil {
			return err
		}
		return each(ctx, t, func(r rows) error {
			var w TenantWait
			var oldest int64
			err := r.Scan(&w.Tenant, &w.Count, &oldest)
			w.Oldest = since(oldest)
			d.Tenants = append(d.Tenants, w)
			return err
		}, `SELECT tenant, COUNT(*), {now} - MIN(created) FROM `+waitingRows+` GROUP BY tenant ORDER BY MIN(created) LIMIT $1`, maxTenantWaits)
	})
	if err != nil {
		return Depth{}, fmt.Errorf("count the queue: %w", err)
	}
	return d, nil
}

func since(ms int64) time.Duration { return time.Duration(max(0, ms)) * time.Millisecond }
