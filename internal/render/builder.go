package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
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

// builder builds, for one run of Pair.
type builder struct {
	runner sandbox.Runner
	cache  *Cache
	scope  string
	reveal bool
	told   func(n int) // how many builds were begun; may be nil

	remotes [2]*grafted // what the sides' trees hold of other repositories

	builds, timeouts atomic.Int64

	mu     sync.Mutex
	shared map[string][]*model.Object // by sum: base and head hold equal objects once; several with other keys
	memo   map[string][]outcome       // by target and sum: what was built in this run
	fields map[string][]byte          // by sum: objects' JSON
}

func newBuilder(r *Renderer, req Request) *builder {
	return &builder{runner: r.runner, cache: r.cache, scope: req.Scope, reveal: req.Reveal, told: req.Built,
		shared: map[string][]*model.Object{}, memo: map[string][]outcome{}, fields: map[string][]byte{}}
}

// maxTimeouts is how many targets may run out of time before the rest of the
// review's are not tried any more.
const maxTimeouts = 3

// do builds, unless the same work was done where everything it was told is the
// same here: for the other side, or in an earlier review.
func (b *builder) do(ctx context.Context, w work) (outcome, error) {
	if !b.reveal {
		if known, ok := b.remembered(w); ok {
			return known, nil
		}
		hit := outcome{reused: true}
		if hit.trace = b.cache.find(b.scope, w, func(body []byte) error { return b.read(&hit.Built, body, true) }); hit.trace != nil {
			b.remember(w, hit)
			return hit, nil
		}
	}
	if b.timeouts.Load() >= maxTimeouts {
		return outcome{Built: problem(model.Timeout, "not tried: three targets of this review ran out of time")}, nil
	}
	begun := b.builds.Add(1)
	if b.told != nil {
		b.told(int(begun))
	}
	start := time.Now()
	want := w.task
	want.Key, want.Reveal = b.cache.key, b.reveal
	result, err := b.runner.Do(ctx, sandbox.Task{
		Kind: task.BuildKind, Scope: b.scope, Retire: w.retire, Payload: want, Trees: w.trees, Ahead: w.ahead,
	})
	if err != nil {
		out, err := b.failed(ctx, w, err, time.Since(start))
		return outcome{Built: out}, err
	}
	out := outcome{trace: result.Trace}
	if err := b.read(&out.Built, result.JSON, false); err != nil {
		return outcome{}, fmt.Errorf("render %s: %w", w.target, err)
	}
	if !b.reveal && (out.Problem == nil || out.Problem.Class != model.Internal) {
		if !out.Private {
			b.cache.store(b.scope, w, result.Trace, result.JSON)
		}
		b.remember(w, out)
	}
	return out, nil
}

// read reads a build, and keeps nothing of body. An object that was met before is
// neither looked at nor kept again: targets and sides share most. What is kept on disk
// was looked at before it was.
func (b *builder) read(out *task.Built, body []byte, kept bool) error {
	if err := out.UnmarshalBinary(body); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range out.Objects {
		o := &out.Objects[i]
		known, ok := b.fields[o.Sum]
		if !ok {
			if !kept && !json.Valid(o.Fields) {
				return fmt.Errorf("%s is not JSON", o.ID)
			}
			known = bytes.Clone(o.Fields)
			b.fields[o.Sum] = known
		}
		o.Fields = known
	}
	return nil
}

func (b *builder) remembered(w work) (outcome, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.memo[w.target+" "+w.sum] {
		if known.trace.Holds(w.trees...) {
			known.reused = true
			return known, true
		}
	}
	return outcome{}, false
}

func (b *builder) remember(w work, out outcome) {
	if len(out.trace) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := w.target + " " + w.sum
	b.memo[key] = append(b.memo[key], out)
}

// failed translates what a sandbox says into the target's problem; only the end
// of the review itself, or a tree that cannot be read, stops everything.
func (b *builder) failed(ctx context.Context, w work, err error, took time.Duration) (task.Built, error) {
	var panicked *sandbox.PanicError
	switch {
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), sandbox.ErrTimeout) && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return task.Built{}, ctx.Err()
	case errors.Is(err, sandbox.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		b.timeouts.Add(1)
		return problem(model.Timeout, fmt.Sprintf("`%s` did not render within %.0f s", w.dir, took.Seconds())), nil
	case errors.Is(err, sandbox.ErrMemory):
		return problem(model.Memory, fmt.Sprintf("`%s` needs more memory than a render may use", w.dir)), nil
	case errors.Is(err, sandbox.ErrTooLarge):
		return problem(model.TooLarge, fmt.Sprintf("`%s` renders to more than %d MiB", w.dir, task.MaxBuilt>>20)), nil
	case errors.As(err, &panicked), errors.Is(err, sandbox.ErrDied):
		return problem(model.Internal, fmt.Sprintf("the renderer broke on `%s`", w.dir)), nil
	}
	return task.Built{}, fmt.Errorf("render %s: %w", w.target, err)
}

// rendered makes the model's view of a build.
func (b *builder) rendered(side int, t model.Target, o outcome) model.Rendered {
	out := model.Rendered{Target: t, Status: model.StatusRendered, Reused: o.reused, Notes: o.Notes, ChartName: o.ChartName, Values: o.Values, Otherwise: o.Otherwise, ValueNotes: o.ValueNotes, Repeats: o.Repeats}
	remotes := b.remotes[side]
	for _, l := range o.Losses {
		out.Losses = append(out.Losses, model.Loss{Name: l.Name, Object: l.Object, Field: l.Field, Text: l.Text, Value: l.Value, Where: remotes.place(t, l.Where)})
	}
	if o.Problem != nil {
		problem := *o.Problem // both sides may share the outcome
		problem.Message, problem.Location = remotes.words(&problem), remotes.place(t, problem.Location)
		if said := model.RedactedName(problem.Message); said != problem.Message {
			problem.Message = said // what is not known to be there is not said to be missing
			if !problem.Class.Incomplete() {
				problem.Class = model.SubstitutionUnresolved
			}
		}
		out.Problem, out.Status = &problem, model.StatusFailed
		if problem.Class.Incomplete() || o.Hole {
			out.Status = model.StatusIncomplete
		}
		if o.Field != nil {
			problem.Field = o.Field
		}
		problem.Also = remotes.place(t, o.Also)
		out.Hole = o.Hole
		if problem.Location != nil {
			at := *problem.Location
			at.Side = []model.Side{model.Base, model.Head}[side]
			problem.Location = &at
		}
		if len(o.Unseen) == 0 {
			return out
		}
		out.Partial = task.SumOf(o.Opaque())
		for _, u := range o.Unseen {
			if u.Name != "" {
				out.Open = append(out.Open, u.Name)
			}
		}
	}
	if len(o.Objects) > 0 {
		out.Objects = make([]*model.Object, len(o.Objects))
	}
	for i, object := range o.Objects {
		out.Objects[i] = b.share(object)
	}
	return out
}

// ownKeys gives an object's keys without the files that are not of this repository.
func ownKeys(keys map[string]model.Key) map[string]model.Key {
	var out map[string]model.Key
	for pointer, k := range keys {
		if strings.HasPrefix(k.File, task.RemoteDir+"/") {
			if out == nil {
				out = maps.Clone(keys)
			}
			k.File = ""
			out[pointer] = k
		}
	}
	if out == nil {
		return keys
	}
	return out
}

// share gives the object that stands for all that are equal to one, on both sides.
func (b *builder) share(o task.BuiltObject) *model.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := ownKeys(o.Keys)
	for _, known := range b.shared[o.Sum] {
		if known.ID == o.ID && sameKeys(known.Keys, keys) {
			return known
		}
	}
	object := model.NewObject(o.ID, o.Sum, o.Fields, keys)
	b.shared[o.Sum] = append(b.shared[o.Sum], object)
	return object
}
