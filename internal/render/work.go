package render

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// work is one build as a child is asked for it.
type work struct {
	target string // its id: what the cache keeps renders by
	dir    string // for messages
	task   task.Build
	sum    string // of the task, without the key
	trees  []*model.Tree
	ahead  [][]string
	retire bool // touches Kustomize's process-wide schema
}

// outcome is what came of a work.
type outcome struct {
	task.Built
	trace  sandbox.Trace
	reused bool
}

// do builds, unless the same work was done where everything it was told is the
// same here: for the other side, or in an earlier review.
func (p *pair) do(ctx context.Context, w work) (outcome, error) {
	if !p.req.Reveal {
		if known, ok := p.remembered(w); ok {
			return known, nil
		}
		if hit, ok := p.renderer.cache.find(p.req.Scope, w); ok {
			p.remember(w, hit)
			return hit, nil
		}
	}
	if p.timeouts.Load() >= maxTimeouts {
		return outcome{Built: problem(model.Timeout, "not tried: three targets of this review ran out of time")}, nil
	}
	begun := p.builds.Add(1)
	if p.req.Built != nil {
		p.req.Built(int(begun))
	}
	start := time.Now()
	want := w.task
	want.Key, want.Reveal = p.renderer.cache.key, p.req.Reveal
	result, err := p.renderer.runner.Do(ctx, sandbox.Task{
		Kind: task.BuildKind, Scope: p.req.Scope, Retire: w.retire, Payload: want, Trees: w.trees, Ahead: w.ahead,
	})
	if err != nil {
		out, err := p.failed(ctx, w, err, time.Since(start))
		return outcome{Built: out}, err
	}
	out := outcome{trace: result.Trace}
	if err := json.Unmarshal(result.JSON, &out.Built); err != nil {
		return outcome{}, fmt.Errorf("render %s: %w", w.target, err)
	}
	if !p.req.Reveal && (out.Problem == nil || out.Problem.Class != model.Internal) {
		if !out.Private {
			p.renderer.cache.store(p.req.Scope, w, result.Trace, result.JSON)
		}
		p.remember(w, out)
	}
	return out, nil
}

func (p *pair) remembered(w work) (outcome, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.memo[w.target+" "+w.sum] {
		if known.trace.Holds(w.trees...) {
			known.reused = true
			return known, true
		}
	}
	return outcome{}, false
}

func (p *pair) remember(w work, out outcome) {
	if len(out.trace) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := w.target + " " + w.sum
	p.memo[key] = append(p.memo[key], out)
}
