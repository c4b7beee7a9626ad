package git

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // git's own object ids
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// ErrBare: a bare repository has no uncommitted files.
var ErrBare = errors.New("a bare repository has no work tree")

// WorkTree gives the files as they are on disk: tracked ones and untracked ones
// that are not ignored. Symlinks are kept and never followed. Ids are those
// that git would give to the very bytes, so that a file which a filter (CRLF,
// LFS) changes on check-in differs from its commit.
func (r *Repo) WorkTree(ctx context.Context) (*model.Tree, error) {
	if r.work == "" {
		return nil, ErrBare
	}
	root, err := os.OpenRoot(r.work)
	if err != nil {
		return nil, fmt.Errorf("read work tree: %w", err)
	}
	defer root.Close()
	w := &workTree{repo: r, root: root, plain: map[string]bool{".": true}, sizes: map[string]onDisk{}}
	if err := w.tracked(ctx); err != nil {
		return nil, fmt.Errorf("read work tree: %w", err)
	}
	if err := w.untracked(ctx); err != nil {
		return nil, fmt.Errorf("read work tree: %w", err)
	}
	return model.NewTree("", w.entries, &diskBlobs{repo: r, files: w.sizes}), nil
}

// onDisk is where a blob's bytes lie.
type onDisk struct {
	path string
	size int64
}

type workTree struct {
	repo    *Repo
	root    *os.Root
	plain   map[string]bool // directories: whether they are on disk as such, no symlink on the way
	sizes   map[string]onDisk
	entries []model.Entry
	sha256  bool
}

// list runs git ls-files at the work tree's root.
func (w *workTree) list(ctx context.Context, args ...string) ([][]byte, error) {
	c := command{dir: w.repo.work, gitDir: w.repo.dir, config: []string{"core.worktree=" + w.repo.work, "core.bare=false"}}
	out, err := c.run(ctx, append([]string{"ls-files", "-z"}, args...)...)
	if err != nil {
		return nil, err
	}
	records := bytes.Split(out, []byte{0})
	return records[:len(records)-1], nil
}

// tracked goes through the index: "tag mode id stage<TAB>path".
func (w *workTree) tracked(ctx context.Context) error {
	records, err := w.list(ctx, "-t", "--stage")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, record := range records {
		head, p, ok := bytes.Cut(record, []byte{'\t'})
		fields := bytes.Fields(head)
		if !ok || len(fields) != 4 {
			return fmt.Errorf("git ls-files answered %q", record)
		}
		if seen[string(p)] {
			continue // the sides of a conflict; the file on disk is one
		}
		seen[string(p)] = true
		mode, err := strconv.ParseUint(string(fields[1]), 8, 32)
		if err != nil {
			return fmt.Errorf("git ls-files answered %q", record)
		}
		e, err := newEntry(mode, string(fields[2]), string(p))
		if err != nil {
			return err
		}
		w.sha256 = len(e.ID) == 64
		if string(fields[0]) == "S" || e.Mode == model.Submodule {
			// A sparse checkout leaves it out, nobody deleted it.
			w.entries = append(w.entries, e)
			continue
		}
		if err := w.add(e.Path); err != nil {
			return err
		}
	}
	return w.sparseLinks(ctx)
}

// sparseLinks reads the targets of symlinks that are only in the index.
func (w *workTree) sparseLinks(ctx context.Context) error {
	var links []model.Entry
	var at []int
	for i, e := range w.entries {
		if e.Mode == model.Symlink && e.Link == "" {
			links, at = append(links, e), append(at, i)
		}
	}
	if err := w.repo.readLinks(ctx, links); err != nil {
		return err
	}
	for i, e := range links {
		w.entries[at[i]] = e
	}
	return nil
}

func (w *workTree) untracked(ctx context.Context) error {
	records, err := w.list(ctx, "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for _, record := range records {
		p := string(record)
		if p == "" || p[len(p)-1] == '/' {
			continue // another repository inside this one
		}
		if err := w.add(p); err != nil {
			return err
		}
	}
	return nil
}

// add reads one path from disk; one that is not there was deleted.
func (w *workTree) add(p string) error {
	if !w.onPlainDirs(path.Dir(p)) {
		return nil
	}
	info, err := w.root.Lstat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := w.root.Readlink(p)
		if err != nil {
			return err
		}
		id := blobID(w.sha256, int64(len(target)))
		io.WriteString(id, target)
		w.entries = append(w.entries, model.Entry{Path: p, Mode: model.Symlink, ID: hex.EncodeToString(id.Sum(nil)), Link: target})
	case info.Mode().IsRegular():
		id, err := w.hashFile(p, info.Size())
		if err != nil {
			return err
		}
		w.sizes[id] = onDisk{path: p, size: info.Size()}
		w.entries = append(w.entries, model.Entry{Path: p, Mode: model.File, ID: id})
	}
	return nil
}

// onPlainDirs: git holds a tracked file for deleted when a directory above it
// became a symlink, and so do we, lest the link be followed.
func (w *workTree) onPlainDirs(dir string) bool {
	known, ok := w.plain[dir]
	if ok {
		return known
	}
	plain := w.onPlainDirs(path.Dir(dir))
	if plain {
		info, err := w.root.Lstat(dir)
		plain = err == nil && info.IsDir()
	}
	w.plain[dir] = plain
	return plain
}

func (w *workTree) hashFile(p string, size int64) (string, error) {
	f, err := w.root.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	id := blobID(w.sha256, size)
	n, err := io.Copy(id, io.LimitReader(f, size+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", p, err)
	}
	if n != size {
		return "", fmt.Errorf("read %s: it changed while it was read", p)
	}
	return hex.EncodeToString(id.Sum(nil)), nil
}

// blobID starts the hash of a blob.
func blobID(sha256Repository bool, size int64) hash.Hash {
	h := sha1.New() //nolint:gosec // git's own object ids
	if sha256Repository {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", size)
	return h
}

// diskBlobs reads uncommitted files, and what is not one of them from the
// repository.
type diskBlobs struct {
	repo  *Repo
	files map[string]onDisk
}

// Read gives blobs by id; a file that changed since the Tree was made is an
// error.
func (d *diskBlobs) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	root, err := os.OpenRoot(d.repo.work)
	if err != nil {
		return nil, fmt.Errorf("read work tree: %w", err)
	}
	defer root.Close()
	out := make(map[string][]byte, len(ids))
	var committed []string
	for _, id := range ids {
		file, ok := d.files[id]
		switch {
		case !ok:
			committed = append(committed, id)
		case file.size <= d.repo.pool.fileLimit:
			content, err := readSame(root, file, id)
			if err != nil {
				return nil, err
			}
			out[id] = content
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if len(committed) == 0 {
		return out, nil
	}
	more, err := d.repo.Read(ctx, committed)
	if err != nil {
		return nil, err
	}
	for id, content := range more {
		out[id] = content
	}
	return out, nil
}

func readSame(root *os.Root, file onDisk, id string) ([]byte, error) {
	f, err := root.Open(file.path)
	if err != nil {
		return nil, fmt.Errorf("read work tree: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, file.size+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file.path, err)
	}
	h := blobID(len(id) == 64, int64(len(content)))
	h.Write(content)
	if hex.EncodeToString(h.Sum(nil)) != id {
		return nil, fmt.Errorf("read %s: it changed while it was reviewed", file.path)
	}
	return content, nil
}
