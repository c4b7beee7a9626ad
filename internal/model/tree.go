// Package model holds the nouns that every stage passes on: Tree, Target,
// Object, Snapshot, Position. It reads nothing by itself and decides nothing.
package model

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
)

// Mode is what a Tree entry is.
type Mode int

const (
	File Mode = iota
	Dir
	Symlink
	Submodule
)

// Entry is one path of a Tree.
type Entry struct {
	Path string
	Mode Mode
	ID   string // Git object id: of the blob, or of the directory's tree ("" where not known)
	Link string // a symlink's target
}

// Blobs reads file contents by Git object id. One call may ask for many: it is
// the only way a Tree reads, so that an implementation can fetch in bulk. An
// object over the reader's size limit is left out of the answer; one that does
// not exist is an error.
type Blobs interface {
	Read(ctx context.Context, ids []string) (map[string][]byte, error)
}

var (
	// ErrNotExist: the Tree has no such path.
	ErrNotExist = errors.New("no such file or directory in the repository")
	// ErrOutside: the path, or a symlink on it, leaves the repository.
	ErrOutside = errors.New("path leaves the repository")
	// ErrLoop: symlinks lead in a circle.
	ErrLoop = errors.New("too many symlinks")
	// ErrTooLarge: the file is over the size limit of what reads it.
	ErrTooLarge = errors.New("file is too large")
)

// Tree is one commit's files, read from Git objects, never from a checkout.
// Paths are slash-separated and relative; "." is the repository's root.
type Tree struct {
	Commit   string // full commit id, "" for uncommitted files
	entries  map[string]Entry
	children map[string][]string // names, sorted
	files    []string            // every path that is no directory, sorted
	blobs    Blobs

	linked bool // it has symlinks
	forged bool // a path is a directory and something else, too
}

// NewTree makes a Tree of a commit's entries. Directories need not be given;
// where they are, their IDs are kept.
func NewTree(commit string, entries []Entry, blobs Blobs) *Tree {
	t := &Tree{
		Commit:   commit,
		entries:  make(map[string]Entry, len(entries)*2),
		children: map[string][]string{},
		blobs:    blobs,
	}
	t.entries["."] = Entry{Path: ".", Mode: Dir}
	for _, e := range entries {
		t.add(e)
	}
	for _, names := range t.children {
		sort.Strings(names)
	}
	sort.Strings(t.files)
	return t
}

func (t *Tree) add(e Entry) {
	old, known := t.entries[e.Path]
	t.entries[e.Path] = e
	t.linked = t.linked || e.Mode == Symlink
	t.forged = t.forged || known && old.Mode != e.Mode
	if e.Mode != Dir {
		t.files = append(t.files, e.Path)
	}
	if known && old.Mode == Dir {
		return
	}
	for p := e.Path; p != "."; {
		dir, name := ".", p
		if i := strings.LastIndexByte(p, '/'); i >= 0 {
			dir, name = p[:i], p[i+1:]
		}
		t.children[dir] = append(t.children[dir], name)
		if above, ok := t.entries[dir]; ok {
			t.forged = t.forged || above.Mode != Dir
			return
		}
		t.entries[dir] = Entry{Path: dir, Mode: Dir}
		p = dir
	}
}

// Lookup finds a path as it stands, following no symlink.
func (t *Tree) Lookup(p string) (Entry, bool) {
	e, ok := t.entries[p]
	if !ok {
		if c := path.Clean(p); c != p {
			e, ok = t.entries[c]
		}
	}
	return e, ok
}

// Children gives the names in a directory, sorted; nil when it is none.
func (t *Tree) Children(dir string) []string { return t.children[path.Clean(dir)] }

// Files gives the paths of all files and symlinks, sorted. Callers must not
// change it.
func (t *Tree) Files() []string { return t.files }

// maxLinks bounds the symlinks followed for one path, as Linux does.
const maxLinks = 40

// Resolve follows the symlinks of a path, in every component, and gives the
// entry they lead to and the links passed on the way. A path that leaves the
// repository is ErrOutside, also where it would come back.
func (t *Tree) Resolve(p string) (Entry, []string, error) {
	if e, ok := t.entries[p]; ok && e.Mode != Symlink && !t.forged {
		return e, nil, nil // what a tree holds has directories alone above it
	}
	var links []string
	p = path.Clean(p)
	if path.IsAbs(p) {
		return Entry{}, nil, ErrOutside
	}
	if _, ok := t.entries[p]; !ok && !t.linked && p != ".." && !strings.HasPrefix(p, "../") {
		return Entry{}, nil, ErrNotExist
	}
	rest := strings.Split(p, "/")
	at := "."
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case ".", "":
			continue
		case "..":
			if at == "." {
				return Entry{}, links, ErrOutside
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, name)
		e, ok := t.entries[next]
		if !ok {
			return Entry{}, links, ErrNotExist
		}
		if e.Mode != Symlink {
			if e.Mode != Dir && len(rest) > 0 {
				return Entry{}, links, ErrNotExist
			}
			at = next
			continue
		}
		links = append(links, next)
		if len(links) > maxLinks {
			return Entry{}, links, ErrLoop
		}
		if path.IsAbs(e.Link) {
			return Entry{}, links, ErrOutside
		}
		rest = append(strings.Split(e.Link, "/"), rest...)
	}
	return t.entries[at], links, nil
}

// Read gives the content of a file; symlinks inside the repository are
// followed.
func (t *Tree) Read(ctx context.Context, p string) ([]byte, error) {
	e, _, err := t.Resolve(p)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	if e.Mode != File {
		return nil, fmt.Errorf("read %s: %w", p, ErrNotExist)
	}
	got, err := t.blobs.Read(ctx, []string{e.ID})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	content, ok := got[e.ID]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", p, ErrTooLarge)
	}
	return content, nil
}

// ReadBlobs gives contents by Git object id, all in one request.
func (t *Tree) ReadBlobs(ctx context.Context, ids []string) (map[string][]byte, error) {
	return t.blobs.Read(ctx, ids)
}

// Linked reports whether a path may lead to another one: the tree has symlinks, or is
// forged.
func (t *Tree) Linked() bool { return t.linked || t.forged }

// Changed gives the paths of files and symlinks that differ between two trees,
// sorted; a renamed file is both its old and its new path.
func Changed(base, head *Tree) []string {
	var out []string
	a, b := base.files, head.files
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			out = append(out, a[0])
			a = a[1:]
		case len(a) == 0 || b[0] < a[0]:
			out = append(out, b[0])
			b = b[1:]
		default:
			x, y := base.entries[a[0]], head.entries[b[0]]
			if x.ID != y.ID || x.Mode != y.Mode {
				out = append(out, a[0])
			}
			a, b = a[1:], b[1:]
		}
	}
	return out
}
