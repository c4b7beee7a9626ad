package locate

import (
	"encoding/json"
	"runtime/debug"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handle does a task.Batch: it gives a list of task.Answer for each target.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var batch task.Batch
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, err
	}
	// The parent holds both sides' objects meanwhile: what is over here is collected
	// sooner than in a build.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	l := NewLocator(files[0], files[1])
	out := make([][]task.Answer, len(batch))
	for i, t := range batch {
		out[i] = l.Locate(t)
	}
	for _, f := range files {
		if err := f.Failed(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
