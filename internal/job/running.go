package job

import (
	"context"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// registry knows the reviews that this process has in work, so that they can be
// ended: on SQLite River cannot, and on PostgreSQL not with a reason.
type registry struct {
	mu      sync.Mutex
	cancels map[int64]context.CancelCauseFunc
}

// add registers a review; done must be called when it ends.
func (g *registry) add(ctx context.Context, id int64) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cancels == nil {
		g.cancels = map[int64]context.CancelCauseFunc{}
	}
	g.cancels[id] = cancel
	return ctx, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.cancels, id)
		cancel(nil)
	}
}

// aside bounds what nobody waits for: it ends with ctx, after a time, and at once when
// this process is about to stop.
func aside(ctx, stopping context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := context.AfterFunc(stopping, func() { cancel(errStopping) })
	ctx, timeout := context.WithTimeoutCause(ctx, jobLimit, sandbox.ErrTimeout)
	return ctx, func() {
		ended()
		timeout()
		cancel(nil)
	}
}

// cancel ends those of the reviews that run here.
func (g *registry) cancel(why error, ids ...int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if c := g.cancels[id]; c != nil {
			c(why)
		}
	}
}

func (g *registry) cancelAll(why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.cancels {
		c(why)
	}
}
