package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// Probe finds out whether the store could be opened, and changes nothing in it.
// ErrLocked means that a running Seaworthy has it.
func Probe(ctx context.Context, o Options) error {
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
