package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone
)

type sqlite struct {
	db    *sql.DB
	river *wakeups[*sql.Tx]
}

// openSQLite opens the file. There is one connection: SQLite has one writer, and
// waiting for it in Go is fair, which its busy timeout is not.
func openSQLite(ctx context.Context, file string, log *slog.Logger) (database, error) {
	settings := url.Values{"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)", "busy_timeout(10000)", "synchronous(FULL)", "foreign_keys(1)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	w, err := newWakeups(riversqlite.New(db), log)
	if err != nil {
		db.Close()
		return nil, err
	}
	return &sqlite{db: db, river: w}, nil
}

func (d *sqlite) migrate(ctx context.Context) error {
	if err := refuseNewer(ctx, d); err != nil {
		return err
	}
	if err := d.river.migrate(ctx); err != nil {
		return err
	}
	return upgrade(ctx, d)
}

func (d *sqlite) transact(ctx context.Context, f func(tx) error) error {
	t, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer t.Rollback() // does nothing after the commit
	if err := f(sqliteTx{t, d.river}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (d *sqlite) work(ctx context.Context, c river.Config) (stopper, error) {
	return d.river.work(ctx, c)
}
func (d *sqlite) ping(ctx context.Context) error { return d.db.PingContext(ctx) }
func (d *sqlite) close()                         { d.db.Close() }

// sqliteWords is how SQLite says what the statements leave open.
var sqliteWords = strings.NewReplacer(
	"{serial}", "INTEGER PRIMARY KEY",
	"{bytes}", "BLOB",
	"{now}", "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	"{skip}", "",
	"{column}", "name",
	"{columns}", "pragma_table_info WHERE arg",
	"{tables}", "sqlite_master WHERE name",
)

type sqliteTx struct {
	tx    *sql.Tx
	river *wakeups[*sql.Tx]
}

func (t sqliteTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, sqliteWords.Replace(text), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t sqliteTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	r, err := t.tx.QueryContext(ctx, sqliteWords.Replace(text), args...)
	if err != nil {
		return nil, err
	}
	return sqliteRows{r}, nil
}

func (t sqliteTx) wake(ctx context.Context, jobs ...river.InsertManyParams) error {
	return t.river.insert(ctx, t.tx, jobs)
}

func (t sqliteTx) jobs(ctx context.Context, q jobQuery) ([]*riverJob, error) {
	return t.river.list(ctx, t.tx, q)
}

func (t sqliteTx) redo(ctx context.Context, job *riverJob) error { return t.river.redo(ctx, t.tx, job) }

// renumber is nothing: SQLite takes the next number after the greatest.
func (t sqliteTx) renumber(context.Context, string) error { return nil }

// hold is nothing: all of SQLite's transactions exclude each other.
func (t sqliteTx) hold(context.Context, int64) error { return nil }

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Close() { r.Rows.Close() }
