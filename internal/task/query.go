package task

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Query asks for the line of one place in one rendered object.
type Query struct {
	Object model.ObjectID // as rendered
	// Path leads to the place in the object of the side asked for; empty means
	// the object's own declaration. For something that is gone it leads to the
	// nearest ancestor that still stands, and Gone goes on from there.
	Path []model.Step
	Gone []model.Step
	// Value is the rendered scalar at Path (string, json.Number, bool, nil), or
	// nil for a map or list. It is what proves a line: a source whose scalar
	// does not lead to it is not the line. A redacted value proves nothing.
	Value any
	// Changed: the other side has the scalar Was there, nil where it has none.
	Changed bool
	Was     any
	// Removed: the whole object is gone from head; Object names it as base
	// rendered it. The answer is the place in head where its entry would stand.
	Removed bool
	// Asker: Object is the one that asks for the target (Lineage.By), and stands
	// in the render of the target's parent. A value is not needed to prove it.
	Asker bool
	// File is the repository file that a ConfigMap's or Secret's key was read
	// from, "" where that is not known.
	File string
	// Side is the side whose render the path belongs to; the answer is in its
	// files, except for Removed.
	Side model.Side
}

// Answer is where a Query's place was written. Trials, tried in order by
// rendering, can make it sharper: the first that takes the change back is the
// line.
type Answer struct {
	Position *model.Position // nil when not even the file is known
	Trials   []Trial
}

// Trial is an experiment: the target rendered with File holding Content; where
// the field then has its base value again, Position is the line that did it.
type Trial struct {
	Position model.Position
	File     string
	Content  []byte
}
