package git

import (
	"context"
	"errors"
	"strings"
)

// What a clone that lacks something has to fetch: these are for the one who made
// it, because nothing is fetched into a repository that is not a mirror.
const (
	unshallow = "the clone is shallow: fetch with full depth (git fetch --unshallow; fetch-depth: 0 in actions/checkout)"
	unfilter  = "the clone is partial and lacks files of the commits: fetch them (git fetch --refetch --no-filter; no filter in actions/checkout)"
)

// lacks marks a missing object of a clone that was made with a filter, such as
// --filter=blob:none.
func (r *Repo) lacks(ctx context.Context, err error) error {
	var missing *MissingError
	if r.remote == nil && errors.As(err, &missing) {
		missing.Partial = r.partial(ctx)
	}
	return err
}

// partial reports whether another repository promised objects to this one.
func (r *Repo) partial(ctx context.Context) bool {
	_, err := r.git(ctx, "config", "--local", "--get-regexp", `^(extensions\.partialclone|remote\..*\.promisor)$`)
	return err == nil
}

func (r *Repo) shallow(ctx context.Context) bool {
	out, err := r.git(ctx, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(string(out)) == "true"
}
