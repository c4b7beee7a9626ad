// Package git reads commits, trees and blobs with the git program, and keeps
// the mirrors that the App reviews from. It never makes a checkout, never runs
// a hook, never fetches one object at a time, and never hands a token to git by
// a URL, an argument, the environment or a file that stays.
package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// DefaultFileLimit is the size in bytes over which a blob is left out of a Read.
const DefaultFileLimit = 32 << 20

// Repo is one repository on disk. It is safe for concurrent use, and must be
// closed: it keeps processes and, for a mirror, a lock.
type Repo struct {
	dir    string            // the git directory
	work   string            // the work tree's root, "" for a bare repository
	remote *remote           // where missing blobs come from; nil for one that is not a mirror
	at     map[string]string // what a Fetch found: ref to commit
	broken string            // the file that marks a damaged mirror, "" elsewhere
	pool   *pool
	closed []func() // what Close undoes, last first

	mu    sync.Mutex
	trees map[string]*model.Tree // by commit, that were read
	// directories are the parts of those, which trees share.
	directories map[directory][]model.Entry
	kept        kept
}

// Open opens a work tree or a bare repository; dir may lie inside a work tree.
func Open(ctx context.Context, dir string) (*Repo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	out, err := command{dir: dir}.run(ctx, "rev-parse", "--absolute-git-dir", "--is-inside-work-tree", "--show-cdup")
	if err != nil && strings.Contains(err.Error(), "not a git repository") {
		return nil, fmt.Errorf("%s is no Git repository: name one with --repo", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", dir, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("open repository %s: git rev-parse answered %q", dir, out)
	}
	r := newRepo(lines[0])
	if lines[1] == "true" && len(lines) == 3 {
		r.work = filepath.Join(dir, lines[2]) // "../" for each level, nothing at the root
	}
	return r, nil
}

func newRepo(gitDir string) *Repo {
	r := &Repo{dir: gitDir}
	r.pool = newPool(gitDir)
	r.closed = append(r.closed, r.pool.close)
	return r
}

// SetFileLimit sets the size in bytes over which blobs are left out of a Read;
// it must be called before the first one.
func (r *Repo) SetFileLimit(bytes int64) { r.pool.fileLimit = bytes }

// Close ends the repository's processes and lets go of a mirror's lock. Trees
// of the repository cannot be read afterwards.
func (r *Repo) Close() error {
	for i := len(r.closed) - 1; i >= 0; i-- {
		r.closed[i]()
	}
	r.closed = nil
	return nil
}

// git runs the program on the repository; nothing it runs may use a network.
func (r *Repo) git(ctx context.Context, args ...string) ([]byte, error) {
	return command{gitDir: r.dir}.run(ctx, args...)
}

// objectID reports whether s is a whole object id, SHA-1 or SHA-256.
func objectID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

var errClosed = errors.New("the repository is closed")
