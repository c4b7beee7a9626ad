package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// ErrDirectory: the data directory is not one that this process can write to.
var ErrDirectory = errors.New("the data directory")

// Probe finds out whether the store could be opened, and changes nothing: it
// makes no directory and no table. ErrLocked means that a running Seaworthy has
// it.
func Probe(ctx context.Context, o Options) error {
	there, err := nearest(o.Dir)
	if err != nil {
		return fmt.Errorf("%w cannot be used: %w", ErrDirectory, err)
	}
	if err := writable(there); err != nil {
		if there != filepath.Clean(o.Dir) {
			return fmt.Errorf("%w cannot be made: %w", ErrDirectory, err)
		}
		return fmt.Errorf("%w cannot be written to: %w", ErrDirectory, err)
	}
	log := slog.New(slog.DiscardHandler)
	if o.URL != "" {
		return probe(ctx, func() (database, error) { return openPostgres(ctx, o.URL, log) })
	}
	if _, err := os.Stat(filepath.Join(o.Dir, lockName)); errors.Is(err, fs.ErrNotExist) {
		return nil // nobody was here yet
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	file := filepath.Join(o.Dir, databaseName)
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	return probe(ctx, func() (database, error) { return openSQLite(ctx, file, log) })
}

func probe(ctx context.Context, open func() (database, error)) error {
	db, err := open()
	if err != nil {
		return err
	}
	defer db.close()
	return refuseNewer(ctx, db)
}

// nearest is a directory, or the closest one above it that is there.
func nearest(dir string) (string, error) {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is a file", at)
		}
		return at, err
	}
}

// writable finds out by writing: what a mode says is not all.
func writable(dir string) error {
	file, err := os.CreateTemp(dir, ".seaworthy-probe-")
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err // the name of a file that is not there would mislead
		}
		return fmt.Errorf("%s: %w", dir, err)
	}
	file.Close()
	return os.Remove(file.Name())
}
