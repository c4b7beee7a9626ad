package kustomize

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Mount is where Kustomize sees the repository's root. A path that climbs out of
// it is outside; a name that nobody chooses keeps it from coming back in.
const Mount = "/seaworthy-repository"

// FS is Kustomize's file system over a task's files. Nothing can be written.
type FS struct {
	Files *sandbox.Files
	// made holds files that a renderer makes up, by repository path; they hide
	// the tree's.
	Made map[string][]byte
	// read maps the digest of every file's content to its path: a key of a
	// ConfigMap or Secret with the same bytes came from there.
	Origins map[[sha256.Size]byte]string
	// Inflate renders the charts of `helmCharts`; nil where nobody does.
	Inflate Inflate
	// inflated: all charts of the build that failed were rendered.
	inflated bool
	// Lacks are paths at which what is not to be had lies.
	Lacks []task.Lack
	// trouble is the first refusal that Kustomize may report as something else.
	trouble *model.Problem

	flattening *flattening
	parts      *parts
	noted      func(asked) // hears every answer; nil for nobody
	listed     bool        // a directory was listed
}

// NewFS makes the file system of a task's files.
func NewFS(files *sandbox.Files) *FS {
	return &FS{Files: files, Made: map[string][]byte{}, Origins: map[[sha256.Size]byte]string{}}
}

// Lack is what is not to be had at a path; nil for what is there, or is not.
func (t *FS) Lack(p string) *task.Lack {
	for i, l := range t.Lacks {
		if p == l.Path || strings.HasPrefix(p, l.Path+"/") {
			return &t.Lacks[i]
		}
	}
	return nil
}

// relative gives the repository path of a path under mount.
func relative(p string) (string, bool) {
	p = filepath.Clean(p)
	if p == Mount {
		return ".", true
	}
	return strings.CutPrefix(p, Mount+"/")
}

func (t *FS) node(p string) (string, sandbox.Node) {
	rel, ok := relative(p)
	if !ok {
		t.refuse(model.PathOutside, fmt.Sprintf("%q leaves the repository", strings.TrimPrefix(p, Mount)))
		return p, sandbox.Node{Type: sandbox.IsOutside}
	}
	if c, ok := t.Made[rel]; ok {
		return rel, sandbox.Node{Type: sandbox.IsFile, Real: rel, Content: c}
	}
	n := t.Files.Node(rel)
	if t.noted != nil {
		t.noted(asked{path: rel, node: n})
	}
	switch n.Type {
	case sandbox.IsOutside:
		t.refuse(model.PathOutside, fmt.Sprintf("`%s` leads out of the repository", rel))
	case sandbox.IsTooLarge:
		t.refuse(model.TooLarge, fmt.Sprintf("`%s` is too large to be read", rel))
	}
	return rel, n
}

func (t *FS) refuse(class model.Class, message string) {
	if t.trouble == nil {
		t.trouble = &model.Problem{Class: class, Message: message}
	}
}

func notExist(op, p string) error { return &fs.PathError{Op: op, Path: p, Err: fs.ErrNotExist} }

// ReadFile gives a file's content and remembers its digest.
func (t *FS) ReadFile(p string) ([]byte, error) {
	rel, n := t.node(p)
	switch n.Type {
	case sandbox.IsFile:
		if _, made := t.Made[rel]; !made {
			digest := sha256.Sum256(n.Content)
			t.Origins[digest] = n.Real
			if t.noted != nil {
				t.noted(asked{path: rel, node: n, digest: &digest})
			}
		}
		content, err := n.Content, error(nil)
		if t.parts != nil {
			content, err = t.parts.read(rel, content)
		}
		if t.flattening != nil && err == nil && isKustomization(rel) {
			if top, ok := t.flattening.expect(rel, content); ok {
				content = t.inlined(rel, content, top)
			}
		}
		return content, err
	case sandbox.IsDir:
		if content, ok := t.flat(rel); ok {
			return content, nil
		}
		return nil, &fs.PathError{Op: "read", Path: p, Err: errors.New("is a directory")}
	case sandbox.IsTooLarge:
		return nil, &fs.PathError{Op: "read", Path: p, Err: model.ErrTooLarge}
	}
	return nil, notExist("open", p)
}

// CleanedAbs gives the directory and file name that a path leads to, symlinks
// followed.
func (t *FS) CleanedAbs(p string) (filesys.ConfirmedDir, string, error) {
	_, n := t.node(p)
	switch n.Type {
	case sandbox.IsDir:
		return filesys.ConfirmedDir(path.Join(Mount, n.Real)), "", nil
	case sandbox.IsFile:
		return filesys.ConfirmedDir(path.Join(Mount, path.Dir(n.Real))), path.Base(n.Real), nil
	}
	return "", "", notExist("lstat", p)
}

// Exists reports whether something is at the path.
func (t *FS) Exists(p string) bool {
	_, n := t.node(p)
	return n.Type == sandbox.IsFile || n.Type == sandbox.IsDir
}

// IsDir reports whether the path is a directory.
func (t *FS) IsDir(p string) bool {
	_, n := t.node(p)
	return n.Type == sandbox.IsDir
}

// ReadDir gives the names in a directory.
func (t *FS) ReadDir(p string) ([]string, error) {
	t.listed = true
	rel, ok := relative(p)
	if !ok || !t.Files.IsDir(rel) {
		return nil, notExist("open", p)
	}
	return t.Files.List(rel), nil
}

// Glob matches within one directory, which is all that Kustomize asks for.
func (t *FS) Glob(pattern string) ([]string, error) {
	dir := path.Dir(pattern)
	names, err := t.ReadDir(dir)
	if err != nil {
		return nil, nil // as filepath.Glob: no directory, no match
	}
	var out []string
	for _, name := range names {
		if ok, err := path.Match(path.Base(pattern), name); err != nil {
			return nil, err
		} else if ok {
			out = append(out, path.Join(dir, name))
		}
	}
	return out, nil
}

var errReadOnly = fmt.Errorf("the repository is read-only: %w", fs.ErrPermission)

// Walk is not offered: no part of a build that is allowed here walks.
func (t *FS) Walk(string, filepath.WalkFunc) error { return errReadOnly }

// Open is not offered: Kustomize reads whole files.
func (t *FS) Open(string) (filesys.File, error) { return nil, errReadOnly }

// Create, Mkdir, MkdirAll, RemoveAll and WriteFile refuse.
func (t *FS) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir refuses.
func (t *FS) Mkdir(string) error { return errReadOnly }

// MkdirAll refuses.
func (t *FS) MkdirAll(string) error { return errReadOnly }

// RemoveAll refuses.
func (t *FS) RemoveAll(string) error { return errReadOnly }

// WriteFile refuses.
func (t *FS) WriteFile(string, []byte) error { return errReadOnly }
