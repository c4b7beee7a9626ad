package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// reading reads files for one review. That a file is not there, leads outside or
// is too large is an answer, and nil. Any other failure is none: it is kept, and
// ends the review, since what could not be read would count as not there.
type reading struct {
	ctx context.Context

	mu  sync.Mutex
	err error // the first failure
}

// readingTime bounds all reading of one review. It is over the review's own time:
// what is left to say when that is over still needs its files.
const readingTime = 2 * Budget

func newReading(ctx context.Context) (*reading, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, readingTime)
	return &reading{ctx: ctx}, cancel
}

// file is a file's content; nil where there is none to read.
func (r *reading) file(tree *model.Tree, path string) []byte {
	if r.failed() != nil {
		return nil
	}
	content, err := tree.Read(r.ctx, path)
	if err != nil {
		r.fail(err)
		return nil
	}
	return content
}

func (r *reading) fail(err error) {
	if absent(err) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// failed is the first failure that is no answer.
func (r *reading) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		return nil
	}
	return fmt.Errorf("read the repository: %w", r.err)
}

// absent reports whether an error of a read says something of the tree.
func absent(err error) bool {
	return errors.Is(err, model.ErrNotExist) || errors.Is(err, model.ErrOutside) || errors.Is(err, model.ErrLoop) || errors.Is(err, model.ErrTooLarge)
}

// sides reads files of either side of a change.
func (r *reading) sides(c *Change) func(model.Side, string) []byte {
	return func(side model.Side, path string) []byte { return r.file(c.tree(side), path) }
}

// Source reads files of either side of a change for who shows a review of it, and
// tells afterwards whether reading failed otherwise than by there being no file.
func Source(ctx context.Context, c Change) (source func(model.Side, string) []byte, failed func() error) {
	r := &reading{ctx: ctx}
	return r.sides(&c), r.failed
}

// governing reads a file of the tree whose waivers count; nil is none.
func (r *reading) governing(c *Change) func(string) []byte {
	if c.Governing == nil {
		return nil
	}
	return func(path string) []byte { return r.file(c.Governing, path) }
}

// clearText asks the sandbox for the credentials in files of either side. The
// answer is kept, since more than one run of the checks may ask.
func (r *reading) clearText(renderer *render.Renderer, c *Change, snapshots *render.Snapshots) func(side model.Side, files, others []string) []model.ClearText {
	type question struct {
		side  model.Side
		files string
	}
	known := map[question][]model.ClearText{}
	// What is found bears a mark of the credential, which no disk is to hold.
	none := func(result []byte) bool { return string(result) == "null" }
	return func(side model.Side, files, others []string) []model.ClearText {
		q := question{side, fmt.Sprint(files, others)}
		if found, ok := known[q]; ok || r.failed() != nil {
			return found
		}
		found, err := cleartext.Find(r.ctx, renderer.Recalling(none), cleartext.Question{Tree: c.tree(side), Scope: c.Scope, Look: files, Fed: others,
			Values: snapshots.ValuesFiles(side),
			Naming: snapshots.Naming(side, slices.Concat(files, others)), Surrender: sandbox.GaveUp})
		if err != nil {
			r.fail(err)
			return nil
		}
		known[q] = found
		return found
	}
}

// idlePatches asks the sandbox for the patches that change nothing. Base is asked
// only for those that head has, to tell what is new.
func (r *reading) idlePatches(renderer *render.Renderer, c *Change, snapshots *render.Snapshots) func(model.Side) []model.IdlePatch {
	changed := model.Changed(c.Base, c.Head)
	ask := func(side model.Side, headHas []model.IdlePatch) []model.IdlePatch {
		if r.failed() != nil {
			return nil
		}
		found, err := renderer.IdlePatches(r.ctx, snapshots, side, c.Scope, changed, headHas)
		if err != nil {
			r.fail(err)
		}
		return found
	}
	head := sync.OnceValue(func() []model.IdlePatch { return ask(model.Head, nil) })
	return func(side model.Side) []model.IdlePatch {
		if side == model.Head || len(head()) == 0 {
			return head()
		}
		return ask(side, head())
	}
}

func (c *Change) tree(side model.Side) *model.Tree {
	if side == model.Base {
		return c.Base
	}
	return c.Head
}
