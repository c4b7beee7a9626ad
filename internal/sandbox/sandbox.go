// Package sandbox runs every parser of foreign bytes in locked-down child
// processes of this same program. A child has no network, no files, no
// programs to start, little memory and a deadline; it sees a repository only by
// asking its parent for paths. The package knows nothing of what the tasks do.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const (
	// MaxTrees is how many trees a task can see: two sides, or a repository and
	// the sources that it reads, each chart among them.
	MaxTrees = 32
	// maxResult bounds what a task may give back, 64 MiB.
	maxResult = 64 << 20
)

var (
	// ErrTimeout: the task's time was over and the child was killed.
	ErrTimeout = errors.New("out of time")
	// ErrMemory: the child died for want of memory.
	ErrMemory = errors.New("out of memory")
	// ErrTooLarge: the result is over the limit.
	ErrTooLarge = errors.New("too large")
	// ErrDied: the child ended without an answer.
	ErrDied = errors.New("the child process ended without an answer")
)

// PanicError is a panic inside a task.
type PanicError struct {
	Value string
	Stack string // for the log only: it may quote foreign text
}

func (e *PanicError) Error() string { return "panic: " + e.Value }

// GaveUp reports whether a task ended for what it was given, and not for what
// ails the server: it took too long, or too much, or broke the child.
func GaveUp(err error) bool {
	var panicked *PanicError
	return errors.Is(err, ErrTimeout) || errors.Is(err, ErrMemory) || errors.Is(err, ErrDied) || errors.Is(err, ErrTooLarge) ||
		errors.As(err, &panicked)
}

// Task is one piece of work for a child.
type Task struct {
	Kind    string
	Payload any // marshalled to JSON
	// Scope is tenant and trust; children are not shared between scopes.
	Scope string
	Trees []*model.Tree
	// Ahead lists, per tree, the paths whose answers go along with the task,
	// so that a usual one asks for nothing.
	Ahead [][]string
	// Timeout is how long the task may take; 0 means DefaultTimeout.
	Timeout time.Duration
	// Retire ends the child after the task, because the task changes
	// process-wide state (an openapi schema).
	Retire bool
}

// DefaultTimeout is a task's time where it names none.
const DefaultTimeout = 30 * time.Second

// Runner does tasks. Do gives the result and the trace: all that the
// task was told about its trees.
type Runner interface {
	Do(ctx context.Context, task Task) (Result, error)
}

// Result is what came of a task.
type Result struct {
	JSON  []byte // or the form that the value has of its own (encoding.BinaryMarshaler)
	Trace Trace
}

// inProcess does tasks in this process.
type inProcess struct{ handlers Handlers }

// InProcess is a Runner without any protection, for tests.
func InProcess(handlers Handlers) Runner { return inProcess{handlers} }

func (p inProcess) Do(ctx context.Context, task Task) (Result, error) {
	payload, err := json.Marshal(task.Payload)
	if err != nil {
		return Result{}, fmt.Errorf("marshal task %s: %w", task.Kind, err)
	}
	header, err := json.Marshal(taskHeader{Kind: task.Kind, Payload: payload})
	if err != nil {
		return Result{}, err
	}
	s := newServing(ctx, task)
	if err := s.preload(func(question, Node) error { return nil }); err != nil {
		return Result{}, err
	}
	views := make([]*Files, MaxTrees)
	for i := range views {
		views[i] = &Files{tree: i, known: map[question]Node{}, ask: s.answer}
	}
	out, err := run(p.handlers, header, views)
	return Result{JSON: out, Trace: s.trace}, err
}
