package sandbox

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// NodeType is what a path of a Tree is, symlinks followed.
type NodeType byte

const (
	IsMissing  NodeType = iota // nothing there, or a symlink that leads nowhere
	IsFile                     // Content is its bytes
	IsDir                      // Names, where asked for
	IsOutside                  // the path or a symlink on it leaves the repository
	IsTooLarge                 // a file over the size limit
)

// Node is the answer to "what is this path?".
type Node struct {
	Type    NodeType
	Real    string // the path after symlinks, relative to the repository
	Content []byte
	Names   []string
}

// Err is nil for a file or directory, else the model's error for the node.
func (n Node) Err() error {
	switch n.Type {
	case IsMissing:
		return model.ErrNotExist
	case IsOutside:
		return model.ErrOutside
	case IsTooLarge:
		return model.ErrTooLarge
	}
	return nil
}

// Files is a task's view of one tree, inside the child. Every answer was given
// by the parent, ahead of the task or when asked.
type Files struct {
	tree  int
	known map[question]Node
	ask   func(question) (Node, error)
	err   error // the first failure to ask; the task is lost then
	heard []*Heard
}

// Node gives what a path is. Paths are relative to the repository's root.
func (f *Files) Node(path string) Node { return f.node(question{Tree: f.tree, Path: path}) }

func (f *Files) node(q question) Node {
	n := f.answer(q)
	for _, h := range f.heard {
		h.note(q, n)
	}
	return n
}

func (f *Files) answer(q question) Node {
	if n, ok := f.known[q]; ok {
		return n
	}
	if f.err != nil {
		return Node{}
	}
	n, err := f.ask(q)
	if err != nil {
		f.err = err
		return Node{}
	}
	f.known[q] = n
	return n
}

// Read gives a file's content, or the model's error for what the path is.
func (f *Files) Read(path string) ([]byte, error) {
	n := f.Node(path)
	if err := n.Err(); err != nil {
		return nil, err
	}
	if n.Type != IsFile {
		return nil, model.ErrNotExist
	}
	return n.Content, nil
}

// IsDir reports whether the path is a directory.
func (f *Files) IsDir(path string) bool { return f.Node(path).Type == IsDir }

// List gives the names in a directory, sorted.
func (f *Files) List(dir string) []string {
	return f.node(question{Tree: f.tree, Path: dir, List: true}).Names
}

// Failed is the error that kept the parent from answering, if one did.
func (f *Files) Failed() error { return f.err }

var errNotAnswered = errors.New("the parent did not answer")

// Real is the path behind the symlinks on a path; "" where nothing is there.
func (f *Files) Real(path string) string { return f.Node(path).Real }

// Heard is what a view was told in some time, in the order of its questions.
type Heard struct {
	answers []heard
	asked   map[question]bool
}

type heard struct {
	question question
	sum      [sha256.Size]byte // of the node
}

// Hear notes what the view is told until end is called.
func (f *Files) Hear() (h *Heard, end func()) {
	h = &Heard{asked: map[question]bool{}}
	f.heard = append(f.heard, h)
	return h, func() { f.heard = slices.DeleteFunc(f.heard, func(other *Heard) bool { return other == h }) }
}

func (h *Heard) note(q question, n Node) {
	if !h.asked[q] {
		h.asked[q] = true
		h.answers = append(h.answers, heard{q, n.sum()})
	}
}

// Holds asks all of it again: whoever is told the same comes to the same. It ends with
// the first answer that is another.
func (h *Heard) Holds(f *Files) bool {
	for _, a := range h.answers {
		if f.node(a.question).sum() != a.sum || f.err != nil {
			return false
		}
	}
	return true
}

func (n Node) sum() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q\n", n.Type, n.Real, n.Names)
	h.Write(n.Content)
	return [sha256.Size]byte(h.Sum(nil))
}
