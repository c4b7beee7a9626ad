package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Trace is everything that a task was told about its trees, as one short
// answer per question: it holds in another tree that gives the same answers.
type Trace []Answered

// Answered is one question and its answer in short.
type Answered struct {
	Tree   int
	Path   string
	List   bool
	Answer string // type and content id: equal answers mean equal nodes
}

// Holds reports whether every answer would be the same in these trees. A nil
// tree answers nothing and only an empty trace holds in it.
func (t Trace) Holds(trees ...*model.Tree) bool {
	for _, a := range t {
		if a.Tree >= len(trees) || trees[a.Tree] == nil || !a.holds(trees[a.Tree]) {
			return false
		}
	}
	return true
}

func (a Answered) holds(tree *model.Tree) bool {
	if rest, ok := strings.CutPrefix(a.Answer, "file "); ok { // most are, and need no text of their own
		e, _, err := tree.Resolve(a.Path)
		return err == nil && e.Mode == model.File && len(rest) == len(e.Path)+1+len(e.ID) &&
			rest[:len(e.Path)] == e.Path && rest[len(e.Path)] == ' ' && rest[len(e.Path)+1:] == e.ID
	}
	_, answer := locate(tree, question{Tree: a.Tree, Path: a.Path, List: a.List})
	return answer == a.Answer
}

// minAnswered is how few bytes an answer takes in a file.
const minAnswered = 3

// MarshalBinary writes a trace in short.
func (t Trace) MarshalBinary() ([]byte, error) {
	out := appendNumber(nil, len(t))
	for _, a := range t {
		out = appendText(question{Tree: a.Tree, Path: a.Path, List: a.List}.append(out), a.Answer)
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (t *Trace) UnmarshalBinary(data []byte) error {
	c := cutter{rest: string(data)}
	*t = make(Trace, 0, min(c.number(), len(data)/minAnswered))
	for c.rest != "" {
		q := c.question()
		*t = append(*t, Answered{Tree: q.Tree, Path: q.Path, List: q.List, Answer: c.text()})
	}
	return c.err
}

// serving answers one task's questions from its trees and remembers them.
type serving struct {
	ctx   context.Context
	task  Task
	trace Trace
	bytes int64

	panics []Recovered // that the child recovered from
}

// maxServed bounds the bytes that one task may read, 256 MiB.
const maxServed = 256 << 20

func newServing(ctx context.Context, task Task) *serving { return &serving{ctx: ctx, task: task} }

// locate finds what a path is without reading it.
func locate(tree *model.Tree, q question) (model.Entry, string) {
	e, _, err := tree.Resolve(q.Path)
	switch {
	case errors.Is(err, model.ErrOutside):
		return e, "outside"
	case err != nil:
		return e, "missing"
	case e.Mode == model.Submodule:
		return e, "missing"
	case e.Mode == model.Dir && q.List:
		sum := sha256.Sum256([]byte(strings.Join(tree.Children(e.Path), "\n")))
		return e, "list " + e.Path + " " + hex.EncodeToString(sum[:12])
	case e.Mode == model.Dir:
		return e, "dir " + e.Path
	}
	return e, "file " + e.Path + " " + e.ID
}

// answer is what a path is; a file comes with its content.
func (s *serving) answer(q question) (Node, error) {
	if q.Tree < 0 || q.Tree >= len(s.task.Trees) || s.task.Trees[q.Tree] == nil {
		return Node{}, fmt.Errorf("the task has no tree %d", q.Tree)
	}
	q.Path = path.Clean(q.Path)
	tree := s.task.Trees[q.Tree]
	e, short := locate(tree, q)
	n, err := s.node(tree, q, e, short)
	if err != nil {
		return Node{}, err
	}
	s.trace = append(s.trace, Answered{Tree: q.Tree, Path: q.Path, List: q.List, Answer: short})
	return n, nil
}

func (s *serving) node(tree *model.Tree, q question, e model.Entry, short string) (Node, error) {
	kind, _, _ := strings.Cut(short, " ")
	switch kind {
	case "outside":
		return Node{Type: IsOutside}, nil
	case "dir":
		return Node{Type: IsDir, Real: e.Path}, nil
	case "list":
		return Node{Type: IsDir, Real: e.Path, Names: tree.Children(e.Path)}, nil
	case "file":
		content, err := tree.Read(s.ctx, e.Path)
		if errors.Is(err, model.ErrTooLarge) {
			return Node{Type: IsTooLarge, Real: e.Path}, nil
		}
		if err != nil {
			return Node{}, err
		}
		if s.bytes += int64(len(content)); s.bytes > maxServed {
			return Node{Type: IsTooLarge, Real: e.Path}, nil
		}
		return Node{Type: IsFile, Real: e.Path, Content: content}, nil
	}
	return Node{Type: IsMissing}, nil
}

// preload answers the questions that go ahead of the task, reading all files
// of a tree in one request.
func (s *serving) preload(send func(question, Node) error) error {
	for i, paths := range s.task.Ahead {
		if i >= len(s.task.Trees) || s.task.Trees[i] == nil {
			continue
		}
		tree := s.task.Trees[i]
		ids := make([]string, 0, len(paths))
		for _, p := range paths {
			if e, _, err := tree.Resolve(p); err == nil && e.Mode == model.File {
				ids = append(ids, e.ID)
			}
		}
		contents, err := tree.ReadBlobs(s.ctx, ids)
		if err != nil {
			return fmt.Errorf("read the files of a task: %w", err)
		}
		for _, p := range paths {
			if err := s.sendAhead(tree, question{Tree: i, Path: path.Clean(p)}, contents, send); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *serving) sendAhead(tree *model.Tree, q question, contents map[string][]byte, send func(question, Node) error) error {
	e, short := locate(tree, q)
	var n Node
	if strings.HasPrefix(short, "file ") {
		content, ok := contents[e.ID]
		n = Node{Type: IsFile, Real: e.Path, Content: content}
		if s.bytes += int64(len(content)); !ok || s.bytes > maxServed {
			n = Node{Type: IsTooLarge, Real: e.Path}
		}
	} else {
		var err error
		if n, err = s.node(tree, q, e, short); err != nil {
			return err
		}
	}
	s.trace = append(s.trace, Answered{Tree: q.Tree, Path: q.Path, Answer: short})
	return send(q, n)
}
