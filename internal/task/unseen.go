package task

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Unseen is a variable whose value cannot be had: what uses it stays as it is
// written.
type Unseen struct {
	Name  string `json:"name,omitempty"`
	Text  string `json:"text,omitempty"`  // said instead, of what is no variable
	From  string `json:"from"`            // the ConfigMap or Secret it comes from, or could
	Print string `json:"print,omitempty"` // of its encrypted value
	Else  string `json:"else,omitempty"`  // print of the value that it has where the one that cannot be seen gives none
	// Rest is what the expressions that use it say besides its name, such as defaults.
	Rest  string          `json:"rest,omitempty"`
	Where *model.Position `json:"where,omitempty"`
}

// Loss is a value that a tool turns into another on its way into an object, without
// saying so. Neither text is of a Secret.
type Loss struct {
	Name   string          `json:"name"` // the variable
	Object model.ObjectID  `json:"object"`
	Field  string          `json:"field"` // JSON Pointer into the object
	Text   string          `json:"text"`  // what was written
	Value  string          `json:"value"` // what arrives, as JSON
	Where  *model.Position `json:"where,omitempty"`
}

// Opaque lists what could not be seen, without its places.
func (b Built) Opaque() []Unseen {
	out := slices.Clone(b.Unseen)
	for i := range out {
		out[i].Where = nil
	}
	return out
}
