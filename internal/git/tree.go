package git

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Tree reads a commit's files. Symlinks' targets are read at once, files when
// the Tree is asked for them.
func (r *Repo) Tree(ctx context.Context, sha string) (*model.Tree, error) {
	if !objectID(sha) {
		full, err := r.Resolve(ctx, sha)
		if err != nil {
			return nil, fmt.Errorf("read tree: %w", err)
		}
		sha = full
	}
	r.mu.Lock()
	known := r.trees[sha]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	entries, err := r.walk(ctx, sha)
	if err != nil {
		return nil, fmt.Errorf("read tree of %s: %w", sha, r.lacks(ctx, err))
	}
	if err := r.readLinks(ctx, entries); err != nil {
		return nil, fmt.Errorf("read tree of %s: %w", sha, err)
	}
	tree := model.NewTree(sha, entries, r)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trees == nil {
		r.trees = map[string]*model.Tree{}
	}
	r.trees[sha] = tree
	return tree, nil
}

// newEntry refuses what only a forged tree object can hold: a path that leaves
// the repository or has empty parts.
func newEntry(mode uint64, id, path string) (model.Entry, error) {
	if path == "." || !fs.ValidPath(path) && !validBytes(path) {
		return model.Entry{}, fmt.Errorf("tree holds the impossible path %q", path)
	}
	e := model.Entry{Path: path, ID: id}
	switch mode & 0o170000 { // as git reads it: what is none of these is a commit
	case 0o100000:
		e.Mode = model.File
	case 0o040000:
		e.Mode = model.Dir
	case 0o120000:
		e.Mode = model.Symlink
	default:
		e.Mode = model.Submodule
	}
	return e, nil
}

// validBytes is fs.ValidPath for names that are not UTF-8, which git allows.
func validBytes(path string) bool {
	ascii := bytes.Map(func(r rune) rune {
		if r > 127 {
			return 'x'
		}
		return r
	}, []byte(path))
	return fs.ValidPath(string(ascii))
}

// readLinks fills in the targets of the symlinks, all with one Read.
func (r *Repo) readLinks(ctx context.Context, entries []model.Entry) error {
	var ids []string
	for _, e := range entries {
		if e.Mode == model.Symlink {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	targets, err := r.Read(ctx, ids)
	if err != nil {
		return fmt.Errorf("read symlinks: %w", err)
	}
	for i, e := range entries {
		if e.Mode != model.Symlink {
			continue
		}
		target, ok := targets[e.ID]
		if !ok || len(target) > maxLinkTarget {
			return fmt.Errorf("read symlink %s: %w", e.Path, model.ErrTooLarge)
		}
		entries[i].Link = string(target)
	}
	return nil
}

// maxLinkTarget is Linux's PATH_MAX; git could not check out a longer one.
const maxLinkTarget = 4096
