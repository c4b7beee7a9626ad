package store

import (
	"context"
	"slices"
)

// What is kept of an installation outside the store, on the disks of replicas, each of
// them deletes itself: those that are there now, and those that start later.

// Gone is an installation that is no more, or a repository that is not in it any more.
type Gone struct {
	Tenant, Repository int64 // 0 is all of the installation
}

func noteGone(ctx context.Context, t tx, i Installed) error {
	all := i.Repositories
	if len(all) == 0 {
		all = []int64{0}
	}
	for _, repository := range all {
		if _, err := t.exec(ctx, `INSERT INTO gone (tenant, repository, at) VALUES ($1, $2, {now})`, i.Tenant, repository); err != nil {
			return err
		}
	}
	return nil
}

// tellGone tells this replica of what is gone since it was told last, and again of what
// it could not delete yet. What came back meanwhile stays.
func (s *Store) tellGone(ctx context.Context, tell func(Gone) bool) error {
	if tell == nil {
		return nil
	}
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) error {
			var g Gone
			err := r.Scan(&s.toldGone, &g.Tenant, &g.Repository)
			if !slices.Contains(s.left, g) {
				s.left = append(s.left, g)
			}
			return err
		}, `SELECT g.id, g.tenant, g.repository FROM gone g WHERE g.id > $1
			AND NOT EXISTS (SELECT 1 FROM repositories r WHERE r.tenant = g.tenant AND (g.repository = 0 OR r.id = g.repository)) ORDER BY g.id`, s.toldGone)
	})
	if err != nil {
		return err
	}
	s.left = slices.DeleteFunc(s.left, tell)
	return nil
}
