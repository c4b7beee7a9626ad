package git

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// directory is one tree object at one place.
type directory struct{ path, id string }

// walk lists a commit's tree, level by level, so that git is asked as often as it is
// deep. Directories that two trees of the repository share are read once.
func (r *Repo) walk(ctx context.Context, sha string) ([]model.Entry, error) {
	root, err := r.pool.find(ctx, sha+"^{tree}")
	if err != nil {
		return nil, r.noteBroken(ctx, err)
	}
	if root == "" {
		return nil, &MissingError{IDs: []string{sha}}
	}
	var out []model.Entry
	size := 0
	for level := []directory{{".", root}}; len(level) > 0; {
		if err := r.readDirectories(ctx, level); err != nil {
			return nil, err
		}
		var next []directory
		r.mu.Lock()
		for _, d := range level {
			for _, e := range r.directories[d] {
				// A few objects that name each other make a tree without end.
				if size += len(e.Path) + len(e.ID) + len("100644 blob \t\x00"); size > maxOutput {
					r.mu.Unlock()
					return nil, fmt.Errorf("the tree's list of files is over %d bytes", maxOutput)
				}
				out = append(out, e)
				if e.Mode == model.Dir {
					next = append(next, directory{e.Path, e.ID})
				}
			}
		}
		r.mu.Unlock()
		level = next
	}
	return out, nil
}

// readDirectories reads those that are not known yet.
func (r *Repo) readDirectories(ctx context.Context, level []directory) error {
	var unread []directory
	var ids []string
	r.mu.Lock()
	for _, d := range level {
		if _, ok := r.directories[d]; !ok {
			unread, ids = append(unread, d), append(ids, d.id)
		}
	}
	r.mu.Unlock()
	if len(unread) == 0 {
		return nil
	}
	objects, err := r.pool.trees(ctx, ids)
	if err != nil {
		return r.noteBroken(ctx, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.directories == nil {
		r.directories = map[directory][]model.Entry{}
	}
	for _, d := range unread {
		if r.directories[d], err = parseTree(d, objects[d.id]); err != nil {
			return err
		}
	}
	return nil
}

// parseTree reads a tree object: "mode name<NUL>id", the id as bytes.
func parseTree(at directory, object []byte) ([]model.Entry, error) {
	out := make([]model.Entry, 0, bytes.Count(object, []byte{0}))
	idBytes := len(at.id) / 2
	for len(object) > 0 {
		head, rest, ok := bytes.Cut(object, []byte{0})
		mode, name, named := bytes.Cut(head, []byte{' '})
		number, err := strconv.ParseUint(string(mode), 8, 32)
		if !ok || !named || err != nil || len(rest) < idBytes {
			return nil, fmt.Errorf("the tree object %s is damaged", at.id)
		}
		if bytes.IndexByte(name, '/') >= 0 {
			return nil, fmt.Errorf("tree holds the impossible path %q", name)
		}
		full := string(name)
		if at.path != "." && full != "" {
			full = at.path + "/" + full
		}
		e, err := newEntry(number, hex.EncodeToString(rest[:idBytes]), full)
		if err != nil {
			return nil, err
		}
		out, object = append(out, e), rest[idBytes:]
	}
	return out, nil
}
