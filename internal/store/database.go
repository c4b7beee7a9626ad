package store

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
)

// database is one of the two: SQLite or PostgreSQL.
type database interface {
	migrate(ctx context.Context) error
	// transact runs f in a transaction, which an error of f undoes.
	transact(ctx context.Context, f func(tx) error) error
	// work starts River's workers.
	work(ctx context.Context, c river.Config) (stopper, error)
	ping(ctx context.Context) error
	close()
}

// stopper ends River's workers: Stop waits for what runs, StopAndCancel ends
// it.
type stopper interface {
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// tx is a transaction of either database. Statements are written once, with
// PostgreSQL's placeholders and the words of a dialect in braces.
type tx interface {
	exec(ctx context.Context, sql string, args ...any) (int64, error)
	query(ctx context.Context, sql string, args ...any) (rows, error)
	// wake inserts River jobs, which start when the transaction is committed.
	wake(ctx context.Context, jobs ...river.InsertManyParams) error
	// jobs lists River jobs of a state and kind, "" for any, up to so many.
	jobs(ctx context.Context, q jobQuery) ([]*riverJob, error)
	// redo gives the work of a job that runs nowhere to another, new one.
	redo(ctx context.Context, job *riverJob) error
	// renumber lets a table number its next row after those that it has.
	renumber(ctx context.Context, table string) error
	// hold lets one transaction at a time change a repository's reviews.
	hold(ctx context.Context, repository int64) error
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// each calls scan for every row of a query.
func each(ctx context.Context, t tx, scan func(rows) error, sql string, args ...any) error {
	r, err := t.query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := scan(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// ids gives a query's only column.
func ids(ctx context.Context, t tx, sql string, args ...any) ([]int64, error) {
	var out []int64
	err := each(ctx, t, func(r rows) error {
		var id int64
		if err := r.Scan(&id); err != nil {
			return err
		}
		out = append(out, id)
		return nil
	}, sql, args...)
	return out, err
}

// number gives a query's only value, 0 where there is no row.
func number(ctx context.Context, t tx, sql string, args ...any) (int64, error) {
	all, err := ids(ctx, t, sql, args...)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[0], nil
}

// schema is every version's statements, in order. A version that was released
// is never changed.
var schema = [][]string{{
	`CREATE TABLE deliveries (id TEXT PRIMARY KEY, event TEXT NOT NULL, received BIGINT NOT NULL)`,
	`CREATE TABLE tenants (id BIGINT PRIMARY KEY, served BIGINT NOT NULL)`,
	`CREATE TABLE replicas (id TEXT PRIMARY KEY, beat BIGINT NOT NULL)`,
	`CREATE TABLE reviews (
		id {serial},
		tenant BIGINT NOT NULL, repository BIGINT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
		number BIGINT NOT NULL, base_ref TEXT NOT NULL, default_branch TEXT NOT NULL, head_sha TEXT NOT NULL,
		attempt BIGINT NOT NULL, external_id TEXT NOT NULL UNIQUE, delivery TEXT NOT NULL,
		state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'superseded', 'failed')),
		cancelled BIGINT NOT NULL DEFAULT 0,
		not_before BIGINT NOT NULL, tries BIGINT NOT NULL DEFAULT 0, deaths BIGINT NOT NULL DEFAULT 0, claims BIGINT NOT NULL DEFAULT 0,
		worker TEXT NOT NULL DEFAULT '',
		check_name TEXT NOT NULL DEFAULT '', check_run BIGINT NOT NULL DEFAULT 0,
		outcome TEXT NOT NULL DEFAULT '', conclusion TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '',
		created BIGINT NOT NULL, started BIGINT NOT NULL DEFAULT 0, finished BIGINT NOT NULL DEFAULT 0)`,
	`CREATE INDEX reviews_state ON reviews (state, not_before)`,
	`CREATE INDEX reviews_pull ON reviews (repository, number, id)`,
	`CREATE INDEX reviews_head ON reviews (repository, head_sha)`,
}, {
	`CREATE TABLE pushers (repository BIGINT NOT NULL, number BIGINT NOT NULL, login TEXT NOT NULL, seen BIGINT NOT NULL, PRIMARY KEY (repository, number, login))`,
	`CREATE TABLE commands (
		id {serial},
		tenant BIGINT NOT NULL, repository BIGINT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL,
		comment BIGINT NOT NULL, sender TEXT NOT NULL, line TEXT NOT NULL, delivery TEXT NOT NULL,
		state TEXT NOT NULL CHECK (state IN ('queued', 'done')),
		starts BIGINT NOT NULL DEFAULT 0, announced BIGINT NOT NULL DEFAULT 0, answer BIGINT NOT NULL DEFAULT 0,
		created BIGINT NOT NULL, finished BIGINT NOT NULL DEFAULT 0,
		UNIQUE (repository, comment))`,
	`CREATE INDEX commands_pull ON commands (repository, number, created)`,
	`CREATE TABLE grants (
		id {serial},
		repository BIGINT NOT NULL, number BIGINT NOT NULL, head_sha TEXT NOT NULL, comment BIGINT NOT NULL,
		kind TEXT NOT NULL CHECK (kind IN ('waiver', 'source')),
		subject TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL, giver TEXT NOT NULL, expires TEXT NOT NULL, created BIGINT NOT NULL,
		UNIQUE (repository, comment))`,
	`CREATE INDEX grants_head ON grants (repository, number, head_sha)`,
	`CREATE TABLE repositories (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, default_branch TEXT NOT NULL,
		issue BIGINT NOT NULL DEFAULT 0, due BIGINT NOT NULL)`,
	`CREATE INDEX repositories_due ON repositories (due)`,
	`CREATE TABLE audits (repository BIGINT NOT NULL, place TEXT NOT NULL, kept TEXT NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (repository, place))`,
}, {
	`CREATE TABLE pages (review BIGINT NOT NULL, part BIGINT NOT NULL, tenant BIGINT NOT NULL, data {bytes} NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (review, part))`,
	`CREATE INDEX pages_created ON pages (created)`,
	`ALTER TABLE reviews ADD COLUMN progress TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE reviews ADD COLUMN digest TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE reviews ADD COLUMN closed BIGINT NOT NULL DEFAULT 0`,
	`CREATE TABLE audit_pages (id {serial}, tenant BIGINT NOT NULL, repository BIGINT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
		digest TEXT NOT NULL, data {bytes} NOT NULL, created BIGINT NOT NULL)`,
	`CREATE INDEX audit_pages_repository ON audit_pages (repository, created)`,
}, {
	`ALTER TABLE reviews ADD COLUMN group_ref TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE reviews ADD COLUMN group_base TEXT NOT NULL DEFAULT ''`,
}, {
	`ALTER TABLE audit_pages ADD COLUMN number BIGINT NOT NULL DEFAULT 0`,
}, {
	`ALTER TABLE reviews ADD COLUMN lacks BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE commands ADD COLUMN lacks BIGINT NOT NULL DEFAULT 0`,
}, {
	`CREATE TABLE marks (name TEXT PRIMARY KEY, at BIGINT NOT NULL)`,
	`ALTER TABLE repositories ADD COLUMN archived BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE repositories ADD COLUMN looked BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE repositories ADD COLUMN tag TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE reviews ADD COLUMN asker TEXT NOT NULL DEFAULT ''`,
}, {
	`ALTER TABLE tenants ADD COLUMN spent BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE commands ADD COLUMN heavy BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE commands ADD COLUMN worker TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE commands ADD COLUMN tries BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE commands ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0`,
	`CREATE INDEX commands_state ON commands (state, not_before)`,
	`ALTER TABLE reviews ADD COLUMN reason TEXT NOT NULL DEFAULT ''`,
}, {
	`ALTER TABLE reviews ADD COLUMN trace TEXT NOT NULL DEFAULT ''`,
}, {
	`CREATE TABLE dependents (repository BIGINT NOT NULL, consumer BIGINT NOT NULL, tenant BIGINT NOT NULL, seen BIGINT NOT NULL, PRIMARY KEY (repository, consumer))`,
	`CREATE TABLE impacts (
		id {serial},
		review BIGINT NOT NULL, tenant BIGINT NOT NULL, repository BIGINT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
		done BIGINT NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '', starts BIGINT NOT NULL DEFAULT 0, tries BIGINT NOT NULL DEFAULT 0,
		not_before BIGINT NOT NULL DEFAULT 0, public BIGINT NOT NULL DEFAULT 0, subject TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',
		took BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL, finished BIGINT NOT NULL DEFAULT 0,
		UNIQUE (review, repository))`,
	`CREATE INDEX impacts_done ON impacts (done, not_before)`,
	`CREATE INDEX impacts_repository ON impacts (repository, subject)`,
	`CREATE TABLE impact_pages (impact BIGINT NOT NULL, part BIGINT NOT NULL, data {bytes} NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (impact, part))`,
}, {
	`CREATE TABLE gone (id {serial}, tenant BIGINT NOT NULL, repository BIGINT NOT NULL, at BIGINT NOT NULL)`,
}}

// upgrade runs the versions that the database does not have yet.
func upgrade(ctx context.Context, db database) error { return upgradeTo(ctx, db, len(schema)) }

// upgradeTo is upgrade to a version.
func upgradeTo(ctx context.Context, db database, to int) error {
	return db.transact(ctx, func(t tx) error {
		if err := t.hold(ctx, 0); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `CREATE TABLE IF NOT EXISTS seaworthy_schema (version BIGINT NOT NULL)`); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		has, err := version(ctx, t)
		if err != nil {
			return err
		}
		for i, statements := range schema[min(int(has), to):to] {
			for _, s := range statements {
				if _, err := t.exec(ctx, s); err != nil {
					return fmt.Errorf("migrate to version %d: %w", int(has)+i+1, err)
				}
			}
			if _, err := t.exec(ctx, `INSERT INTO seaworthy_schema (version) VALUES ($1)`, has+int64(i)+1); err != nil {
				return fmt.Errorf("migrate: %w", err)
			}
		}
		return nil
	})
}

// NewerError: the store was written by a newer Seaworthy, and nothing in it was
// changed.
type NewerError struct {
	Has, Knows int64 // versions of the schema
}

// Error says what to do.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the store is of a newer Seaworthy (its schema is version %d, this one knows %d): run that release again, or restore the backup from before the upgrade; nothing was changed", e.Has, e.Knows)
}

// refuseNewer is asked before anything is changed, River's tables too.
func refuseNewer(ctx context.Context, db database) error {
	return db.transact(ctx, func(t tx) error {
		_, err := version(ctx, t)
		return err
	})
}

// version is that of the database's schema, 0 for an empty one.
func version(ctx context.Context, t tx) (int64, error) {
	there, err := number(ctx, t, `SELECT COUNT(*) FROM {tables} = 'seaworthy_schema'`)
	if err != nil || there == 0 {
		return 0, err
	}
	has, err := number(ctx, t, `SELECT COALESCE(MAX(version), 0) FROM seaworthy_schema`)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	if knows := int64(len(schema)); has > knows {
		return 0, &NewerError{Has: has, Knows: knows}
	}
	return has, nil
}
