package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

func backupCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "backup --out FILE",
		Short: "Write what the store holds to a file, while Seaworthy runs",
		Long: `Write what the store holds to a file, while Seaworthy runs: SQLite's or
PostgreSQL's, as the environment says. seaworthy restore reads it into either.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := storeOptions(os.Environ())
			if err != nil {
				return err
			}
			n, err := backup(c.Context(), o, out)
			if err != nil {
				return broken(err)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d rows\n", out, n)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "the file to write; it must not be there yet")
	_ = c.MarkFlagRequired("out") // it is there
	return c
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Fill an empty store from a backup, while Seaworthy does not run",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := storeOptions(os.Environ())
			if err != nil {
				return err
			}
			in, err := os.Open(args[0])
			if err != nil {
				return exitStatus{exitUsage, err}
			}
			defer in.Close()
			n, err := store.Restore(c.Context(), o, in)
			switch {
			case errors.Is(err, store.ErrNotEmpty), errors.Is(err, store.ErrInUse), errors.Is(err, store.ErrLocked):
				return exitStatus{exitUsage, err}
			case err != nil:
				return broken(err)
			}
			fmt.Fprintf(c.OutOrStdout(), "restored %d rows; what was queued or in work is done when Seaworthy starts\n", n)
			return nil
		},
	}
}

// storeOptions says where the store is; nothing else of the environment must be right.
func storeOptions(environ []string) (store.Options, error) {
	e, bad := readEnvironment(environ)
	if bad.About("SEAWORTHY_DATA_DIR") || bad.About("SEAWORTHY_DATABASE_URL") {
		return store.Options{}, exitStatus{exitUsage, bad}
	}
	return store.Options{Dir: e.DataDir, URL: e.DatabaseURL}, nil
}

// backup leaves no file that is not whole.
func backup(ctx context.Context, o store.Options, file string) (rows int, err error) {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it holds what reviews found
	if err != nil {
		return 0, err
	}
	rows, err = store.Backup(ctx, o, out)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(file))
	}
	return rows, nil
}
