package cause

import (
	"bytes"
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TaskLocate is the kind of task that locates; its payload is a Batch over the
// trees base and head, its result one list of Answers per target.
const TaskLocate = "locate"

// Batch asks about many targets at once, so that what they share is read once.
type Batch []TargetQueries

// TargetQueries are the queries about one target.
type TargetQueries struct {
	Kind    model.Kind
	Dir     string
	Queries []Query
}

// Handlers is the child's side of this package.
func Handlers() sandbox.Handlers {
	return sandbox.Handlers{TaskLocate: func(payload json.RawMessage, files []*sandbox.Files) (any, error) {
		var batch Batch
		d := json.NewDecoder(bytes.NewReader(payload))
		d.UseNumber()
		if err := d.Decode(&batch); err != nil {
			return nil, err
		}
		l := NewLocator(files[0], files[1])
		out := make([][]Answer, len(batch))
		for i, t := range batch {
			out[i] = l.Locate(t.Kind, t.Dir, t.Queries)
		}
		for _, f := range files {
			if err := f.Failed(); err != nil {
				return nil, err
			}
		}
		return out, nil
	}}
}
