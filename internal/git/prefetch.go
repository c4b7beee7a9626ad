package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Prefetch makes sure that a mirror has these blobs: all that are missing come
// with one request. Elsewhere missing blobs are a *MissingError.
func (r *Repo) Prefetch(ctx context.Context, ids []string) error {
	ids, err := distinct(ids)
	if err != nil {
		return err
	}
	var missing []string
	for batch := range batches(ids) {
		err := r.pool.use(ctx, func(c *catFile) error {
			infos, err := c.info(batch)
			for _, info := range infos {
				if err == nil && info.missing {
					missing = append(missing, info.id)
				}
			}
			return err
		})
		if err != nil {
			return r.noteBroken(ctx, fmt.Errorf("look for missing blobs: %w", err))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if r.remote == nil {
		return r.lacks(ctx, &MissingError{IDs: missing})
	}
	return r.fetchObjects(ctx, missing)
}

// fetchObjects asks for objects by id, as git itself does for a partial clone,
// but for all of them at once. It moves no ref, so that it needs no lock.
func (r *Repo) fetchObjects(ctx context.Context, ids []string) error {
	c := command{
		gitDir: r.dir,
		remote: r.remote,
		stdin:  strings.NewReader(strings.Join(ids, "\n") + "\n"),
		config: []string{"fetch.negotiationAlgorithm=noop"},
	}
	_, err := c.run(ctx, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
		"--no-auto-maintenance", "--filter=blob:none", "--stdin", remoteName)
	if err == nil {
		return nil
	}
	err = r.remote.fetchError(ctx, r.dir, err)
	if errors.Is(err, errUnknown) {
		return r.noteBroken(ctx, fmt.Errorf("%w: %w", errCatFile, err))
	}
	return fmt.Errorf("fetch %d blobs: %w", len(ids), err)
}

// noteBroken marks a mirror whose objects could not be read, so that the next
// Fetch makes it anew.
func (r *Repo) noteBroken(ctx context.Context, err error) error {
	if r.broken == "" || ctx.Err() != nil || !errors.Is(err, errCatFile) {
		return err
	}
	// The directory itself may be gone: then there is nothing to mark.
	_ = os.WriteFile(r.broken, nil, 0o600)
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
