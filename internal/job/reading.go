package job

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// reading reads files for what is pure and knows no errors. A file that is not
// there, or is too large, is data: nil. What could not be read for another reason
// is remembered and ends the review, which is tried again: it must not count as not
// there.
type reading struct {
	mu  sync.Mutex
	err error // the first
}

// file gives the content of a file; nil where there is none that counts.
func (r *reading) file(ctx context.Context, tree *model.Tree, path string) []byte {
	content, err := tree.Read(ctx, path)
	if err == nil {
		return content
	}
	for _, absent := range []error{model.ErrNotExist, model.ErrOutside, model.ErrLoop, model.ErrTooLarge} {
		if errors.Is(err, absent) {
			return nil
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	return nil
}

// failed is what could not be read.
func (r *reading) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		return nil
	}
	return fmt.Errorf("read the files that checks look at: %w", r.err)
}

// sides reads files of either side of a change.
func (r *reading) sides(ctx context.Context, c Change) func(model.Side, string) []byte {
	return func(side model.Side, path string) []byte {
		if side == model.Base {
			return r.file(ctx, c.Base, path)
		}
		return r.file(ctx, c.Head, path)
	}
}

// governing reads files of the tree whose waivers count; nil is none.
func (r *reading) governing(ctx context.Context, c Change) func(string) []byte {
	if c.Governing == nil {
		return nil
	}
	return func(path string) []byte { return r.file(ctx, c.Governing, path) }
}
