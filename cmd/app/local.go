package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/ballast"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/source"
)

// childCommand is the hidden command that runs the sandbox's child.
const childCommand = "__child"

func child() {
	if err := sandbox.Serve(os.Stdin, os.Stdout, engine.Handlers()); err != nil {
		fmt.Fprintln(os.Stderr, "seaworthy child:", err)
		os.Exit(exitBroken)
	}
}

// localScope is the tenant of the command line.
const localScope = "local"

// cacheLimit bounds the cache of the command line on disk, 1 GiB.
const cacheLimit = 1 << 30

// bench is what local commands work with.
type workbench struct {
	pool     *sandbox.Pool
	reviewer *job.Reviewer
	cache    *render.Cache
	sources  *source.Fetcher // nil fetches nothing
}

// newWorkbench is the command line's, with the user's cache.
func newWorkbench(noCache, offline bool) (*workbench, error) {
	exe, build, err := program()
	if err != nil {
		return nil, err
	}
	cache := render.NoCache()
	if !noCache {
		cache = userCache(build)
	}
	sources, err := localSources(offline, noCache)
	if err != nil {
		return nil, err
	}
	w := newBench(exe, cache, sources, runtime.GOMAXPROCS(0))
	ballast.Alone()
	w.pool.Starting = ballast.Beside
	return w, nil
}

// newBench starts children of this program, as many as workers at once.
func newBench(exe string, cache *render.Cache, sources *source.Fetcher, workers int) *workbench {
	pool := sandbox.NewPool(workers, exe, childCommand)
	return &workbench{
		pool: pool, cache: cache, sources: sources,
		reviewer: &job.Reviewer{Runner: pool, Renderer: render.New(pool, cache, workers), Checks: checks.All, Own: checks.Engine,
			Sources: func(n source.Neighbours) render.Sources { return sources.Session(pool).With(n) }},
	}
}

// program gives this program's file, and a name for its build.
func program() (exe, build string, err error) {
	if exe, err = os.Executable(); err != nil {
		return "", "", fmt.Errorf("find this program: %w", err)
	}
	info, err := os.Stat(exe)
	if err != nil {
		return "", "", fmt.Errorf("read this program's date: %w", err)
	}
	return exe, fmt.Sprint(info.Size(), info.ModTime().UnixNano()), nil
}

func (w *workbench) close() {
	w.pool.Close()
	w.sources.Close()
	_ = w.cache.Tidy() // the next run tries again
}

// userCache opens the user's cache; a home that cannot be written to is no
// reason to refuse a review.
func userCache(build string) *render.Cache {
	dir, err := os.UserCacheDir()
	if err != nil {
		return render.NoCache()
	}
	cache, err := render.OpenCache(filepath.Join(dir, "seaworthy"), build, cacheLimit)
	if err != nil {
		return render.NoCache()
	}
	return cache
}

// workTree is the word for uncommitted files in place of a revision.
const workTree = "WORKTREE"

// commit reads a revision's tree.
func commit(ctx context.Context, repo *git.Repo, rev string) (string, *model.Tree, error) {
	if rev == workTree {
		tree, err := repo.WorkTree(ctx)
		return "", tree, err
	}
	sha, err := repo.Resolve(ctx, rev)
	if err != nil {
		return "", nil, err
	}
	tree, err := repo.Tree(ctx, sha)
	return sha, tree, err
}

// refused sorts a Git error: a revision that does not exist is wrong use.
func refused(err error) error {
	if errors.Is(err, git.ErrNoRevision) {
		return exitStatus{exitUsage, err}
	}
	return broken(err)
}

func parseNow(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return now, usage("--now %q is no RFC 3339 time, such as 2026-11-22T00:00:00Z", text)
	}
	return now, nil
}
