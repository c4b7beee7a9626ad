package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

var (
	// ErrNoRevision: the repository has no such commit.
	ErrNoRevision = errors.New("no such commit in the repository")
	// ErrNoMergeBase: two commits have no common ancestor here.
	ErrNoMergeBase = errors.New("no merge base")
)

// Resolve gives the full commit id of a revision. A branch that is there only
// as origin's is found too: CI checkouts have no other.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if strings.ContainsFunc(rev, unicode.IsControl) { // the name goes to git as a line
		return "", fmt.Errorf("resolve %q: %w", rev, ErrNoRevision)
	}
	for _, name := range []string{rev, "refs/remotes/origin/" + rev} {
		sha, err := r.pool.find(ctx, name+"^{commit}")
		if err != nil {
			return "", fmt.Errorf("resolve %s: %w", rev, r.noteBroken(ctx, err))
		}
		if sha != "" {
			return sha, nil
		}
	}
	if r.remote == nil && r.shallow(ctx) {
		return "", fmt.Errorf("resolve %s: %w: %s", rev, ErrNoRevision, unshallow)
	}
	return "", fmt.Errorf("resolve %s: %w", rev, ErrNoRevision)
}

// MergeBase gives the best common ancestor of two commits; ErrNoMergeBase when
// there is none, and the error says what to do about it.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	out, err := r.git(ctx, "merge-base", "--end-of-options", a, b)
	if err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	if exitCode(err) != 1 {
		return "", fmt.Errorf("find merge base of %s and %s: %w", a, b, err)
	}
	hint := "their histories are unrelated"
	if r.shallow(ctx) {
		hint = unshallow
	}
	return "", fmt.Errorf("%w of %s and %s: %s", ErrNoMergeBase, a, b, hint)
}

// Ancestor reports whether commit a is in the history of b, or is b.
func (r *Repo) Ancestor(ctx context.Context, a, b string) (bool, error) {
	_, err := r.git(ctx, "merge-base", "--is-ancestor", "--end-of-options", a, b)
	switch {
	case err == nil:
		return true, nil
	case exitCode(err) == 1:
		return false, nil
	}
	return false, fmt.Errorf("ask whether %s is in the history of %s: %w", a, b, err)
}

// At gives the commit at which a mirror's Fetch found a wanted ref, "" for a
// ref that was not wanted.
func (r *Repo) At(ref string) string { return r.at[ref] }
