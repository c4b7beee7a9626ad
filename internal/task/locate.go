package task

import (
	"bytes"
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

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

// Of is the lineage on a side.
func (t *TargetQueries) Of(side model.Side) *model.Lineage {
	if side == model.Base {
		return t.Base
	}
	return t.Head
}

// decodeNumbers decodes JSON whose numbers stay as they are written.
func decodeNumbers(j []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	return d.Decode(to)
}
