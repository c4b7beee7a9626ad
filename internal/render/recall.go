package render

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Recalling does tasks that ask about trees as the sandbox does, and gives what the
// cache holds of one that asked the same where everything that it was told is the same
// here. mayKeep says of a result whether it and its trace may go to disk.
func (r *Renderer) Recalling(mayKeep func(result []byte) bool) sandbox.Runner {
	return recalling{r, mayKeep}
}

type recalling struct {
	*Renderer
	mayKeep func(result []byte) bool
}

func (r recalling) Do(ctx context.Context, t sandbox.Task) (sandbox.Result, error) {
	payload, err := json.Marshal(t.Payload)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("marshal task %s: %w", t.Kind, err)
	}
	t.Payload = json.RawMessage(payload)
	sum := task.Sum(string(payload))
	w := work{target: t.Kind + " " + sum, sum: sum, trees: t.Trees}
	var known []byte
	if trace := r.cache.find(t.Scope, w, func(body []byte) error { known = bytes.Clone(body); return nil }); trace != nil {
		return sandbox.Result{JSON: known, Trace: trace}, nil
	}
	out, err := r.runner.Do(ctx, t)
	if err == nil && r.mayKeep(out.JSON) {
		r.cache.store(t.Scope, w, out.Trace, out.JSON)
	}
	return out, err
}
