// Package store keeps what must outlive the process: which deliveries were
// taken, and every review from its order to its published conclusion. It is
// SQLite in the data directory, or PostgreSQL by URL, with the same code above
// both. It decides which review is opened, superseded and claimed next, because
// those must be one transaction; it knows nothing of GitHub, of git, or of what a
// review does.
//
// The table of reviews is the truth. Jobs of River are wake-ups: a "review" job
// names no pull request, and does the next due review of the tenant that was
// served least recently. A wake-up that is lost costs seconds, never a review.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// Options say where the store is.
type Options struct {
	Dir string // the data directory, for SQLite and its lock
	URL string // PostgreSQL's; "" is SQLite in Dir
	// KeepPages is for how long what a review's page shows is kept; 0 is as long as
	// the review.
	KeepPages time.Duration
	Log       *slog.Logger // for River; nil is none
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	db      database
	replica string // this process's name among those that share the store
	lock    *os.File
	alone   bool          // no other process can use the store: SQLite
	pages   time.Duration // for which they are kept

	// Of the watch alone: up to which of what is gone this replica was told, and what of
	// that it could not delete yet.
	toldGone int64
	left     []Gone
}

var (
	// ErrLocked: another process uses the data directory.
	ErrLocked = errors.New("another Seaworthy uses the data directory")
	// ErrLost: the review is not this worker's any more.
	ErrLost = errors.New("the review was taken from this worker")
)

// Open opens the store and brings its tables up to date. On SQLite it holds the
// data directory's lock until Close, and what an earlier process left running
// is queued again.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{replica: uuid.NewString(), alone: o.URL == "", pages: o.KeepPages}
	if s.pages <= 0 {
		s.pages = keepReviews
	}
	var err error
	if s.alone {
		if s.lock, err = lockDir(o.Dir); err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
		s.db, err = openSQLite(ctx, filepath.Join(o.Dir, databaseName), o.Log)
	} else {
		s.db, err = openPostgres(ctx, o.URL, o.Log)
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// prepare migrates and takes back what the last process left.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.db.migrate(ctx); err != nil {
		return err
	}
	if s.alone {
		if _, err := s.returnSilent(ctx); err != nil {
			return err
		}
	}
	return s.beat(ctx)
}

// Close lets go of the store; Work must have been stopped.
func (s *Store) Close() {
	if s.db != nil {
		s.db.close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
}

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.db.ping(ctx); err != nil {
		return fmt.Errorf("reach the store: %w", err)
	}
	return nil
}

// databaseName is SQLite's file in the data directory.
const databaseName = "seaworthy.db"

// lockName is the file that the process holds that has a data directory.
const lockName = "lock"

// lockDir takes the data directory for this process. The lock goes with the
// process, however it ends.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w %s", ErrLocked, dir)
		}
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	return f, nil
}

// millis is a duration as the tables hold it.
func millis(d time.Duration) int64 { return d.Milliseconds() }

// instant is a time as the tables hold it; 0 is none.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
