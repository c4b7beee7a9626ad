package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Pool keeps warm children and gives each one task at a time.
type Pool struct {
	// Panicked is told of every panic in a child, recovered from or not; nil hears
	// nothing. It is set before the first task.
	Panicked func(Recovered)
	// Starting is told before a child is started; nil hears nothing. It is set before
	// the first task.
	Starting func()

	command []string // how to start a child: this program and its hidden command
	slots   chan struct{}

	mu   sync.Mutex
	idle map[string][]*process // by scope
	done bool
}

// NewPool makes a pool of at most size children at work at once. command is the
// program to start with its arguments; it must call Serve.
func NewPool(size int, command ...string) *Pool {
	return &Pool{command: command, slots: make(chan struct{}, size), idle: map[string][]*process{}}
}

// Size is how many tasks run at once.
func (p *Pool) Size() int { return cap(p.slots) }

// Do gives the task to a child and waits. When ctx ends or the task's time is
// over, the child is killed.
func (p *Pool) Do(ctx context.Context, task Task) (Result, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	defer func() { <-p.slots }()

	payload, err := json.Marshal(task.Payload)
	if err != nil {
		return Result{}, fmt.Errorf("marshal task %s: %w", task.Kind, err)
	}
	child, err := p.take(task.Scope)
	if err != nil {
		return Result{}, err
	}
	timeout := task.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	limited, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
	defer cancel()
	stop := context.AfterFunc(limited, child.kill)
	s := newServing(limited, task)
	out, err := child.do(s, taskHeader{Kind: task.Kind, Payload: payload})
	if !stop() || task.Retire || errors.Is(err, ErrDied) || !child.alive() {
		child.end()
		if cause := context.Cause(limited); err != nil && cause != nil {
			err = cause
		} else if errors.Is(err, ErrDied) {
			err = child.post()
		}
	} else {
		p.give(task.Scope, child)
	}
	p.tell(task.Kind, s.panics, err)
	return Result{JSON: out, Trace: s.trace}, err
}

func (p *Pool) tell(kind string, panics []Recovered, err error) {
	var ended *PanicError
	if errors.As(err, &ended) {
		panics = append(panics, Recovered{Where: kind, Value: ended.Value, Stack: ended.Stack})
	}
	if p.Panicked == nil {
		return
	}
	for _, r := range panics {
		p.Panicked(r)
	}
}

// take finds a warm child of the scope, else starts one; a child of another
// scope makes room, so that no more than twice the pool's size are kept.
func (p *Pool) take(scope string) (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return nil, errors.New("the pool is closed")
	}
	if warm := p.idle[scope]; len(warm) > 0 {
		child := warm[len(warm)-1]
		p.idle[scope] = warm[:len(warm)-1]
		return child, nil
	}
	kept := 0
	for _, warm := range p.idle {
		kept += len(warm)
	}
	for other, warm := range p.idle {
		if kept < cap(p.slots) {
			break
		}
		for _, child := range warm {
			child.end()
			kept--
		}
		delete(p.idle, other)
	}
	if p.Starting != nil {
		p.Starting()
	}
	return start(p.command)
}

func (p *Pool) give(scope string, child *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		child.end()
		return
	}
	p.idle[scope] = append(p.idle[scope], child)
}

// Close ends the idle children; those at work end with their task.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	for scope, warm := range p.idle {
		for _, child := range warm {
			child.end()
		}
		delete(p.idle, scope)
	}
}
