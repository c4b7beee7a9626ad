package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// locks are the two locks of a mirror, held across processes. The fetch lock
// lets one at a time change refs. The use lock is shared by all who read;
// objects are removed only by one who holds it alone.
type locks struct {
	fetch, use *os.File
}

// lock waits for the fetch lock, and takes a share of the use lock. Nobody
// holds the use lock alone without the fetch lock, so that the second never
// waits.
func (p place) lock(ctx context.Context) (*locks, error) {
	fetch, err := p.lockFile(ctx, "fetch.lock")
	if err != nil {
		return nil, err
	}
	use, err := p.open("use.lock")
	if err != nil {
		fetch.Close()
		return nil, err
	}
	if err := syscall.Flock(int(use.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		fetch.Close()
		use.Close()
		return nil, fmt.Errorf("share %s: %w", use.Name(), err)
	}
	now := time.Now()
	if err := os.Chtimes(use.Name(), now, now); err != nil {
		fetch.Close()
		use.Close()
		return nil, err
	}
	return &locks{fetch: fetch, use: use}, nil
}

func (p place) open(name string) (*os.File, error) {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(p.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
}

// lockFile waits for a file's lock. flock cannot be waited for with a context,
// so it is tried at intervals. A lock on a file that was removed meanwhile is
// nobody's, and is taken again.
func (p place) lockFile(ctx context.Context, name string) (*os.File, error) {
	wait := 5 * time.Millisecond
	for {
		f, err := p.open(name)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil && sameFile(f) {
			return f, nil
		}
		f.Close()
		if err == nil {
			continue
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(wait):
		}
		wait = min(2*wait, 200*time.Millisecond)
	}
}

func sameFile(f *os.File) bool {
	here, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(f.Name())
	return err == nil && os.SameFile(here, there)
}

// alone tries to hold the use lock for ourselves, and keeps the share if others
// have one.
func (l *locks) alone() bool {
	// flock gives up a share while it converts; the fetch lock, which everyone
	// takes first, keeps others from removing anything in that moment.
	if syscall.Flock(int(l.use.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return true
	}
	l.shared()
	return false
}

// shared goes back to a share of the use lock.
func (l *locks) shared() { syscall.Flock(int(l.use.Fd()), syscall.LOCK_SH) }

func (l *locks) releaseFetch() { l.fetch.Close() }

func (l *locks) releaseUse() { l.use.Close() }
