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
	out, err := r.git(ctx, "ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", sha)
	if err != nil {
		return nil, fmt.Errorf("read tree of %s: %w", sha, r.lacks(ctx, unfetched(err)))
	}
	entries, err := parseEntries(out)
	if err != nil {
		return nil, fmt.Errorf("read tree of %s: %w", sha, err)
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

// parseEntries reads the records of ls-tree -z: "mode type id<TAB>path<NUL>".
func parseEntries(out []byte) ([]model.Entry, error) {
	entries := make([]model.Entry, 0, bytes.Count(out, []byte{0}))
	for len(out) > 0 {
		record, rest, _ := bytes.Cut(out, []byte{0})
		out = rest
		head, path, ok := bytes.Cut(record, []byte{'\t'})
		fields := bytes.Fields(head)
		if !ok || len(fields) != 3 {
			return nil, fmt.Errorf("git ls-tree answered %q", record)
		}
		e, err := newEntry(string(fields[0]), string(fields[2]), string(path))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// newEntry refuses what only a forged tree object can hold: a path that leaves
// the repository or has empty parts.
func newEntry(mode, id, path string) (model.Entry, error) {
	if path == "." || !fs.ValidPath(path) && !validBytes(path) {
		return model.Entry{}, fmt.Errorf("tree holds the impossible path %q", path)
	}
	e := model.Entry{Path: path, ID: id}
	switch mode {
	case "100644", "100755", "100664":
		e.Mode = model.File
	case "040000":
		e.Mode = model.Dir
	case "120000":
		e.Mode = model.Symlink
	case "160000":
		e.Mode = model.Submodule
	default:
		return model.Entry{}, fmt.Errorf("tree holds %q of the unknown mode %s", path, mode)
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
