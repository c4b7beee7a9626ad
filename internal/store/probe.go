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

// Probe finds out whether the store could be opened, and changes nothing in it.
// ErrLocked means that a running Seaworthy has it.
func Probe(ctx context.Context, o Options) error {
	if _, err := os.Stat(o.Dir); errors.Is(err, fs.ErrNotExist) {
		defer func() { // what asked leaves nothing behind
			_ = os.Remove(filepath.Join(o.Dir, lockName))
			_ = os.Remove(o.Dir)
		}()
	}
	lock, err := lockDir(o.Dir)
	if err != nil && !(errors.Is(err, ErrLocked) && o.URL != "") {
		return err
	}
	if lock != nil {
		defer lock.Close()
	}
	if o.URL != "" {
		db, err := openPostgres(ctx, o.URL, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		db.close()
	}
	file, err := os.CreateTemp(o.Dir, "probe-")
	if err != nil {
		return fmt.Errorf("write to the data directory: %w", err)
	}
	file.Close()
	return os.Remove(file.Name())
}
