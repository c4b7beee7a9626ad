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
	Kind model.Kind
	Dir  string
	// Base and Head say how a target of Flux came to be on each side; nil for
	// one that is nothing but a directory, and where the target is absent.
	Base, Head *model.Lineage
	Queries    []Query
}

// of is the lineage on a side.
func (t *TargetQueries) of(side model.Side) *model.Lineage {
	if side == model.Base {
		return t.Base
	}
	return t.Head
}

// Handlers is the child's side of this package.
func Handlers() sandbox.Handlers {
	return sandbox.Handlers{TaskLocate: func(payload json.RawMessage, files []*sandbox.Files) (any, error) {
		var batch Batch
		if err := json.Unmarshal(payload, &batch); err != nil {
			return nil, err
		}
		l := NewLocator(files[0], files[1])
		out := make([][]Answer, len(batch))
		for i, t := range batch {
			out[i] = l.Locate(t)
		}
		for _, f := range files {
			if err := f.Failed(); err != nil {
				return nil, err
			}
		}
		return out, nil
	}}
}

// decodeNumbers decodes JSON whose numbers stay as they are written.
func decodeNumbers(j []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	return d.Decode(to)
}
